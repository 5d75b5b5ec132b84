import {
  Checkbox,
  FormControl,
  FormControlLabel,
  FormGroup,
  FormHelperText,
  FormLabel,
  TextField,
  Typography,
} from '@mui/material'
import { useState } from 'react'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { visible } from '../../parts/untrusted-text.tsx'
import { roles } from './role-words.ts'
import type { Account, Role } from './role-words.ts'

export interface Invited {
  readonly name: string
  readonly secret: string
}

/** Adds somebody with roles, or makes a new link for somebody who is there. */
export function InviteDialog(props: {
  readonly of: Account | undefined
  readonly onClose: () => void
  readonly onInvited: (invited: Invited) => void
}) {
  const { of, onClose, onInvited } = props
  const [name, setName] = useState(of?.name ?? '')
  const [chosen, setChosen] = useState<readonly Role[]>((of?.roles ?? []) as readonly Role[])
  const [isTried, setTried] = useState(false)
  const invite = useAct('user.invite', { withoutKey: true })
  const submit = async () => {
    setTried(true)
    if (name.trim() === '' || chosen.length === 0) return
    const answer = await invite.mutateAsync({ name: name.trim(), roles: [...chosen] })
    if (answer.ok) onInvited({ name: answer.value.user.name, secret: answer.value.secret })
  }
  return (
    <ConfirmDialog
      title={of === undefined ? 'Add a person' : 'Make a sign-in link'}
      confirm={of === undefined ? 'Add the person' : 'Make the link'}
      isBusy={invite.isPending}
      outcome={<Acted act={invite} />}
      onClose={onClose}
      // A fault is shown from the mutation's own state.
      onConfirm={() => void submit().catch(() => undefined)}
    >
      {of === undefined ? (
        <>
          <Typography>
            You get a link for them, which is shown once and works once, for 15 minutes.
          </Typography>
          <TextField
            label="Name, as receipts will have it"
            value={name}
            onChange={(event) => setName(event.target.value)}
            error={isTried && name.trim() === ''}
            helperText={
              isTried && name.trim() === ''
                ? 'A name is needed.'
                : 'It is theirs for good; nobody else can have it later.'
            }
            slotProps={{ htmlInput: { maxLength: 80, autoComplete: 'off' } }}
            margin="dense"
            fullWidth
            autoFocus
          />
          <FormControl component="fieldset" error={isTried && chosen.length === 0}>
            <FormLabel component="legend">What they may do</FormLabel>
            <FormGroup>
              {roles.map(({ role, says }) => (
                <FormControlLabel
                  key={role}
                  control={
                    <Checkbox
                      checked={chosen.includes(role)}
                      onChange={(_event, isOn) =>
                        setChosen(isOn ? [...chosen, role] : chosen.filter((each) => each !== role))
                      }
                    />
                  }
                  label={`${role}: ${says}`}
                />
              ))}
            </FormGroup>
            {isTried && chosen.length === 0 ? <FormHelperText>Choose one at least.</FormHelperText> : null}
          </FormControl>
        </>
      ) : (
        <Typography>
          A new link signs {visible(of.name)} in on another browser. Roles stay as they are (
          {of.roles.join(', ')}). It is shown once and works once, for 15 minutes.
        </Typography>
      )}
    </ConfirmDialog>
  )
}
