import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { emptyTree, growTree, rootOf } from '../log/growing-tree.ts'
import { splitOf } from '../log/proof-ranges.ts'
import { leafHash, nodeHash } from '../log/tree-hash.ts'
import { rangesOf, rootsOver, splitAt, subtreesIn } from './subtrees.ts'

const leaf = (index: number): Buffer => leafHash(Buffer.from(`entry ${index}`))
const random = (seed: number, below: number): number =>
  Number.parseInt(hash('sha256', String(seed)).slice(0, 12), 16) % below

test('indices make the fewest ranges', () => {
  assert.deepEqual(rangesOf([]), [])
  assert.deepEqual(rangesOf([0, 1, 2, 5, 7, 8]), [
    { from: 0, to: 3 },
    { from: 5, to: 6 },
    { from: 7, to: 9 },
  ])
})

test('subtrees fill their range, are complete, and could not be joined', () => {
  for (let seed = 0; seed < 300; seed += 1) {
    const from = random(seed, 5_000)
    const to = from + 1 + random(-1 - seed, 3_000)
    const most = [2 ** 52, 256][seed % 2] as number
    const subtrees = [...subtreesIn({ from, to }, most)]
    let at = from
    for (const one of subtrees) {
      assert.equal(one.from, at)
      const leaves = one.to - one.from
      assert.ok(Number.isInteger(Math.log2(leaves)) && one.from % leaves === 0 && leaves <= most)
      const around = one.from - (one.from % (leaves * 2))
      assert.ok(leaves * 2 > most || around < from || around + leaves * 2 > to, 'it is part of a larger one')
      at = one.to
    }
    assert.equal(at, to)
  }
})

test('a range is parted at the sizes that lie inside of it, and at no others', () => {
  assert.deepEqual(
    [...splitAt({ from: 4, to: 10 }, [1, 4, 5, 8, 10, 12])],
    [
      { from: 4, to: 5 },
      { from: 5, to: 8 },
      { from: 8, to: 10 },
    ],
  )
})

test('the root of a log follows from the roots of subtrees and the leaves between them', () => {
  for (let seed = 0; seed < 40; seed += 1) {
    const size = 1 + random(seed, 700)
    const from = random(seed + 1_000, size)
    const to = from + 1 + random(seed + 2_000, size - from)
    const tree = growTree(emptyTree)
    for (let index = 0; index < size; index += 1) tree.append(leaf(index))
    const roots = rootsOver(subtreesIn({ from, to }), leaf)
    // The recursion of docs/reference/evidence-bundle.md, section 8.
    const hashOf = (low: number, high: number): Uint8Array => {
      const known = roots.find((one) => one.from === low && one.to === high)
      if (known !== undefined) return known.root
      if (high - low === 1) {
        assert.ok(low < from || low >= to, `leaf ${low} is gone`)
        return leaf(low)
      }
      const middle = low + splitOf(high - low)
      return nodeHash(hashOf(low, middle), hashOf(middle, high))
    }
    assert.deepEqual(Buffer.from(hashOf(0, size)), Buffer.from(rootOf(tree.state())))
  }
})
