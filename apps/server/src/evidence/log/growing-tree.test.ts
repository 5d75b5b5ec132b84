import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { emptyTree, growTree, rootOf } from './growing-tree.ts'
import { foldComplete, leafHash } from './tree-hash.ts'

const leaves = Array.from({ length: 1_400 }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)))

test('a tree grown from roots of subtrees is the tree of their leaves, and only tiles with holes are missing', () => {
  const heights = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(heights, (wanted) => {
      const whole = growTree(emptyTree)
      const growing = growTree(emptyTree)
      let size = 0
      let holesBelow = 0
      for (const height of wanted) {
        // The largest that may begin here, up to what was drawn.
        let fitting = height
        while (size % 2 ** fitting !== 0) fitting -= 1
        const subtree = leaves.slice(size, size + 2 ** fitting)
        if (subtree.length < 2 ** fitting) break
        growing.appendSubtree(fitting, foldComplete(subtree))
        for (const leaf of subtree) whole.append(leaf)
        size += subtree.length
        if (fitting > 0) holesBelow = size
      }
      const tree = growing.state()
      assert.equal(tree.size, size)
      assert.deepEqual(rootOf(tree), rootOf(whole.state()))
      const above = (state: typeof tree) => state.edges.slice(1).filter((edge) => edge.length > 0)
      assert.deepEqual(above(tree), above(whole.state()))
      const named = new Map(whole.fullTiles().map((tile) => [`${tile.level}/${tile.number}`, tile.hashes]))
      for (const tile of growing.fullTiles())
        assert.deepEqual(tile.hashes, named.get(`${tile.level}/${tile.number}`))
      const full = new Set(growing.fullTiles().map((tile) => `${tile.level}/${tile.number}`))
      for (const name of named.keys())
        assert.ok(full.has(name) || (name.startsWith('0/') && Number(name.slice(2)) * 256 < holesBelow), name)
    }),
    { numRuns: 300 },
  )
})

test('a subtree that does not begin where one can is a mistake', () => {
  const growing = growTree(emptyTree)
  growing.append(leaves[0] ?? assert.fail())
  assert.throws(() => growing.appendSubtree(1, leaves[1] ?? assert.fail()), { code: 'ERR_ASSERTION' })
})
