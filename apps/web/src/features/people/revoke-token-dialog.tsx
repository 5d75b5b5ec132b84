import { Typography } from '@mui/material'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { visible } from '../../parts/untrusted-text.tsx'

export function RevokeTokenDialog(props: {
  readonly token: { readonly id: string; readonly name: string }
  readonly onClose: () => void
}) {
  const { token, onClose } = props
  const revoke = useAct('token.revoke')
  const submit = async () => {
    const answer = await revoke.mutateAsync({ id: token.id })
    if (answer.ok) onClose()
  }
  return (
    <ConfirmDialog
      title="Revoke this token?"
      confirm="Revoke the token"
      isDangerous
      isBusy={revoke.isPending}
      outcome={<Acted act={revoke} />}
      onClose={onClose}
      // A fault is shown from the mutation's own state.
      onConfirm={() => void submit().catch(() => undefined)}
    >
      <Typography>
        Whatever still uses “{visible(token.name).slice(0, 80)}” is refused with its next call. A revoked
        token never works again.
      </Typography>
    </ConfirmDialog>
  )
}
