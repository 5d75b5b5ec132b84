import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from './atomic-file.ts'
import { tileWidth } from './growing-tree.ts'
import type { FullTile } from './growing-tree.ts'
import { tilePath } from './tile-path.ts'
import { foldComplete, hashBytes } from './tree-hash.ts'

const mostCached = 1_024

export interface TileSource {
  readonly folder: string
  /** Leaf hashes of [from, to), from the table: the truth that every tile can be made from again. */
  leaves(from: number, to: number): Promise<readonly Uint8Array[]>
  /** A file could not be written. Nothing is lost: the tile is made again when it is read. */
  onFault(cause: unknown): void
}

/** Full tiles: immutable files, remembered while they are being written, made again when they are missing. */
export function createTileStore(source: TileSource) {
  const waiting = new Map<string, Buffer>()
  const cache = new Map<string, Buffer>()
  let writes: Promise<void> = Promise.resolve()

  function keep(path: string, bytes: Buffer): void {
    if (cache.size >= mostCached) cache.delete(cache.keys().next().value as string)
    cache.set(path, bytes)
  }

  function write(path: string, bytes: Buffer): void {
    waiting.set(path, bytes)
    writes = writes
      .then(() => writeFileAtomically(join(source.folder, path), bytes))
      .catch(source.onFault)
      .finally(() => waiting.delete(path))
  }

  async function read(level: number, number: number): Promise<Buffer> {
    const path = tilePath({ level, number, width: tileWidth })
    const known = waiting.get(path) ?? cache.get(path)
    if (known !== undefined) return known
    const file = await readFile(join(source.folder, path)).catch(() => undefined)
    const bytes = file?.length === tileWidth * hashBytes ? file : await remake(level, number)
    keep(path, bytes)
    return bytes
  }

  /** Makes a tile from the table, whatever the files say, and writes it. */
  async function remake(level: number, number: number): Promise<Buffer> {
    const hashes: Uint8Array[] = []
    if (level === 0) hashes.push(...(await source.leaves(number * tileWidth, (number + 1) * tileWidth)))
    else {
      for (let child = 0; child < tileWidth; child += 1) {
        hashes.push(foldComplete(splitHashes(await remake(level - 1, number * tileWidth + child))))
      }
    }
    const bytes = Buffer.concat(hashes)
    const path = tilePath({ level, number, width: tileWidth })
    cache.delete(path)
    write(path, bytes)
    return bytes
  }

  return {
    read,
    add(tiles: readonly FullTile[]): void {
      for (const tile of tiles) {
        write(tilePath({ ...tile, width: tileWidth }), Buffer.concat(tile.hashes))
      }
    },
    /** Writes the tiles whose file is missing or differs; what a crash between commit and file leaves behind. */
    async mend(tiles: readonly FullTile[]): Promise<readonly FullTile[]> {
      const mended: FullTile[] = []
      for (const tile of tiles) {
        const path = tilePath({ ...tile, width: tileWidth })
        const bytes = Buffer.concat(tile.hashes)
        const file = await readFile(join(source.folder, path)).catch(() => undefined)
        if (file?.equals(bytes) === true) continue
        mended.push(tile)
        write(path, bytes)
      }
      return mended
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
