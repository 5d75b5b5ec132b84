import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { storableJson } from './storable-json.ts'

test('U+0000 is found wherever it hides, and text that only speaks of it passes', () => {
  for (const value of ['\0', { a: ['x\0'] }, { 'k\0': 1 }, '\\\0', '\\\\\0', 'a\0'.repeat(3)])
    assert.ok('rule' in storableJson(value))
  for (const value of ['\\u0000', '\\\\u0000', '\\\\\\u0000', { '\\u0000': '\\u0000' }, '\u0001'])
    assert.ok('text' in storableJson(value))
})

test('what has no form of its own has none here, and what has one always has the same', () => {
  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  let deep: unknown = null
  for (let i = 0; i < 100_000; i += 1) deep = { deep }
  for (const value of ['\ud800', { '\udfff': 1 }, cyclic, deep, 1n, undefined, Number.NaN, Infinity])
    assert.ok('rule' in storableJson(value))
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const once = storableJson(value)
      return !('text' in once) || JSON.stringify(storableJson(JSON.parse(once.text))) === JSON.stringify(once)
    }),
  )
})
