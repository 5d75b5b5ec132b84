import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../kernel/fault.ts'
import { writeFileAtomically } from './atomic-file.ts'
import { tileWidth } from './growing-tree.ts'
import type { FullTile } from './growing-tree.ts'
import type { Subtree } from './log-archive.ts'
import type { Range } from './proof-ranges.ts'
import { tilePath } from './tile-path.ts'
import { foldComplete, hashBytes, nodeHash } from './tree-hash.ts'

const mostCached = 1_024

/** Full tiles read lately, of all logs of this process together. */
export function createTileCache() {
  const tiles = new Map<string, Buffer>()
  return {
    get: (file: string): Buffer | undefined => tiles.get(file),
    set(file: string, bytes: Buffer): void {
      if (tiles.size >= mostCached) tiles.delete(tiles.keys().next().value as string)
      tiles.set(file, bytes)
    },
    delete: (file: string): boolean => tiles.delete(file),
    clear: (): void => tiles.clear(),
  }
}
export type TileCache = ReturnType<typeof createTileCache>

export interface TileSource {
  readonly folder: string
  readonly cache: TileCache
  /** Hashes of the leaves in [from, to) that can be had one by one: the truth that every tile can be made from again. */
  leaves(range: Range): Promise<ReadonlyMap<number, Uint8Array>>
  /** Roots of the subtrees in [from, to) whose leaves are gone, or need not be read. */
  subtrees(range: Range): Promise<readonly Subtree[]>
  /** A file could not be written. Nothing is lost: the tile is made again when it is read. */
  onFault(cause: unknown): void
}

/** Full tiles: immutable files, remembered while they are being written, made again when they are missing. */
export function createTileStore(source: TileSource) {
  const { cache, folder } = source
  const waiting = new Map<string, Buffer>()
  let writes: Promise<void> = Promise.resolve()

  const fileOf = (level: number, number: number): string =>
    join(folder, tilePath({ level, number, width: tileWidth }))

  function write(file: string, bytes: Buffer): void {
    waiting.set(file, bytes)
    writes = writes
      .then(() => writeFileAtomically(file, bytes))
      .catch(source.onFault)
      .finally(() => waiting.delete(file))
  }

  async function read(level: number, number: number): Promise<Buffer> {
    const file = fileOf(level, number)
    const known = waiting.get(file) ?? cache.get(file)
    if (known !== undefined) return known
    const stored = await readFile(file).catch(() => undefined)
    const bytes = stored?.length === tileWidth * hashBytes ? stored : await remake(level, number)
    cache.set(file, bytes)
    return bytes
  }

  /**
   * Makes a tile from the store, whatever the files say, and writes it.
   *
   * @throws {Fault} `log_pruned` when a hash in it lies below the root of a pruned subtree.
   */
  async function remake(level: number, number: number): Promise<Buffer> {
    const span = tileWidth ** level
    const first = number * tileWidth * span
    const range = { from: first, to: first + tileWidth * span }
    const hashes: Uint8Array[] = []
    if (level === 0) {
      const known = await knownIn(range)
      for (let at = range.from; at < range.to; at += 1) hashes.push(known.hashOf({ from: at, to: at + 1 }))
    } else {
      const roots = new Map((await source.subtrees(range)).map((each) => [nameOf(each), each.root]))
      for (let child = 0; child < tileWidth; child += 1) {
        const from = first + child * span
        hashes.push(
          roots.get(nameOf({ from, to: from + span })) ??
            (await rootOfTile(level - 1, number * tileWidth + child)),
        )
      }
    }
    const bytes = Buffer.concat(hashes)
    const file = fileOf(level, number)
    cache.delete(file)
    write(file, bytes)
    return bytes
  }

  /** The root over a full tile that is made again; a tile of the lowest level may have holes and still have one. */
  async function rootOfTile(level: number, number: number): Promise<Uint8Array> {
    try {
      return foldComplete(splitHashes(await remake(level, number)))
    } catch (error) {
      if (level > 0 || !isPruned(error)) throw error
      return await complete({ from: number * tileWidth, to: (number + 1) * tileWidth })
    }
  }

  /** The root over a complete subtree within one tile of the lowest level, from the store. */
  async function complete(range: Range): Promise<Uint8Array> {
    return (await knownIn(range)).hashOf(range)
  }

  async function knownIn(range: Range) {
    const leaves = await source.leaves(range)
    // A root over more than the range says nothing about it, but that its leaves are gone.
    const around = { from: range.from - (range.from % tileWidth), to: range.to }
    const subtrees =
      leaves.size === range.to - range.from
        ? []
        : await source.subtrees({ ...around, to: around.from + tileWidth })
    const roots = new Map(subtrees.map((each) => [nameOf(each), each.root]))
    function hashOf(wanted: Range): Uint8Array {
      const root = roots.get(nameOf(wanted))
      if (root !== undefined) return root
      const { from, to } = wanted
      if (to - from === 1) {
        const leaf = leaves.get(from)
        if (leaf !== undefined) return leaf
        throw subtrees.some((each) => each.from <= from && from < each.to) ? pruned(from) : missing(from)
      }
      const middle = from + (to - from) / 2
      return nodeHash(hashOf({ from, to: middle }), hashOf({ from: middle, to }))
    }
    return { hashOf }
  }

  return {
    read,
    complete,
    add(tiles: readonly FullTile[]): void {
      for (const tile of tiles) write(fileOf(tile.level, tile.number), Buffer.concat(tile.hashes))
    },
    /** Writes the tiles whose file is missing or differs; what a crash between commit and file leaves behind. */
    async mend(tiles: readonly FullTile[]): Promise<readonly FullTile[]> {
      const mended: FullTile[] = []
      for (const tile of tiles) {
        const file = fileOf(tile.level, tile.number)
        const bytes = Buffer.concat(tile.hashes)
        const stored = await readFile(file).catch(() => undefined)
        if (stored?.equals(bytes) === true) continue
        mended.push(tile)
        write(file, bytes)
      }
      return mended
    },
    /** Removes the tiles of the lowest level that lie wholly in the range: their leaves were pruned. */
    async remove(range: Range): Promise<void> {
      await writes
      const last = Math.floor(range.to / tileWidth)
      for (let number = Math.ceil(range.from / tileWidth); number < last; number += 1) {
        const file = fileOf(0, number)
        cache.delete(file)
        await rm(file, { force: true })
      }
    },
    /** After files were found wrong: nothing that came from them is used again. */
    forget: (): void => cache.clear(),
    /** Resolves when every tile handed over so far is on disk. */
    written: (): Promise<void> => writes,
  }
}
export type TileStore = ReturnType<typeof createTileStore>

export function splitHashes(tile: Buffer): readonly Uint8Array[] {
  return Array.from({ length: tile.length / hashBytes }, (_, at) =>
    tile.subarray(at * hashBytes, (at + 1) * hashBytes),
  )
}

export function isPruned(error: unknown): boolean {
  return error instanceof Fault && error.code === 'log_pruned'
}

const nameOf = ({ from, to }: Range): string => `${from}-${to}`

function pruned(index: number): Fault {
  return new Fault(
    'log_pruned',
    `The hash of entry ${index} was pruned; the log keeps the root of a subtree that it is in.`,
    { retryable: false },
  )
}

function missing(index: number): Fault {
  return new Fault('log_damaged', `The store has no hash for entry ${index}.`, { retryable: false })
}
