import { Box, Button, Divider, Menu, MenuItem, Typography } from '@mui/material'
import { useId, useRef, useState } from 'react'
import { Link } from 'react-router'
import { Icon } from '../parts/icons.tsx'
import { UntrustedText, visible } from '../parts/untrusted-text.tsx'
import { turnSingleKeys, useSingleKeys } from './single-keys.ts'

/** Who is signed in, and what is theirs: their tokens, the people of their organisation, and whether single keys do something. */
export function PersonMenu({
  self,
}: {
  readonly self: { readonly name: string; readonly roles: readonly string[] }
}) {
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  const close = () => setOpen(false)
  const singleKeys = useSingleKeys()
  return (
    <>
      <Button
        ref={button}
        size="small"
        color="inherit"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={`${visible(self.name).slice(0, 60)}: people and tokens`}
        onClick={() => setOpen(true)}
        sx={{ minWidth: 0, maxWidth: 200 }}
      >
        <Icon name="person" sx={{ display: { sm: 'none' } }} />
        <Box
          component="span"
          sx={{
            display: { xs: 'none', sm: 'block' },
            overflow: 'hidden',
            textOverflow: 'ellipsis',
            whiteSpace: 'nowrap',
          }}
        >
          <bdi>{visible(self.name).slice(0, 60)}</bdi>
        </Box>
      </Button>
      <Menu id={id} anchorEl={button.current} open={isOpen} onClose={close}>
        <Box sx={{ px: 2, py: 0.5, maxWidth: 280 }} component="li" role="none">
          <Typography variant="body2">
            <UntrustedText text={self.name} most={80} />
          </Typography>
          <Typography variant="body2" color="textSecondary">
            {self.roles.join(', ')}
          </Typography>
        </Box>
        <Divider component="li" />
        <MenuItem component={Link} to="/people" onClick={close}>
          People
        </MenuItem>
        <MenuItem component={Link} to="/tokens" onClick={close}>
          Your tokens
        </MenuItem>
        <Divider component="li" />
        <MenuItem
          role="menuitemcheckbox"
          aria-checked={singleKeys}
          onClick={() => {
            turnSingleKeys(!singleKeys)
            close()
          }}
        >
          <Box component="span" aria-hidden="true" sx={{ width: '1.5em' }}>
            {singleKeys ? '✓' : ''}
          </Box>
          Single keys
        </MenuItem>
      </Menu>
    </>
  )
}
