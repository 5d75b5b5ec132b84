import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nodeHash, splitPoint } from './merkle-tree.ts'
import { multiproofRoot } from './multiproof.ts'
import { nodeCrypto } from './node-crypto.ts'
import { hexBytes, readVector } from './testing/vectors.ts'

const leafOf = (index: number) => nodeCrypto.sha256(Uint8Array.of(0, index & 255, index >> 8))

function naiveRoot(from: number, to: number): Uint8Array {
  if (to - from === 1) return leafOf(from)
  const middle = from + splitPoint(to - from)
  return nodeHash(nodeCrypto, naiveRoot(from, middle), naiveRoot(middle, to))
}

/** By definition, not by the verifier's recursion: the largest subtrees that hold no known leaf, left to right. */
function naiveProof(known: ReadonlySet<number>, from: number, to: number): readonly Uint8Array[] {
  const holdsNone = Array.from({ length: to - from }, (_, i) => from + i).every((index) => !known.has(index))
  if (holdsNone) return [naiveRoot(from, to)]
  if (to - from === 1) return []
  const middle = from + splitPoint(to - from)
  return [...naiveProof(known, from, middle), ...naiveProof(known, middle, to)]
}

const sizeAndKnown = fc
  .integer({ min: 1, max: 200 })
  .chain((size) =>
    fc.tuple(fc.constant(size), fc.uniqueArray(fc.nat(size - 1), { minLength: 1, maxLength: size })),
  )

test('a multiproof leads to the root of the whole tree, for any leaves of any tree', () => {
  fc.assert(
    fc.property(sizeAndKnown, ([size, unsorted]) => {
      const indices = unsorted.toSorted((a, b) => a - b)
      const proof = naiveProof(new Set(indices), 0, size)
      const result = multiproofRoot(nodeCrypto, size, { indices, hashes: indices.map(leafOf) }, proof)
      assert.ok(result.ok)
      assert.deepEqual(Buffer.from(result.root), Buffer.from(naiveRoot(0, size)))
    }),
  )
})

test('a hash too many or too few, a changed hash or another index never leads to the root', () => {
  fc.assert(
    fc.property(sizeAndKnown, fc.nat(), ([size, unsorted], pick) => {
      const indices = unsorted.toSorted((a, b) => a - b)
      const hashes = indices.map(leafOf)
      const proof = naiveProof(new Set(indices), 0, size)
      const root = Buffer.from(naiveRoot(0, size))
      const leadsThere = (otherIndices: readonly number[], otherProof: readonly Uint8Array[]) => {
        const result = multiproofRoot(nodeCrypto, size, { indices: otherIndices, hashes }, otherProof)
        return result.ok && root.equals(result.root)
      }
      assert.ok(!leadsThere(indices, [...proof, new Uint8Array(32)]))
      const moved = indices.with(pick % indices.length, (indices[pick % indices.length] ?? 0) + 1)
      assert.ok(!leadsThere(moved, proof))
      if (proof.length === 0) return
      const at = pick % proof.length
      assert.ok(!leadsThere(indices, proof.toSpliced(at, 1)))
      assert.ok(!leadsThere(indices, proof.with(at, new Uint8Array(32))))
    }),
  )
})

test('the published multiproofs lead to their roots', () => {
  const vectors =
    readVector<readonly { size: number; known: number[]; proof: string[]; root: string }[]>('multiproofs')
  assert.ok(vectors.length > 5)
  for (const { size, known, proof, root } of vectors) {
    const hashes = known.map((index) => nodeCrypto.sha256(Uint8Array.of(0, index)))
    const result = multiproofRoot(nodeCrypto, size, { indices: known, hashes }, proof.map(hexBytes))
    assert.equal(result.ok && Buffer.from(result.root).toString('hex'), root)
  }
})

test('no leaf, an empty tree, an index outside it or twice is refused', () => {
  const hashes = [leafOf(0), leafOf(1)]
  const refused = (size: number, indices: readonly number[]) => {
    const result = multiproofRoot(nodeCrypto, size, { indices, hashes }, [])
    return !result.ok && result.rule === 'proof_index'
  }
  assert.ok(refused(0, [0]))
  assert.ok(refused(5, []))
  assert.ok(refused(5, [5]))
  assert.ok(refused(5, [1, 1]))
  assert.ok(refused(2 ** 53, [0]))
})

test('a tree of the largest size costs no more than its known leaf needs', () => {
  const proof = Array.from({ length: 53 }, () => leafOf(1))
  const result = multiproofRoot(nodeCrypto, 2 ** 53 - 1, { indices: [0], hashes: [leafOf(0)] }, proof)
  assert.ok(result.ok)
})
