import { TextField, Typography } from '@mui/material'
import { useState } from 'react'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { inUnits, limitConsequence } from './cost-words.ts'
import type { Budget } from './cost-words.ts'

/** Asks for the monthly limit and says what it does before it is set. */
export function SetBudgetDialog({
  budget,
  onClose,
}: {
  readonly budget: Budget
  readonly onClose: () => void
}) {
  const [typed, setTyped] = useState(budget.limitMicros)
  const set = useAct('budget.set')
  const consequence = limitConsequence(typed, budget)
  const submit = async () => {
    if (consequence === undefined) return
    const answer = await set.mutateAsync({ limitMicros: typed })
    if (answer.ok) onClose()
  }
  return (
    <ConfirmDialog
      title="Set the monthly limit"
      confirm="Set the limit"
      isBusy={set.isPending}
      outcome={<Acted act={set} />}
      onClose={onClose}
      // A fault is shown from the mutation's own state.
      onConfirm={() => void submit().catch(() => undefined)}
    >
      <Typography>What all runs of your organisation may cost in a month.</Typography>
      <TextField
        label="Limit in µ, millionths of the currency unit"
        value={typed}
        onChange={(event) => setTyped(event.target.value.replaceAll(/[\s,_]/g, ''))}
        error={consequence === undefined}
        helperText={
          consequence === undefined
            ? 'A whole number of up to 15 digits, without a sign.'
            : `${inUnits(typed)} in units`
        }
        fullWidth
        autoFocus
        margin="dense"
        slotProps={{ htmlInput: { inputMode: 'numeric', autoComplete: 'off' } }}
      />
      <Typography aria-live="polite">{consequence ?? ''}</Typography>
      {consequence === undefined ? null : <CommandLine command={`npx switchboard budget set ${typed}`} />}
    </ConfirmDialog>
  )
}
