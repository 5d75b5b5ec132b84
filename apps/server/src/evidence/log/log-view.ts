import assert from 'node:assert/strict'
import type { Checkpoint } from './checkpoint.ts'
import { tileHeight, tileWidth } from './growing-tree.ts'
import type { TreeState } from './growing-tree.ts'
import { splitOf } from './proof-ranges.ts'
import type { Range } from './proof-ranges.ts'
import { isPruned, splitHashes } from './tile-store.ts'
import type { TileStore } from './tile-store.ts'
import { foldComplete, hashBytes, nodeHash } from './tree-hash.ts'

/** The log at one signed size. Stays as it is while the log grows. */
export interface LogView {
  readonly checkpoint: Checkpoint
  /** The hash over the leaves of a range that the RFC's splitting makes. */
  hashOf(range: Range): Promise<Uint8Array>
}

export function viewLog(
  checkpoint: Checkpoint,
  tree: TreeState,
  tiles: Pick<TileStore, 'read' | 'complete'>,
): LogView {
  assert.equal(checkpoint.size, tree.size, 'a view shows the tree that its checkpoint signs')

  /** The root of the complete subtree that is number `index` among those of that height. */
  async function completeHash(height: number, index: number): Promise<Uint8Array> {
    const level = Math.floor(height / tileHeight)
    const count = 2 ** (height % tileHeight)
    const number = Math.floor((index * count) / tileWidth)
    const first = (index * count) % tileWidth
    const fullTiles = Math.floor(tree.size / tileWidth ** (level + 1))
    if (number >= fullTiles) return foldComplete((tree.edges[level] ?? []).slice(first, first + count))
    const tile = await readTile(level, number)
    // Below a pruned subtree there is no tile of the lowest level, but the subtree's root is known.
    if (tile === undefined) return await tiles.complete({ from: index * count, to: (index + 1) * count })
    return foldComplete(splitHashes(tile.subarray(first * hashBytes, (first + count) * hashBytes)))
  }

  async function readTile(level: number, number: number): Promise<Buffer | undefined> {
    try {
      return await tiles.read(level, number)
    } catch (error) {
      if (level === 0 && isPruned(error)) return undefined
      throw error
    }
  }

  async function hashOf({ from, to }: Range): Promise<Uint8Array> {
    const leaves = to - from
    const height = Math.round(Math.log2(leaves))
    if (2 ** height === leaves) return await completeHash(height, from / leaves)
    const middle = from + splitOf(leaves)
    return nodeHash(await hashOf({ from, to: middle }), await hashOf({ from: middle, to }))
  }

  return { checkpoint, hashOf }
}
