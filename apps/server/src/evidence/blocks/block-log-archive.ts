import type { Reader } from '../../kernel/db/index.ts'
import { tileWidth } from '../log/growing-tree.ts'
import type { LogArchive, Subtree } from '../log/log-archive.ts'
import type { Range } from '../log/proof-ranges.ts'
import type { Archive } from './archive.ts'
import { blocksOfLog } from './block-store.ts'
import { blockEntries } from './compactor.ts'

/** What of logs lies in blocks: an entry does from the moment on that it has left the rows. */
export function createBlockLogArchive(archive: Archive): LogArchive {
  return {
    async ranges(db, log) {
      const blocks = await blocksOfLog(db, log)
      return joined(blocks.map((block) => ({ from: block.from_idx, to: block.drained_to })))
    },
    async leaves(db, log, { from, to }) {
      const found = await archive.range(db, log, from, to)
      return new Map(found.map(({ index, leafHash }) => [index, leafHash]))
    },
    async entries(db, log, { from, to }) {
      const found = await archive.range(db, log, from, to)
      const full = found.filter(({ form }) => form === 'full')
      return new Map(full.map(({ index, row }) => [index, row.entry]))
    },
    async subtrees(db, log, range) {
      const found: Subtree[] = []
      for (const block of await blocksOfLog(db, log, range.from, range.to)) {
        const size = block.to_idx - block.from_idx
        const isInside = block.from_idx >= range.from && block.to_idx <= range.to
        const isWhole = block.drained_to === block.to_idx && block.receipts === size
        if (isInside && isWhole && block.root !== null && isKnownSize(size)) {
          // To recompute it takes seconds; that it is right is what it is used to prove.
          found.push({ from: block.from_idx, to: block.to_idx, root: Buffer.from(block.root, 'base64') })
          continue
        }
        const { header } = await archive.open(block)
        for (const run of header.runs) {
          if (run.form !== 'pruned') continue
          for (const { from, to, root } of run.subtrees) {
            if (from >= range.from && to <= Math.min(range.to, block.drained_to))
              found.push({ from, to, root: Buffer.from(root, 'base64') })
          }
        }
      }
      return found
    },
  }
}

const isKnownSize = (entries: number): boolean => entries <= tileWidth || entries === blockEntries

/** Two archives as one. What both have is taken from the first. */
export function joinLogArchives(first: LogArchive, second: LogArchive): LogArchive {
  const both = async <T>(read: (archive: LogArchive) => Promise<ReadonlyMap<number, T>>) =>
    new Map([...(await read(second)), ...(await read(first))])
  return {
    ranges: async (db: Reader, log: number) =>
      joined([...(await first.ranges(db, log)), ...(await second.ranges(db, log))]),
    leaves: (db, log, range) => both((archive) => archive.leaves(db, log, range)),
    entries: (db, log, range) => both((archive) => archive.entries(db, log, range)),
    async subtrees(db, log, range) {
      const known = await first.subtrees(db, log, range)
      const further = await second.subtrees(db, log, range)
      const added = further.filter(
        (each) => !known.some((other) => each.from < other.to && other.from < each.to),
      )
      return [...known, ...added].toSorted((a, b) => a.from - b.from)
    },
  }
}

/** Ranges in order, those that touch or overlap as one. */
function joined(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = []
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    if (range.from === range.to) continue
    const last = result.at(-1)
    if (last !== undefined && range.from <= last.to) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
    } else result.push(range)
  }
  return result
}
