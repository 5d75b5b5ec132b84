import assert from 'node:assert/strict'
import { test } from 'node:test'
import { childrenOf, opensByItself, scalarText, summaryOf } from './json-node.ts'

test('of a million items a hundred are touched, and the rest is counted', () => {
  const { some, left } = childrenOf(Array.from({ length: 1_000_000 }), 100)
  assert.deepEqual([some.length, some[99]?.[0], left], [100, '99', 999_900])
  assert.equal(opensByItself(Array.from({ length: 30 }), 1), false)
  assert.equal(opensByItself(Array.from({ length: 30 }), 0), true)
  assert.equal(opensByItself({ a: 1 }, 1), true)
})

test('what folds says how much it holds, and a text differs from a number', () => {
  assert.equal(summaryOf([1]), '[ 1 item ]')
  assert.equal(summaryOf({ a: 1, b: 2 }), '{ 2 fields }')
  assert.deepEqual([scalarText('1'), scalarText(1), scalarText(null)], ['"1"', '1', 'null'])
})
