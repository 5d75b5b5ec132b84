import assert from 'node:assert/strict'
import { nodeHash } from './tree-hash.ts'

/** Hashes in a full tile, and the tree's height that one level of tiles covers (C2SP tlog-tiles). */
export const tileWidth = 256
export const tileHeight = 8

/** Level 0 holds leaf hashes, level 1 the roots of full tiles of level 0, and so on. */
export interface FullTile {
  readonly level: number
  readonly number: number
  readonly hashes: readonly Uint8Array[]
}

interface Peak {
  readonly height: number
  readonly hash: Uint8Array
}

/** A tree at one size: all that is needed to grow it and to serve the tiles that are not full yet. */
export interface TreeState {
  readonly size: number
  /** Roots of the complete subtrees that make up the tree, largest first. */
  readonly peaks: readonly Peak[]
  /** Per level the hashes of the last tile, fewer than 256. */
  readonly edges: readonly (readonly Uint8Array[])[]
}

/** Stands in a tile for a hash that is known to nobody any more: it lies below the root of a pruned subtree. */
const hole = Buffer.alloc(0)

export const emptyTree: TreeState = { size: 0, peaks: [], edges: [] }

/** Appends leaves to a tree; the state it started from stays as it was, so a transaction may be taken back. */
export function growTree(from: TreeState) {
  const peaks = [...from.peaks]
  const edges = from.edges.map((edge) => [...edge])
  const full: FullTile[] = []
  let size = from.size

  function pushToTile(level: number, hash: Uint8Array, leaves: number): void {
    const edge = (edges[level] ??= [])
    edge.push(hash)
    if (edge.length < tileWidth) return
    if (!edge.includes(hole))
      full.push({ level, number: leaves / tileWidth ** (level + 1) - 1, hashes: edge })
    edges[level] = []
  }

  function join(subtree: Peak): void {
    let { height, hash } = subtree
    for (let left = peaks.at(-1); left?.height === height; left = peaks.at(-1)) {
      peaks.pop()
      hash = nodeHash(left.hash, hash)
      height += 1
      if (height % tileHeight === 0) pushToTile(height / tileHeight, hash, size)
    }
    peaks.push({ height, hash })
  }

  return {
    append(leaf: Uint8Array): void {
      size += 1
      pushToTile(0, leaf, size)
      join({ height: 0, hash: leaf })
    },
    /** Appends 2^height leaves of which only the root is known; the tree's size is a multiple of that. */
    appendSubtree(height: number, root: Uint8Array): void {
      const leaves = 2 ** height
      assert(size % leaves === 0, 'a subtree begins where a tree of its size can')
      assert(
        height < tileHeight || height % tileHeight === 0,
        'a subtree leaves holes in the lowest tiles alone',
      )
      if (height < tileHeight) {
        for (let at = 1; at <= leaves; at += 1) pushToTile(0, leaves === 1 ? root : hole, size + at)
      }
      size += leaves
      if (height > 0 && height % tileHeight === 0) pushToTile(height / tileHeight, root, size)
      join({ height, hash: root })
    },
    state: (): TreeState => ({ size, peaks, edges }),
    /** Tiles that have become full, lower levels before the higher ones that need them. */
    fullTiles: (): readonly FullTile[] => full,
  }
}

/** @throws {AssertionError} for an empty tree, which has no root worth signing. */
export function rootOf(state: TreeState): Uint8Array {
  const last = state.peaks.at(-1)
  assert(last !== undefined, 'an empty tree has no root')
  return state.peaks.slice(0, -1).reduceRight((right, peak) => nodeHash(peak.hash, right), last.hash)
}
