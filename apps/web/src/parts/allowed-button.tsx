import { Box, Button, Typography } from '@mui/material'
import type { ButtonProps } from '@mui/material'
import type { OperationName } from '@switchboard/api'
import { useId } from 'react'
import { Link } from 'react-router'
import { usePermissions } from '../app/use-permissions.ts'

/**
 * A button for an operation. Who may not perform it sees it all the same, disabled, with the reason as text beside it.
 *
 * @param why another reason why it cannot be done now, in a sentence
 * @param to where it leads, when it is a link
 */
export function AllowedButton(
  props: {
    readonly operation: OperationName
    readonly why?: string | undefined
    readonly to?: string
    readonly onClick?: () => void
    readonly submits?: boolean
  } & Pick<ButtonProps, 'children' | 'variant' | 'color' | 'size' | 'startIcon' | 'loading' | 'disabled'>,
) {
  const { operation, why, to, onClick, submits = false, ...look } = props
  const id = useId()
  const permission = usePermissions()?.get(operation)
  const reason = permission?.may === false ? refusalOf(permission.roles) : why
  return (
    <Box sx={{ display: 'inline-flex', flexDirection: 'column', alignItems: 'flex-start', gap: 0.25 }}>
      {reason !== undefined ? (
        <Button {...look} disabled aria-describedby={id} />
      ) : to !== undefined ? (
        <Button {...look} component={Link} to={to} />
      ) : (
        <Button {...look} type={submits ? 'submit' : 'button'} onClick={() => onClick?.()} />
      )}
      {reason === undefined ? null : (
        <Typography id={id} variant="caption" color="textSecondary" sx={{ maxWidth: '32ch' }}>
          {reason}
        </Typography>
      )}
    </Box>
  )
}

/** Why somebody's roles do not suffice, and whom to ask. */
export function refusalOf(roles: readonly string[]): string {
  return roles.length === 0
    ? 'No role may do this here.'
    : `Not for your roles: ask for ${roles.join(' or ')}.`
}
