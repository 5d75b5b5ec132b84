import { Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import type { FoundCase } from './found-case.ts'

type Hold = OutputOf<OperationByName<'hold.list'>>['rows'][number]

/** Puts the case under legal hold or, with `lifting`, asks for the end of one. */
export function HoldDialog(props: {
  readonly found: FoundCase
  readonly lifting?: Hold
  readonly onClose: () => void
}) {
  const { found, lifting, onClose } = props
  return lifting === undefined ? (
    <Place found={found} onClose={onClose} />
  ) : (
    <Lift hold={lifting} onClose={onClose} />
  )
}

function Place({ found, onClose }: { readonly found: FoundCase; readonly onClose: () => void }) {
  const act = useAct('hold.place')
  const place = async (reason: string) => {
    if ((await act.mutateAsync({ case: found.id, reason })).ok) onClose()
  }
  return (
    <ConfirmDialog
      title="Put this case under legal hold"
      confirm="Place the hold"
      reason="Why, for everybody who is refused because of it"
      isBusy={act.isPending}
      outcome={<Acted act={act} />}
      // A fault is shown from the mutation's own state.
      onConfirm={(reason) => void place(reason).catch(() => undefined)}
      onClose={onClose}
    >
      <Typography>
        Nothing of the case is pruned, folded, erased, forgotten or undone while it stands, by anybody and for
        any reason. You place it alone; it ends only when a second person approves that.
      </Typography>
    </ConfirmDialog>
  )
}

function Lift({ hold, onClose }: { readonly hold: Hold; readonly onClose: () => void }) {
  const act = useAct('hold.lift')
  const lift = async (reason: string) => {
    if ((await act.mutateAsync({ hold: hold.id, reason })).ok) onClose()
  }
  return (
    <ConfirmDialog
      title="Ask for the end of a legal hold"
      confirm="Ask for its end"
      reason="Why it may end"
      isBusy={act.isPending}
      outcome={<Acted act={act} />}
      // A fault is shown from the mutation's own state.
      onConfirm={(reason) => void lift(reason).catch(() => undefined)}
      onClose={onClose}
    >
      <Typography>
        The hold was placed by <UntrustedText text={hold.by} most={80} />:{' '}
        <UntrustedText text={hold.reason} />
      </Typography>
      <Typography>
        One person alone does not let go of it: a reviewer other than you approves, and the hold then stays
        listed with who ended it and why.
      </Typography>
    </ConfirmDialog>
  )
}
