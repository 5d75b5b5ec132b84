import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { digestOfFixed, isFolded } from './folded.ts'

test('the digest of fixed fields is over all values of a field before those of the next', () => {
  const entries = [1, 2, 3].map((salt) =>
    Buffer.from(Array.from({ length: 304 }, (_, at) => (at * 7 + salt) % 256)),
  )
  // The entry's table in docs/reference/evidence-format.md, section 3: where each field begins.
  const offsets = [4, 20, 36, 52, 60, 61, 62, 63, 64, 68, 72, 80, 88, 96, 104, 112]
  const expected = createHash('sha256')
  for (const [field, from] of offsets.slice(0, -1).entries())
    for (const entry of entries) expected.update(entry.subarray(from, offsets[field + 1]))
  assert.equal(digestOfFixed(entries), expected.copy().digest('hex'))
  const folded = entries.map((entry) => entry.subarray(0, 112))
  assert.equal(digestOfFixed(folded), expected.digest('hex'))
  assert.deepEqual(
    [isFolded({ entry: entries[0] as Buffer }), isFolded({ entry: folded[0] as Buffer })],
    [false, true],
  )
})
