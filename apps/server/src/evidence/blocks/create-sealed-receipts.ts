import type { SealedReceipts } from '../retention/sealed-receipts.ts'
import type { Archive } from './archive.ts'
import { receiptsChanged } from './block-store.ts'
import type { Compaction } from './create-compaction.ts'
import type { Fate } from './rewrite-blocks.ts'

/** What a folded receipt keeps beside its fixed fields: the case and run by which a legal hold still finds it. */
const folded: Fate = {
  fold: { operation: '', actor: '', package: null, version: null, rule: '' },
}

/** Blocks as retention prunes and folds in them. */
export function createSealedReceipts(
  archive: Archive,
  compaction: Pick<Compaction, 'rewrite'>,
): SealedReceipts {
  return {
    async range(db, log, { from, to }) {
      const found = await archive.range(db, log, from, to)
      return found.map(({ row, index, leafHash }) => ({
        ...row,
        idx: index,
        leaf_hash: leafHash,
        isSealed: true,
      }))
    },
    async namedBy(db, organisation, caseId) {
      const query = { organisation, filter: { case: caseId } }
      return {
        runs: await archive.distinct(db, query, 'run'),
        packages: await archive.distinct(db, query, 'package'),
      }
    },
    rewrite: (log, range, fateOf) =>
      compaction.rewrite(log, range, ({ index }) => {
        const fate = fateOf(index)
        return fate === 'fold' ? folded : fate
      }),
    changed: (tx) => receiptsChanged(tx),
  }
}
