import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from './ids.ts'

test('an id is its prefix and a UUIDv7 of now', () => {
  const before = Date.now()
  const id = newId('rct')
  assert.match(id, /^rct_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
  const at = Number.parseInt(id.slice(4, 16), 16)
  // Ids made in a burst may borrow milliseconds to stay in order.
  assert.ok(at >= before && at <= Date.now() + 1_000)
})

test('ids sort in the order they were made, and none comes twice', () => {
  const ids = Array.from({ length: 20_000 }, () => newId('run'))
  assert.deepEqual(ids.toSorted(), ids)
  assert.equal(new Set(ids).size, ids.length)
})

test('the random end of ids differs', () => {
  const ends = Array.from({ length: 1_000 }, () => newId('run').slice(-10))
  assert.equal(new Set(ends).size, ends.length)
})
