import type { OperationByName, OutputOf } from '@switchboard/api'
import { handleWrite, operationOf } from '../../kernel/handler.ts'
import type { Registration } from '../../kernel/handler.ts'
import { digestOfFixed } from './folded.ts'
import { foldReceipts } from './remove-receipts.ts'
import { retireReceipts, timesOf } from './retire-receipts.ts'
import type { RetireDeps } from './retire-receipts.ts'

type Statement = OutputOf<OperationByName<'evidence.fold'>>

/** `evidence.fold`: of receipts the fixed fields and the leaf hash stay. */
export function foldEvidence(deps: RetireDeps): Registration {
  return handleWrite(
    operationOf('evidence.fold'),
    retireReceipts<Statement>(
      {
        action: 'fold',
        stateOf: (facts, ranges) => ({
          ...facts,
          kind: 'fold',
          ranges: ranges.map(({ from, to, receipts }) => ({
            fixed: digestOfFixed(receipts.map((row) => row.entry)),
            from,
            to,
            ...timesOf(receipts),
          })),
        }),
        async apply(tx, { ranges }) {
          for (const { receipts } of ranges)
            await foldReceipts(
              tx,
              receipts.filter((row) => !row.isSealed),
            )
        },
      },
      deps,
    ),
  )
}
