import { join } from 'node:path'
import type { Database, Reader } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import type { Checkpoint } from './checkpoint.ts'
import { emptyTree, growTree, rootOf, tileWidth } from './growing-tree.ts'
import type { FullTile, TreeState } from './growing-tree.ts'
import { isFolded } from '../retention/folded.ts'
import { statedRanges } from '../retention/retention-store.ts'
import { addressOf } from './log-address.ts'
import type { LogArchive } from './log-archive.ts'
import type { KeyRing } from './key-ring.ts'
import { newestCheckpoint, readLeaves, readLeavesWithEntries } from './log-store.ts'
import type { CheckpointRow, LogFacts } from './log-store.ts'
import { viewLog } from './log-view.ts'
import type { LogView } from './log-view.ts'
import type { Range } from './proof-ranges.ts'
import { createPublishedCheckpoint } from './published-checkpoint.ts'
import { parseTilePath } from './tile-path.ts'
import { createTileStore, isPruned, splitHashes } from './tile-store.ts'
import type { TileCache } from './tile-store.ts'
import { foldComplete, hashBytes } from './tree-hash.ts'
import { verifyExtent, verifyLog, verifyRow } from './verify-log.ts'

const pageRows = 4_096

/** The tree as this process knows it: at the newest checkpoint, or a step behind while another server integrates. */
export interface LogState {
  readonly tree: TreeState
  /** Undefined while the log is empty. */
  readonly checkpoint: Checkpoint | undefined
}

export interface Growth extends LogState {
  readonly tiles: readonly FullTile[]
}

export interface LogOptions {
  readonly database: Database
  readonly facts: LogFacts
  readonly keys: KeyRing
  /** Where evidence is kept; the log's `tile/…` and `checkpoint` lie in it at the log's address. */
  readonly folder: string
  readonly cache: TileCache
  readonly archive: LogArchive
  /** Whether the log is read whole, or only its right edge held against the checkpoint. */
  isReadWhole(size: number): boolean
  onAdvance(state: LogState): void
  onFault(cause: unknown): void
}

/**
 * Opens a log: rebuilds the tree and refuses to go on when table, checkpoint and files disagree.
 *
 * @throws {Fault} `log_truncated`, `log_altered`, `log_rolled_back`, `log_checkpoint_invalid`.
 */
export async function openLog(options: LogOptions) {
  const { database, facts, keys, cache, archive, onFault } = options
  const { number, origin } = facts
  const address = addressOf(keys.name, origin)
  const folder = join(options.folder, address)
  const published = createPublishedCheckpoint(folder, onFault)
  const leavesIn = async (db: Reader, range: Range): Promise<ReadonlyMap<number, Uint8Array>> => {
    const rows = await readLeaves(db, number, range.from, range.to)
    const leaves = new Map(rows.map((row) => [row.idx, row.leaf_hash]))
    if (leaves.size === range.to - range.from) return leaves
    return new Map([...leaves, ...(await archive.leaves(db, number, range))])
  }
  const tiles = createTileStore({
    folder,
    cache,
    onFault,
    leaves: (range) => leavesIn(database.read, range),
    subtrees: (range) => archive.subtrees(database.read, number, range),
  })
  let state: LogState = await start()

  async function start(): Promise<LogState> {
    const newest = await newestCheckpoint(database.read, number)
    const checkpoint = newest === undefined ? undefined : await trusted(database.read, newest)
    await refuseRollback(newest)
    if (checkpoint === undefined) {
      await verifyExtent(database.read, facts, 0, archive)
      return { tree: emptyTree, checkpoint: undefined }
    }
    await verifyExtent(database.read, facts, checkpoint.size, archive)
    if (!options.isReadWhole(checkpoint.size)) {
      const tree = await treeFromTiles(checkpoint.size)
      if (Buffer.compare(rootOf(tree), checkpoint.root) === 0) return { tree, checkpoint }
    }
    const verified = await verifyLog(database.read, facts, checkpoint, archive)
    await tiles.mend(verified.tiles)
    tiles.forget()
    published.publish(checkpoint, tiles.written)
    return { tree: verified.tree, checkpoint }
  }

  /** A checkpoint once published and no longer in the store: somebody put back yesterday's. */
  async function refuseRollback(newest: CheckpointRow | undefined): Promise<void> {
    const seen = await keys.read(database.read, origin, await published.read())
    const size = newest?.size ?? 0
    if ('problem' in seen || seen.size < size) return
    if (seen.size === size && Buffer.compare(seen.root, newest?.root ?? Buffer.alloc(0)) === 0) return
    throw new Fault(
      'log_rolled_back',
      `A checkpoint of size ${seen.size} was published (${published.file}), but the store's newest has size ${size}` +
        ' or another root: the store is older than its own log, or was rewritten. Restore a newer backup.',
      { retryable: false },
    )
  }

  async function trusted(db: Reader, row: CheckpointRow): Promise<Checkpoint> {
    const checkpoint = await keys.read(db, origin, row.note)
    if (
      !('problem' in checkpoint) &&
      checkpoint.size === row.size &&
      Buffer.compare(checkpoint.root, row.root) === 0
    ) {
      return checkpoint
    }
    const why = 'problem' in checkpoint ? checkpoint.problem : 'size or root differ from the columns'
    throw new Fault(
      'log_checkpoint_invalid',
      `The stored checkpoint of size ${row.size} is not one that ${keys.vkey()} signed for ${origin} (${why}).` +
        ' Use the key and the name that this log began with.',
      { retryable: false },
    )
  }

  /** The right edge of the tree from files: one page of rows and at most 255 tiles for each level above. */
  async function treeFromTiles(size: number): Promise<TreeState> {
    const growing = {
      edges: [] as (readonly Uint8Array[])[],
      peaks: [] as { height: number; hash: Uint8Array }[],
    }
    const lastLeaves = await leavesIn(database.read, { from: size - (size % tileWidth), to: size })
    growing.edges.push([...lastLeaves].toSorted(([a], [b]) => a - b).map(([, leaf]) => leaf))
    for (let level = 1; tileWidth ** level <= size; level += 1) {
      const count = Math.floor(size / tileWidth ** level)
      const edge: Uint8Array[] = []
      for (let at = count - (count % tileWidth); at < count; at += 1) {
        edge.push(await rootOfTile(level - 1, at))
      }
      growing.edges.push(edge)
    }
    const view = viewLog({ size, root: Buffer.alloc(0), note: '' }, { size, ...growing }, tiles)
    for (let height = 52, from = 0; height >= 0; height -= 1) {
      const leaves = 2 ** height
      if (from + leaves > size) continue
      growing.peaks.push({ height, hash: await view.hashOf({ from, to: from + leaves }) })
      from += leaves
    }
    return { size, ...growing }
  }

  async function rootOfTile(level: number, at: number): Promise<Uint8Array> {
    try {
      return foldComplete(splitHashes(await tiles.read(level, at)))
    } catch (error) {
      if (level > 0 || !isPruned(error)) throw error
      return await tiles.complete({ from: at * tileWidth, to: (at + 1) * tileWidth })
    }
  }

  /** The state at the newest checkpoint that `db` sees, which another server may have written. Changes nothing here. */
  async function caughtUp(db: Reader): Promise<Growth> {
    const known = state
    const newest = await newestCheckpoint(db, number)
    const knownSize = known.tree.size
    if (newest?.size === knownSize && newest.note !== known.checkpoint?.note) {
      // Signed anew by the key that followed: the same tree, or somebody's own.
      const checkpoint = await trusted(db, newest)
      if (Buffer.compare(checkpoint.root, rootOf(known.tree)) !== 0) throw notGrown(newest.size)
      return { tree: known.tree, checkpoint, tiles: [] }
    }
    if ((newest?.size ?? 0) === knownSize) return { ...known, tiles: [] }
    if (newest === undefined || newest.size < knownSize) {
      throw new Fault(
        'log_rolled_back',
        `The store's log ${origin} shrank from ${knownSize} to ${newest?.size ?? 0} entries.`,
        { retryable: false },
      )
    }
    const checkpoint = await trusted(db, newest)
    const growing = growTree(known.tree)
    for (let from = knownSize; from < newest.size; from += pageRows) {
      const to = Math.min(from + pageRows, newest.size)
      const leaves = await leavesIn(db, { from, to })
      for (let index = from; index < to; index += 1) {
        const leaf = leaves.get(index)
        if (leaf !== undefined) growing.append(leaf)
      }
    }
    const tree = growing.state()
    if (tree.size !== newest.size || Buffer.compare(rootOf(tree), newest.root) !== 0) {
      throw notGrown(newest.size)
    }
    return { tree, checkpoint, tiles: growing.fullTiles() }

    function notGrown(size: number): Fault {
      return new Fault(
        'log_altered',
        `The log ${origin} does not lead from size ${knownSize} to the checkpoint of size ${size}.`,
        { retryable: false },
      )
    }
  }

  /** Takes over what is durable now: tiles and checkpoint go to files, listeners hear of it. */
  function adopt(growth: Growth): void {
    if (growth.checkpoint === undefined || growth.tree.size < state.tree.size) return
    if (growth.checkpoint.note === state.checkpoint?.note) return
    state = { tree: growth.tree, checkpoint: growth.checkpoint }
    tiles.add(growth.tiles)
    published.publish(growth.checkpoint, tiles.written)
    options.onAdvance(state)
  }

  function view(): LogView | undefined {
    const { tree, checkpoint } = state
    return checkpoint === undefined ? undefined : viewLog(checkpoint, tree, tiles)
  }

  return {
    facts,
    /** Of its files in the evidence folder and of its paths over HTTP; empty for a log from before. */
    address,
    state: (): LogState => state,
    caughtUp,
    adopt,
    /** A view of the newest checkpoint, also when another server wrote it. */
    async refreshed(): Promise<LogView | undefined> {
      adopt(await caughtUp(database.read))
      return view()
    },
    /** The bytes behind a C2SP tile path, or undefined when the log has no such tile (yet, or any more). */
    async tile(path: string): Promise<Uint8Array | undefined> {
      const wanted = parseTilePath(path)
      if (wanted === undefined) return undefined
      const { tree } = state
      const hashes = Math.floor(tree.size / tileWidth ** wanted.level)
      const first = wanted.number * tileWidth
      if (first + wanted.width > hashes) return undefined
      if (first + tileWidth > hashes)
        return Buffer.concat((tree.edges[wanted.level] ?? []).slice(0, wanted.width))
      try {
        return (await tiles.read(wanted.level, wanted.number)).subarray(0, wanted.width * hashBytes)
      } catch (error) {
        if (isPruned(error)) return undefined
        throw error
      }
    },
    /**
     * Entries of [from, to) that are the organisation's and still there whole, by index.
     *
     * @throws {Fault} `log_altered` for one that is not what was logged.
     */
    async entries(range: Range): Promise<ReadonlyMap<number, Uint8Array>> {
      const entries = new Map(await archive.entries(database.read, number, range))
      const folded = await statedRanges(database.read, number, 'fold')
      for (const row of await readLeavesWithEntries(database.read, number, range.from, range.to)) {
        verifyRow(facts, row, folded)
        if (row.organisation === facts.organisation) entries.set(row.idx, row.entry)
      }
      // What is left of a folded entry is not what its leaf is the hash of.
      for (const [index, entry] of entries) if (isFolded({ entry })) entries.delete(index)
      return entries
    },
    /** Makes every tile again from the store; the answer to `log_damaged`. */
    async remakeTiles(): Promise<void> {
      const { checkpoint } = state
      if (checkpoint === undefined) return
      await tiles.mend((await verifyLog(database.read, facts, checkpoint, archive)).tiles)
      tiles.forget()
    },
    /** Removes the tiles that hold nothing but leaves of the range, which the archive says are pruned. */
    forgetLeaves: (range: Range): Promise<void> => tiles.remove(range),
    async close(): Promise<void> {
      await tiles.written()
      await published.written()
    },
  }
}
export type Log = Awaited<ReturnType<typeof openLog>>
