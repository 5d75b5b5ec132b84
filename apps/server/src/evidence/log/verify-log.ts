import { Fault } from '../../kernel/fault.ts'
import type { Reader } from '../../kernel/db/index.ts'
import { growTree, emptyTree, rootOf, tileWidth } from './growing-tree.ts'
import type { FullTile, TreeState } from './growing-tree.ts'
import { isFolded } from '../retention/folded.ts'
import { statedRanges } from '../retention/retention-store.ts'
import type { LogArchive } from './log-archive.ts'
import { countLeaves, logExtent, readLeavesWithEntries } from './log-store.ts'
import type { CheckpointRow, LeafWithEntry, LogFacts } from './log-store.ts'
import type { Range } from './proof-ranges.ts'
import { classNumber } from './retention-class.ts'
import { leafHash } from './tree-hash.ts'

const pageRows = 4_096
const largestSubtree = tileWidth ** 2
const classByte = 63

/**
 * Reads the whole log and holds it against the checkpoint: every index there, every receipt still the one that was
 * logged, of the log's organisation and class, the root the one that was signed. About 4 µs an entry; what an archive
 * has taken over is held against the root by its hashes alone.
 *
 * @throws {Fault} `log_truncated` or `log_altered`, naming the entry where it can be known.
 */
export async function verifyLog(
  db: Reader,
  log: LogFacts,
  checkpoint: CheckpointRow,
  archive: LogArchive,
): Promise<{ readonly tree: TreeState; readonly tiles: readonly FullTile[] }> {
  const archived = await verifyExtent(db, log, checkpoint.size, archive)
  const folded = await statedRanges(db, log.number, 'fold')
  const growing = growTree(emptyTree)
  let from = 0
  for (const range of [...archived, { from: checkpoint.size, to: checkpoint.size }]) {
    await appendRows({ from, to: range.from })
    await appendArchived(range)
    from = range.to
  }
  const tree = growing.state()
  if (Buffer.compare(rootOf(tree), checkpoint.root) !== 0) {
    throw altered(log, `its ${checkpoint.size} entries do not have the root that was signed`)
  }
  return { tree, tiles: growing.fullTiles() }

  async function appendRows(range: Range): Promise<void> {
    for (const page of inPages(range, pageRows)) {
      for (const row of await readLeavesWithEntries(db, log.number, page.from, page.to)) {
        verifyRow(log, row, folded)
        growing.append(row.leaf_hash)
      }
    }
  }

  async function appendArchived(range: Range): Promise<void> {
    for (const page of inPages(range, largestSubtree)) {
      const subtrees = await archive.subtrees(db, log.number, page)
      let at = page.from
      for (const subtree of subtrees) {
        if (!isSubtree(subtree) || subtree.from < at || subtree.to > page.to)
          throw altered(log, `it names no subtree from entry ${subtree.from} to ${subtree.to}`)
        await appendLeaves({ from: at, to: subtree.from })
        growing.appendSubtree(Math.log2(subtree.to - subtree.from), subtree.root)
        at = subtree.to
      }
      await appendLeaves({ from: at, to: page.to })
    }
  }

  async function appendLeaves(range: Range): Promise<void> {
    if (range.from === range.to) return
    const leaves = await archive.leaves(db, log.number, range)
    for (let index = range.from; index < range.to; index += 1) {
      const leaf = leaves.get(index)
      if (leaf === undefined)
        throw altered(log, `entry ${index} is neither stored nor accounted for as pruned`)
      growing.append(leaf)
    }
  }
}

/** @throws {Fault} `log_altered` for an entry that is gone, not what was logged, or in a log where it does not belong. */
export function verifyRow(
  log: LogFacts,
  row: LeafWithEntry,
  folded: readonly Range[],
): asserts row is LeafWithEntry & { readonly entry: Uint8Array } {
  if (row.entry === null) throw altered(log, `receipt ${row.receipt_id} of entry ${row.idx} is gone`)
  // What is left of a folded entry has another hash; that it was folded, a statement says.
  const isAsLogged = isFolded({ entry: row.entry })
    ? folded.some(({ from, to }) => from <= row.idx && row.idx < to)
    : Buffer.compare(leafHash(row.entry), row.leaf_hash) === 0
  if (!isAsLogged) throw altered(log, `entry ${row.idx} (receipt ${row.receipt_id}) is not what was logged`)
  if (row.entry[classByte] !== classNumber(log.class))
    throw altered(log, `entry ${row.idx} (receipt ${row.receipt_id}) is of another retention class`)
  if (row.idx >= log.sharedBelow && row.organisation !== log.organisation)
    throw altered(log, `entry ${row.idx} (receipt ${row.receipt_id}) is of another organisation`)
}

/**
 * @returns what the archive answers for.
 * @throws {Fault} `log_truncated` when table and archive hold more or fewer entries than were signed, or have a gap.
 */
export async function verifyExtent(
  db: Reader,
  log: LogFacts,
  size: number,
  archive: LogArchive,
): Promise<readonly Range[]> {
  const archived = await archive.ranges(db, log.number)
  const { count, end } = await logExtent(db, log.number)
  let stored = 0
  let from = 0
  for (const range of [...archived, { from: size, to: size }]) {
    const between = range.from - from
    // Where an archive takes part, the sum alone would not show an entry that is in both, in the place of one in neither.
    const isWhole = archived.length === 0 || (await countLeaves(db, log.number, from, range.from)) === between
    if (between < 0 || !isWhole) throw truncated(log, size, count, end)
    stored += between
    from = range.to
  }
  const isWhole = count === stored && (archived.length === 0 ? end === size : end <= size)
  const lastFull = size - (size % tileWidth)
  if (!isWhole || (archived.at(-1)?.to ?? 0) > lastFull) throw truncated(log, size, count, end)
  return archived
}

function isSubtree({ from, to }: Range): boolean {
  const leaves = to - from
  const isPower = leaves > 0 && Number.isInteger(Math.log2(leaves)) && from % leaves === 0
  return isPower && (leaves <= tileWidth || leaves === largestSubtree)
}

/** Pages that end at multiples of `rows`, so that none parts a subtree of that size or below. */
function* inPages(range: Range, rows: number): Generator<Range> {
  for (let from = range.from; from < range.to;) {
    const to = Math.min(from - (from % rows) + rows, range.to)
    yield { from, to }
    from = to
  }
}

function truncated(log: LogFacts, size: number, count: number, end: number): Fault {
  return new Fault(
    'log_truncated',
    `The newest checkpoint of ${log.origin} signs ${size} entries, but ${count} are stored (the last has index ${end - 1}). ` +
      'Entries were removed or added behind its back: restore the store from a backup.',
    { retryable: false },
  )
}

function altered(log: LogFacts, what: string): Fault {
  return new Fault(
    'log_altered',
    `The evidence log ${log.origin} was altered: ${what}. Restore the store from a backup.`,
    { retryable: false },
  )
}
