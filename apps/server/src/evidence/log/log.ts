import type { Database, Reader } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import { readCheckpoint } from './checkpoint.ts'
import type { Checkpoint } from './checkpoint.ts'
import { emptyTree, growTree, rootOf, tileWidth } from './growing-tree.ts'
import type { FullTile, TreeState } from './growing-tree.ts'
import type { LogKey } from './log-key.ts'
import { newestCheckpoint, readLeaves } from './log-store.ts'
import type { CheckpointRow } from './log-store.ts'
import { viewLog } from './log-view.ts'
import type { LogView } from './log-view.ts'
import { createPublishedCheckpoint } from './published-checkpoint.ts'
import { parseTilePath } from './tile-path.ts'
import { createTileStore, splitHashes } from './tile-store.ts'
import { foldComplete, hashBytes } from './tree-hash.ts'
import { verifyExtent, verifyLog } from './verify-log.ts'

// Past this the whole log is not read at every start; its right edge still leads to the signed root.
const wholeLogVerifiedUpTo = 65_536
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

/**
 * Opens the log: rebuilds the tree and refuses to go on when table, checkpoint and files disagree.
 *
 * @param folder where `tile/…` and `checkpoint` are kept.
 * @throws {Fault} `log_truncated`, `log_altered`, `log_rolled_back`, `log_checkpoint_invalid`.
 */
export async function openLog(options: {
  database: Database
  key: LogKey
  folder: string
  verifiedUpTo?: number
  onFault(cause: unknown): void
}) {
  const { database, key, folder, onFault, verifiedUpTo = wholeLogVerifiedUpTo } = options
  const published = createPublishedCheckpoint(folder, onFault)
  const listeners = new Set<(state: LogState) => void>()
  const tiles = createTileStore({
    folder,
    onFault,
    leaves: async (from, to) => (await readLeaves(database.read, from, to)).map((row) => row.leaf_hash),
  })
  let state: LogState = await start()

  async function start(): Promise<LogState> {
    const newest = await newestCheckpoint(database.read)
    await refuseRollback(newest)
    if (newest === undefined) {
      await verifyExtent(database.read, 0)
      return { tree: emptyTree, checkpoint: undefined }
    }
    const checkpoint = trusted(newest)
    await verifyExtent(database.read, checkpoint.size)
    if (checkpoint.size > verifiedUpTo) {
      const tree = await treeFromTiles(checkpoint.size)
      if (Buffer.compare(rootOf(tree), checkpoint.root) === 0) return { tree, checkpoint }
    }
    const verified = await verifyLog(database.read, checkpoint)
    await tiles.mend(verified.tiles)
    tiles.forget()
    published.publish(checkpoint, tiles.written)
    return { tree: verified.tree, checkpoint }
  }

  /** A checkpoint once published and no longer in the store: somebody put back yesterday's. */
  async function refuseRollback(newest: CheckpointRow | undefined): Promise<void> {
    const seen = await published.read(key)
    const size = newest?.size ?? 0
    if (seen === undefined || seen.size < size) return
    if (seen.size === size && Buffer.compare(seen.root, newest?.root ?? Buffer.alloc(0)) === 0) return
    throw new Fault(
      'log_rolled_back',
      `A checkpoint of size ${seen.size} was published (${published.file}), but the store's newest has size ${size}` +
        ' or another root: the store is older than its own log, or was rewritten. Restore a newer backup.',
      { retryable: false },
    )
  }

  function trusted(row: CheckpointRow): Checkpoint {
    const checkpoint = readCheckpoint(key, row.note)
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
      `The stored checkpoint of size ${row.size} is not one that ${key.vkey} signed (${why}).` +
        ' Use the key and the origin that this log began with.',
      { retryable: false },
    )
  }

  /** The right edge of the tree from files: one page of rows and at most 255 tiles for each level above. */
  async function treeFromTiles(size: number): Promise<TreeState> {
    const growing = {
      edges: [] as (readonly Uint8Array[])[],
      peaks: [] as { height: number; hash: Uint8Array }[],
    }
    const lastRows = await readLeaves(database.read, size - (size % tileWidth), size)
    growing.edges.push(lastRows.map((row) => row.leaf_hash))
    for (let level = 1; tileWidth ** level <= size; level += 1) {
      const count = Math.floor(size / tileWidth ** level)
      const edge: Uint8Array[] = []
      for (let at = count - (count % tileWidth); at < count; at += 1) {
        edge.push(foldComplete(splitHashes(await tiles.read(level - 1, at))))
      }
      growing.edges.push(edge)
    }
    const view = viewLog({ size, root: Buffer.alloc(0), note: '' }, { size, ...growing }, tiles.read)
    for (let height = 52, from = 0; height >= 0; height -= 1) {
      const leaves = 2 ** height
      if (from + leaves > size) continue
      growing.peaks.push({ height, hash: await view.hashOf({ from, to: from + leaves }) })
      from += leaves
    }
    return { size, ...growing }
  }

  /** The state at the newest checkpoint that `db` sees, which another server may have written. Changes nothing here. */
  async function caughtUp(db: Reader): Promise<Growth> {
    const known = state
    const newest = await newestCheckpoint(db)
    const knownSize = known.tree.size
    if ((newest?.size ?? 0) === knownSize) return { ...known, tiles: [] }
    if (newest === undefined || newest.size < knownSize) {
      throw new Fault(
        'log_rolled_back',
        `The store's log shrank from ${knownSize} to ${newest?.size ?? 0} entries.`,
        { retryable: false },
      )
    }
    const checkpoint = trusted(newest)
    const growing = growTree(known.tree)
    for (let from = knownSize; from < newest.size; from += pageRows) {
      for (const row of await readLeaves(db, from, Math.min(from + pageRows, newest.size)))
        growing.append(row.leaf_hash)
    }
    const tree = growing.state()
    if (tree.size !== newest.size || Buffer.compare(rootOf(tree), newest.root) !== 0) {
      throw new Fault(
        'log_altered',
        `The log does not lead from size ${knownSize} to the checkpoint of size ${newest.size}.`,
        { retryable: false },
      )
    }
    return { tree, checkpoint, tiles: growing.fullTiles() }
  }

  /** Takes over what is durable now: tiles and checkpoint go to files, listeners hear of it. */
  function adopt(growth: Growth): void {
    if (growth.tree.size <= state.tree.size || growth.checkpoint === undefined) return
    state = { tree: growth.tree, checkpoint: growth.checkpoint }
    tiles.add(growth.tiles)
    published.publish(growth.checkpoint, tiles.written)
    for (const listener of listeners) listener(state)
  }

  function view(): LogView | undefined {
    const { tree, checkpoint } = state
    return checkpoint === undefined ? undefined : viewLog(checkpoint, tree, tiles.read)
  }

  return {
    state: (): LogState => state,
    view,
    caughtUp,
    adopt,
    /** A view of the newest checkpoint, also when another server wrote it. */
    async refreshed(): Promise<LogView | undefined> {
      adopt(await caughtUp(database.read))
      return view()
    },
    onAdvance(listener: (state: LogState) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** The bytes behind a C2SP tile path, or undefined when the log has no such tile (yet). */
    async tile(path: string): Promise<Uint8Array | undefined> {
      const address = parseTilePath(path)
      if (address === undefined) return undefined
      const { tree } = state
      const hashes = Math.floor(tree.size / tileWidth ** address.level)
      const first = address.number * tileWidth
      if (first + address.width > hashes) return undefined
      if (first + tileWidth <= hashes)
        return (await tiles.read(address.level, address.number)).subarray(0, address.width * hashBytes)
      return Buffer.concat((tree.edges[address.level] ?? []).slice(0, address.width))
    },
    /** Makes every tile again from the table; the answer to `log_damaged`. */
    async remakeTiles(): Promise<void> {
      const { checkpoint } = state
      if (checkpoint === undefined) return
      await tiles.mend((await verifyLog(database.read, checkpoint)).tiles)
      tiles.forget()
    },
    async close(): Promise<void> {
      await tiles.written()
      await published.written()
    },
  }
}
export type Log = Awaited<ReturnType<typeof openLog>>
