import type { LogArchive } from '../log/log-archive.ts'
import type { Range } from '../log/proof-ranges.ts'
import { statedRanges, subtreesWithin } from './retention-store.ts'

/** What prunes took out of `log_entries`: of the leaves nothing is left, but the roots over them are. */
export const prunedArchive: LogArchive = {
  async ranges(db, log) {
    const merged: { from: number; to: number }[] = []
    for (const range of await statedRanges(db, log, 'prune')) {
      const last = merged.at(-1)
      if (last?.to === range.from) last.to = range.to
      else merged.push({ ...range })
    }
    return merged satisfies readonly Range[]
  },
  leaves: () => Promise.resolve(new Map()),
  entries: () => Promise.resolve(new Map()),
  subtrees: subtreesWithin,
}
