import {
  Checkbox,
  FormControl,
  FormControlLabel,
  FormGroup,
  FormLabel,
  TextField,
  Typography,
} from '@mui/material'
import { useState } from 'react'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { useTell } from './done-notice.tsx'

/** The value is typed here, sent, and forgotten by the page whatever came of it. */
export function SetSecretDialog(props: {
  readonly id: string
  readonly name: string
  readonly hosts: readonly string[]
  readonly onClose: () => void
}) {
  const { id, name, hosts, onClose } = props
  const [value, setValue] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(hosts.length === 1 ? hosts : []))
  const act = useAct('secret.set', { withoutKey: true })
  const [outcome, setOutcome] = useState<Pick<typeof act, 'data' | 'error'>>({ data: undefined, error: null })
  const tell = useTell()
  const isUnfit = value !== '' && !/^[ -~]{8,4096}$/.test(value)
  const send = () => {
    act.mutate(
      { package: id, name, hosts: [...chosen], value },
      {
        onSettled: (answer, error) => {
          setOutcome({ data: answer, error })
          // It holds what was sent.
          act.reset()
          if (answer?.ok !== true) return
          tell({
            says: `The secret ${name} is set, to be sent to ${answer.value.hosts.join(', ')}.`,
            receiptId: answer.receiptId,
          })
          onClose()
        },
      },
    )
    setValue('')
  }
  return (
    <ConfirmDialog
      title={`Set the secret ${name}`}
      confirm="Set the secret"
      isBusy={act.isPending}
      isIncomplete={value === '' || isUnfit || chosen.size === 0}
      outcome={<Acted act={{ ...outcome, isPending: act.isPending }} />}
      onConfirm={send}
      onClose={onClose}
    >
      <Typography>
        It is kept encrypted and never shown again. Setting it again replaces value and hosts.
      </Typography>
      <FormControl component="fieldset">
        <FormLabel component="legend">May be sent to</FormLabel>
        <FormGroup>
          {hosts.map((host) => (
            <FormControlLabel
              key={host}
              label={<code>{host}</code>}
              control={
                <Checkbox
                  checked={chosen.has(host)}
                  onChange={() => setChosen(chosen.symmetricDifference(new Set([host])))}
                />
              }
            />
          ))}
        </FormGroup>
      </FormControl>
      <TextField
        label="Value"
        type="password"
        value={value}
        onChange={(event) => setValue(event.target.value)}
        error={isUnfit}
        helperText="8 to 4,096 visible ASCII characters. Typed anew for each attempt."
        autoComplete="new-password"
        fullWidth
        slotProps={{ htmlInput: { maxLength: 4_096, spellCheck: false } }}
      />
      <CommandLine
        command={`npx switchboard secret set ${id} ${name} --hosts ${[...chosen].join(' ') || 'HOST'}`}
      />
    </ConfirmDialog>
  )
}
