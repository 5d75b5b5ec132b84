import { Fault } from '../../kernel/fault.ts'
import type { Reader } from '../../kernel/db/index.ts'
import { growTree, emptyTree, rootOf } from './growing-tree.ts'
import type { FullTile, TreeState } from './growing-tree.ts'
import { logExtent, readLeavesWithEntries } from './log-store.ts'
import type { CheckpointRow } from './log-store.ts'
import { leafHash } from './tree-hash.ts'

const pageRows = 4_096

/**
 * Reads the whole log and holds it against the checkpoint: every index there, every receipt still the one that was
 * logged, the root the one that was signed. About 4 µs an entry.
 *
 * @throws {Fault} `log_truncated` or `log_altered`, naming the entry where it can be known.
 */
export async function verifyLog(
  db: Reader,
  checkpoint: CheckpointRow,
): Promise<{ readonly tree: TreeState; readonly tiles: readonly FullTile[] }> {
  await verifyExtent(db, checkpoint.size)
  const growing = growTree(emptyTree)
  for (let from = 0; from < checkpoint.size; from += pageRows) {
    for (const row of await readLeavesWithEntries(db, from, Math.min(from + pageRows, checkpoint.size))) {
      if (row.entry === null) throw altered(`receipt ${row.receipt_id} of entry ${row.idx} is gone`)
      if (Buffer.compare(leafHash(row.entry), row.leaf_hash) !== 0) {
        throw altered(`entry ${row.idx} (receipt ${row.receipt_id}) is not what was logged`)
      }
      growing.append(row.leaf_hash)
    }
  }
  const tree = growing.state()
  if (Buffer.compare(rootOf(tree), checkpoint.root) !== 0) {
    throw altered(`its ${checkpoint.size} entries do not have the root that was signed`)
  }
  return { tree, tiles: growing.fullTiles() }
}

/** @throws {Fault} `log_truncated` when the table holds more or fewer entries than were signed, or has a gap. */
export async function verifyExtent(db: Reader, size: number): Promise<void> {
  const { count, end } = await logExtent(db)
  if (count === size && end === size) return
  throw new Fault(
    'log_truncated',
    `The log's newest checkpoint signs ${size} entries, but ${count} are stored (the last has index ${end - 1}). ` +
      'Entries were removed or added behind its back: restore the store from a backup.',
    { retryable: false },
  )
}

function altered(what: string): Fault {
  return new Fault('log_altered', `The evidence log was altered: ${what}. Restore the store from a backup.`, {
    retryable: false,
  })
}
