import type { OperationByName, OutputOf } from '@switchboard/api'
import { handleWrite, operationOf } from '../../kernel/handler.ts'
import type { Registration } from '../../kernel/handler.ts'
import { tileWidth } from '../log/growing-tree.ts'
import { listPublishedSizes } from '../log/log-store.ts'
import { deleteReceipts } from './remove-receipts.ts'
import { insertSubtrees } from './retention-store.ts'
import { retireReceipts, timesOf } from './retire-receipts.ts'
import type { DueRange, RetireDeps } from './retire-receipts.ts'
import { rootsOver, splitAt, subtreesIn } from './subtrees.ts'

type Statement = OutputOf<OperationByName<'evidence.prune'>>

/** Checkpoints that outsiders hold; from those before these, older bundles lead on. */
const mostSizes = 1_000

/** `evidence.prune`: receipts and their leaves go, the roots over them stay. */
export function pruneEvidence(deps: RetireDeps): Registration {
  return handleWrite(
    operationOf('evidence.prune'),
    retireReceipts<Statement>(
      {
        action: 'prune',
        stateOf: (facts, ranges) => ({
          ...facts,
          kind: 'prune',
          ranges: ranges.map((range) => ({
            from: range.from,
            to: range.to,
            ...timesOf(range.receipts),
            subtrees: rootsOver(subtreesIn(range), leafOf(range)).map(({ from, to, root }) => ({
              from,
              to,
              root: Buffer.from(root).toString('base64'),
            })),
          })),
        }),
        async apply(tx, { log, size, ranges }) {
          // Proofs from the sizes that outsiders hold must go on: no root that is kept here reaches across one of them.
          const sizes = await listPublishedSizes(tx, log.number, size, mostSizes)
          for (const range of ranges) {
            for (const part of splitAt(range, sizes)) {
              const roots = rootsOver(subtreesIn(part, tileWidth), leafOf(range))
              await insertSubtrees(tx, log.number, roots)
            }
            await deleteReceipts(
              tx,
              log.number,
              range.receipts.filter((row) => !row.isSealed),
            )
          }
        },
        follow: ({ log, ranges }) => deps.forgetLeaves(log, ranges),
      },
      deps,
    ),
  )
}

function leafOf({ from, receipts }: DueRange): (index: number) => Uint8Array {
  return (index) => receipts[index - from]?.leaf_hash ?? new Uint8Array()
}
