import { Box } from '@mui/material'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { visible } from '../../parts/untrusted-text.tsx'
import { deactivationSays } from './role-words.ts'
import type { Account } from './role-words.ts'

/** Says what ends with somebody's account before it is ended for good. */
export function DeactivateDialog(props: {
  readonly person: Account
  readonly self: string | undefined
  readonly all: readonly Account[]
  readonly onClose: () => void
}) {
  const { person, self, all, onClose } = props
  const deactivate = useAct('user.deactivate')
  const submit = async () => {
    const answer = await deactivate.mutateAsync({ id: person.id })
    if (answer.ok) onClose()
  }
  return (
    <ConfirmDialog
      title={`Deactivate ${visible(person.name).slice(0, 80)}?`}
      confirm="Deactivate the account"
      isDangerous
      isBusy={deactivate.isPending}
      outcome={<Acted act={deactivate} />}
      onClose={onClose}
      // A fault is shown from the mutation's own state.
      onConfirm={() => void submit().catch(() => undefined)}
    >
      <Box component="ul" sx={{ m: 0, pl: 2.5 }}>
        {deactivationSays(person, self, all).map((says) => (
          <li key={says}>{says}</li>
        ))}
      </Box>
      <CommandLine command={`npx switchboard user deactivate ${person.id}`} />
    </ConfirmDialog>
  )
}
