import type { InputOf, OperationByName, OperationName, OutputOf } from '@switchboard/api'
import type { ReactNode } from 'react'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { useTell } from './done-notice.tsx'

/** Asks, performs an operation, stays open with a refusal, and closes with what was done. */
export function ActDialog<N extends OperationName>(props: {
  readonly operation: N
  readonly title: string
  readonly confirm: string
  readonly children: ReactNode
  /** Label of the reason, where the operation keeps one. */
  readonly reason?: string
  readonly mostLetters?: number
  readonly isDangerous?: boolean
  readonly isIncomplete?: boolean
  readonly inputOf: (reason: string) => InputOf<OperationByName<N>>
  readonly says: (value: OutputOf<OperationByName<N>>) => ReactNode
  readonly onDone?: (value: OutputOf<OperationByName<N>>, receiptId: string | undefined) => void
  readonly onClose: () => void
}) {
  const { operation, inputOf, says, onDone, ...dialog } = props
  const act = useAct(operation)
  const tell = useTell()
  const confirm = async (reason: string) => {
    // Awaited, not left to a callback of the dialog: what was done may take the dialog away before it is said.
    const answer = await act.mutateAsync(inputOf(reason))
    if (!answer.ok) return
    onDone?.(answer.value, answer.receiptId)
    tell({ says: says(answer.value), receiptId: answer.receiptId })
    dialog.onClose()
  }
  return (
    <ConfirmDialog
      {...dialog}
      isBusy={act.isPending}
      outcome={<Acted act={act} />}
      onConfirm={(reason) => {
        // A fault is shown from the mutation's own state.
        confirm(reason).catch(() => undefined)
      }}
    />
  )
}
