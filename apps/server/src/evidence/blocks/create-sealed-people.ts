import { Fault } from '../../kernel/fault.ts'
import type { Reader } from '../../kernel/db/index.ts'
import type { LogsAccess } from '../log/log-access.ts'
import type { SealedPeople } from '../receipt/receipts-of-subject.ts'
import type { Archive } from './archive.ts'
import { blocksOfLog } from './block-store.ts'
import type { Compaction } from './create-compaction.ts'
import type { Rewriting } from './rewrite-blocks.ts'

const pageEntries = 4_096

/** Receipts in blocks, as erasing a person finds and closes them. */
export function createSealedPeople(deps: {
  readonly archive: Archive
  readonly compaction: Pick<Compaction, 'rewrite'>
  readonly logsOf: LogsAccess['of']
  onFault(cause: unknown): void
}): SealedPeople {
  const { archive, compaction, logsOf } = deps

  /** Which blocks there are, not which files they are: those are written anew. */
  async function extent(db: Reader, log: number): Promise<string> {
    const blocks = await blocksOfLog(db, log)
    return blocks.map(({ from_idx, to_idx }) => `${from_idx}-${to_idx}`).join()
  }

  return {
    async find(db, organisation, names) {
      const found = []
      for (const log of await logsOf(organisation)) {
        for (const { from_idx, to_idx } of await blocksOfLog(db, log.number)) {
          for (let from = from_idx; from < to_idx; from += pageEntries) {
            const to = Math.min(from + pageEntries, to_idx)
            const page = await archive.range(db, log.number, from, to, { organisation })
            for (const { receipt } of page) if (names(receipt) !== undefined) found.push(receipt)
          }
        }
      }
      return found
    },

    async prepare(db, organisation, names) {
      const ahead: { readonly log: number; readonly before: string; readonly rewriting: Rewriting }[] = []
      for (const { number: log } of await logsOf(organisation)) {
        const before = await extent(db, log)
        if (before === '') continue
        const range = { from: 0, to: Number.MAX_SAFE_INTEGER }
        const rewriting = await compaction.rewrite(log, range, ({ row }) => {
          const parts = row.organisation === organisation ? names(row) : undefined
          return parts === undefined ? 'keep' : { erase: { parts } }
        })
        ahead.push({ log, before, rewriting })
      }
      return {
        async apply(tx) {
          let receipts = 0
          for (const { log, before, rewriting } of ahead) {
            await rewriting.swap(tx)
            receipts += rewriting.receipts
            if ((await extent(tx, log)) === before) continue
            throw new Fault(
              'block_changed',
              'Receipts were sealed while the person was looked for in those that were. Ask again.',
              { retryable: true },
            )
          }
          return receipts
        },
        finish() {
          for (const { rewriting } of ahead) rewriting.finish().catch(deps.onFault)
        },
      }
    },
  }
}
