import { Autocomplete, FormControlLabel, MenuItem, Switch, TextField, Typography } from '@mui/material'
import { useState } from 'react'
import { useAct } from '../../api/use-act.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import { Acted } from '../../parts/acted.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'

const lifetimes = [
  { hours: 1, says: '1 hour' },
  { hours: 24, says: '1 day' },
  { hours: 168, says: '7 days' },
  { hours: 720, says: '30 days' },
  { hours: 8_760, says: '365 days' },
] as const

export function TokenDialog(props: {
  readonly onClose: () => void
  readonly onMade: (token: { readonly name: string; readonly secret: string }) => void
}) {
  const [name, setName] = useState('')
  const [isWide, setWide] = useState(false)
  const [scopes, setScopes] = useState<readonly string[]>([])
  const [hours, setHours] = useState(24)
  const [isTried, setTried] = useState(false)
  const create = useAct('token.create', { withoutKey: true })
  const mine = [...(usePermissions() ?? [])].filter(([, { may }]) => may).map(([operation]) => operation)
  const lacksScopes = !isWide && scopes.length === 0
  const submit = async () => {
    setTried(true)
    if (name.trim() === '' || lacksScopes) return
    const answer = await create.mutateAsync({
      name: name.trim(),
      scopes: isWide ? ['*'] : [...scopes],
      hours,
    })
    if (answer.ok) props.onMade({ name: name.trim(), secret: answer.value.secret })
  }
  return (
    <ConfirmDialog
      title="Create a token"
      confirm="Create the token"
      isBusy={create.isPending}
      outcome={<Acted act={create} />}
      onClose={props.onClose}
      // A fault is shown from the mutation's own state.
      onConfirm={() => void submit().catch(() => undefined)}
    >
      <Typography>
        Whoever has the token can do what it names, as you, until it ends or is revoked.
      </Typography>
      <TextField
        label="What it is for"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={isTried && name.trim() === ''}
        helperText={
          isTried && name.trim() === ''
            ? 'A name is needed.'
            : 'So that you know it again when you revoke it.'
        }
        slotProps={{ htmlInput: { maxLength: 80, autoComplete: 'off' } }}
        margin="dense"
        fullWidth
        autoFocus
      />
      <FormControlLabel
        control={<Switch checked={isWide} onChange={(_event, isOn) => setWide(isOn)} />}
        label="It may do all that you may"
      />
      {isWide ? null : (
        <Autocomplete
          multiple
          options={mine}
          value={[...scopes]}
          onChange={(_event, chosen) => setScopes(chosen)}
          renderInput={(given) => (
            <TextField
              {...given}
              label="Operations it may perform"
              error={isTried && lacksScopes}
              helperText={
                isTried && lacksScopes
                  ? 'Choose one at least.'
                  : 'Fewer is safer: whoever finds the token can do these.'
              }
            />
          )}
        />
      )}
      <TextField
        select
        label="Ends after"
        value={hours}
        onChange={(event) => setHours(Number(event.target.value))}
        fullWidth
      >
        {lifetimes.map((each) => (
          <MenuItem key={each.hours} value={each.hours}>
            {each.says}
          </MenuItem>
        ))}
      </TextField>
    </ConfirmDialog>
  )
}
