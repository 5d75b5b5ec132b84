import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseBoundedJson } from './bounded-json.ts'
import { maxDepth } from './limits.ts'

test('any JSON within the depth parses to its value, brackets and escapes in strings included', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }),
      fc.constantFrom('[', '\\"[', '{\\\\'),
      (value, noise) => {
        const wrapped = { value, noise: noise.repeat(maxDepth) }
        const text = JSON.stringify(wrapped)
        assert.deepEqual(parseBoundedJson(Buffer.from(text)), { ok: true, value: JSON.parse(text) })
      },
    ),
  )
})

test('nesting is allowed up to the limit and refused one deeper', () => {
  const nested = (depth: number) => Buffer.from('['.repeat(depth) + ' '.repeat(maxDepth) + ']'.repeat(depth))
  assert.equal(parseBoundedJson(nested(maxDepth)).ok, true)
  assert.deepEqual(parseBoundedJson(nested(maxDepth + 1)), { ok: false, reason: 'too_deep' })
  assert.deepEqual(parseBoundedJson(Buffer.from('{"a":'.repeat(100_000))), { ok: false, reason: 'too_deep' })
})

test('text that is not JSON is refused, not thrown', () => {
  for (const text of ['', '{', 'undefined', '"open', '1 2']) {
    assert.deepEqual(parseBoundedJson(Buffer.from(text)), { ok: false, reason: 'not_json' })
  }
})
