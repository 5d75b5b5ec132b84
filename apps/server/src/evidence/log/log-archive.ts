import type { Reader } from '../../kernel/db/index.ts'
import type { Range } from './proof-ranges.ts'

/** The root over a complete subtree: its length is a power of two, and `from` a multiple of it. */
export interface Subtree extends Range {
  readonly root: Uint8Array
}

/**
 * What of a log is no longer in the rows of `log_entries`: sealed into blocks, where each leaf can still be had, or
 * pruned, where only roots of subtrees are left. An entry is in a row or in the archive, never in both: whoever moves
 * it does so in one transaction.
 *
 * Nothing here is trusted: every tree and proof made with it is recomputed to the root that a checkpoint signs.
 */
export interface LogArchive {
  /** The ranges of indices that the archive answers for, ascending and disjoint. */
  ranges(db: Reader, log: number): Promise<readonly Range[]>
  /** Hashes of the leaves in [from, to) that it still has one by one, by index. */
  leaves(db: Reader, log: number, range: Range): Promise<ReadonlyMap<number, Uint8Array>>
  /** Their entries, by index. */
  entries(db: Reader, log: number, range: Range): Promise<ReadonlyMap<number, Uint8Array>>
  /**
   * Roots of disjoint subtrees within [from, to), ascending: all of what was pruned there, and of sealed leaves as it
   * likes. Each is over at most 256 leaves, or over 65,536, so that no tile above the lowest level is ever lost;
   * for the same reason nothing is pruned past the last full tile.
   */
  subtrees(db: Reader, log: number, range: Range): Promise<readonly Subtree[]>
}
