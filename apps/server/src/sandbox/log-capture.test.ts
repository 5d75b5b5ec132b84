import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cutAtBytes, LogCapture } from './log-capture.ts'

test('output over the limit is cut once, with a mark, and nothing follows', () => {
  const lines: string[] = []
  const logs = new LogCapture(10, (line) => lines.push(`${line.stream}:${line.text}`))
  for (const text of ['12345', '67890abc', 'never']) logs.add('out', text, 0)
  assert.deepEqual(lines, ['out:12345', 'out:67890', 'err:[output cut: the limit is 10 bytes]'])
  assert.equal(logs.bytes, 10)
})

test('a cut never splits a character and never exceeds the limit', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, limit) => {
      const kept = cutAtBytes(text, limit)
      assert.ok(Buffer.byteLength(kept) <= limit)
      assert.ok(text.startsWith(kept))
    }),
  )
})
