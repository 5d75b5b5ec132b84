import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { publishedVectors } from '../testing/published-vectors.ts'
import { emptyTree, growTree, rootOf } from './growing-tree.ts'
import { viewLog } from './log-view.ts'
import type { LogView } from './log-view.ts'
import { proveConsistency, proveInclusion, proveMany } from './proofs.ts'
import { tilePath } from './tile-path.ts'
import { leafHash, nodeHash } from './tree-hash.ts'

const leafOf = (index: number): Buffer => leafHash(Buffer.from(`leaf ${index}`))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function grown(leaves: readonly Uint8Array[], damage?: (path: string, tile: Buffer) => void): LogView {
  const growing = growTree(emptyTree)
  for (const leaf of leaves) growing.append(leaf)
  const tree = growing.state()
  const tiles = new Map(
    growing.fullTiles().map((tile) => [tilePath({ ...tile, width: 256 }), Buffer.concat(tile.hashes)]),
  )
  for (const [path, tile] of tiles) damage?.(path, tile)
  const read = (level: number, number: number): Promise<Buffer> => {
    const tile = tiles.get(tilePath({ level, number, width: 256 }))
    return tile === undefined
      ? Promise.reject(new Error(`no tile ${level}/${number}`))
      : Promise.resolve(tile)
  }
  const complete = () => Promise.reject(new Error('nothing was pruned'))
  return viewLog({ size: leaves.length, root: rootOf(tree), note: '' }, tree, { read, complete })
}
const growTo = (size: number): LogView => grown(Array.from({ length: size }, (_, index) => leafOf(index)))

/** RFC 6962, section 2.1, as it is written there. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0] as Uint8Array
  const k = naiveSplit(leaves.length)
  return nodeHash(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)))
}
function naivePath(index: number, leaves: readonly Uint8Array[]): readonly Uint8Array[] {
  if (leaves.length === 1) return []
  const k = naiveSplit(leaves.length)
  if (index < k) return [...naivePath(index, leaves.slice(0, k)), naiveRoot(leaves.slice(k))]
  return [...naivePath(index - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))]
}
function naiveSubproof(m: number, leaves: readonly Uint8Array[], whole: boolean): readonly Uint8Array[] {
  if (m === leaves.length) return whole ? [] : [naiveRoot(leaves)]
  const k = naiveSplit(leaves.length)
  if (m <= k) return [...naiveSubproof(m, leaves.slice(0, k), whole), naiveRoot(leaves.slice(k))]
  return [...naiveSubproof(m - k, leaves.slice(k), false), naiveRoot(leaves.slice(0, k))]
}
function naiveSplit(size: number): number {
  let k = 1
  while (k * 2 < size) k *= 2
  return k
}

test('roots and proofs of small trees are those of the published vectors', async () => {
  interface TreeVector {
    readonly size: number
    readonly root: string
    readonly inclusion: readonly { readonly index: number; readonly proof: readonly string[] }[]
    readonly consistency: readonly {
      readonly size: number
      readonly root: string
      readonly proof: readonly string[]
    }[]
  }
  const trees = publishedVectors<TreeVector[]>('trees')
  assert.ok(trees.length > 3)
  for (const { size, root, inclusion, consistency } of trees) {
    const view = grown(Array.from({ length: size }, (_, index) => leafHash(Buffer.of(index))))
    assert.equal(hex(view.checkpoint.root), root)
    for (const { index, proof } of inclusion) {
      assert.deepEqual((await proveInclusion(view, index)).hashes.map(hex), proof)
    }
    for (const earlier of consistency) {
      const { root: earlierRoot, hashes } = await proveConsistency(view, earlier.size)
      assert.equal(hex(earlierRoot), earlier.root)
      assert.deepEqual(hashes.map(hex), earlier.proof)
    }
  }
})

test('multiproofs are those of the published vectors', async () => {
  const vectors =
    publishedVectors<{ size: number; known: number[]; proof: string[]; root: string }[]>('multiproofs')
  assert.ok(vectors.length > 3)
  for (const { size, known, proof, root } of vectors) {
    const leaves = Array.from({ length: size }, (_, index) => leafHash(Buffer.of(index)))
    const view = grown(leaves)
    const hashes = await proveMany(
      view,
      known.map((index) => ({ index, hash: leaves[index] as Buffer })),
    )
    assert.equal(hex(view.checkpoint.root), root)
    assert.deepEqual(hashes.map(hex), proof)
  }
})

test('proofs from tiles are those of a tree built naively, on both sides of full tiles', async () => {
  const sizes = fc.oneof(fc.integer({ min: 1, max: 600 }), fc.constantFrom(255, 256, 257, 511, 512, 513))
  await fc.assert(
    fc.asyncProperty(sizes, fc.double({ min: 0, max: 0.999, noNaN: true }), async (size, share) => {
      const leaves = Array.from({ length: size }, (_, index) => leafOf(index))
      const view = grown(leaves)
      const index = Math.floor(share * size)
      assert.deepEqual(hex(view.checkpoint.root), hex(naiveRoot(leaves)))
      assert.deepEqual((await proveInclusion(view, index)).hashes.map(hex), naivePath(index, leaves).map(hex))
      const { root, hashes } = await proveConsistency(view, index + 1)
      assert.equal(hex(root), hex(naiveRoot(leaves.slice(0, index + 1))))
      assert.deepEqual(hashes.map(hex), naiveSubproof(index + 1, leaves, true).map(hex))
    }),
    { numRuns: 60 },
  )
})

test('a multiproof holds no hash that the known leaves already give', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 400 }),
      fc.infiniteStream(fc.boolean()),
      async (size, picks) => {
        const all = Array.from({ length: size }, (_, index) => index)
        const indices = all.filter((index) => index === size - 1 || picks.next().value === true)
        const hashes = await proveMany(
          growTo(size),
          indices.map((index) => ({ index, hash: leafOf(index) })),
        )
        const count = (from: number, to: number): number => {
          if (!indices.some((index) => index >= from && index < to)) return 1
          if (to - from === 1) return 0
          const middle = from + naiveSplit(to - from)
          return count(from, middle) + count(middle, to)
        }
        assert.equal(hashes.length, count(0, size))
      },
    ),
    { numRuns: 40 },
  )
})

test('tiles of the third level carry proofs past 65,536 entries', async () => {
  const size = 65_536 + 300
  const view = growTo(size)
  for (const index of [0, 255, 256, 65_535, 65_536, size - 1]) {
    const { leaf, hashes } = await proveInclusion(view, index)
    assert.equal(hex(leaf), hex(leafOf(index)))
    assert.ok(hashes.length <= 17)
  }
  assert.equal((await proveConsistency(view, 65_537)).hashes.length > 0, true)
})

test('a damaged tile never gives a proof', async () => {
  const leaves = Array.from({ length: 600 }, (_, index) => leafOf(index))
  const view = grown(leaves, (path, tile) => {
    if (path === 'tile/0/000') tile[32 * 7] = (tile[32 * 7] ?? 0) ^ 1
  })
  await assert.rejects(proveInclusion(view, 3), { code: 'log_damaged' })
  await assert.rejects(proveInclusion(view, 7), { code: 'log_damaged' })
  await assert.rejects(proveMany(view, [{ index: 4, hash: leafOf(4) }]), { code: 'log_damaged' })
  await assert.rejects(proveConsistency(view, 100), { code: 'log_damaged' })
  await proveInclusion(view, 300)
})

test('a leaf that is not in the log is not proved', async () => {
  const other = { index: 3, hash: hash('sha256', 'other', 'buffer') }
  await assert.rejects(proveMany(growTo(9), [other]), { code: 'log_damaged' })
})

test('proofs for and from size 0 are refused', async () => {
  await assert.rejects(proveConsistency(growTo(5), 0))
  await assert.rejects(proveConsistency(growTo(5), 6))
  await assert.rejects(proveInclusion(growTo(5), 5))
})
