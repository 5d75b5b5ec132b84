import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cutAtBytes, LogCapture } from './log-capture.ts'

const mark = 'err:[output cut: the limit is 10 bytes, 5000 lines]'
function capture() {
  const lines: string[] = []
  return { lines, logs: new LogCapture(10, (line) => lines.push(`${line.stream}:${line.text}`)) }
}

test('output over the limit is cut once, with a mark, and nothing follows but how much is missing', () => {
  const { lines, logs } = capture()
  for (const text of ['12345', '67890abc', 'never']) logs.add('out', text, 0)
  assert.deepEqual(lines, ['out:12345', 'out:67890', mark])
  logs.end(0, { lines: 0, chars: 0, exact: true })
  assert.deepEqual(lines.slice(3), ['err:[missing: 8 characters of 2 lines]'])
  assert.equal(logs.bytes, 10)
})

test('what was cut inside and what was cut here are told together, each line once', () => {
  const { lines, logs } = capture()
  // Six characters of twelve bytes: the isolate kept six of nine, here five of them fit.
  logs.add('out', '\u00e9'.repeat(6), 0, true)
  logs.cut(0)
  logs.end(0, { lines: 3, chars: 20, exact: true })
  assert.deepEqual(lines, [
    'out:\u00e9\u00e9\u00e9\u00e9\u00e9',
    mark,
    'err:[missing: 21 characters of 3 lines]',
  ])
})

test('of a run that could not tell, what is known is the least that is missing', () => {
  const { lines, logs } = capture()
  logs.add('out', '1234567890ab', 0)
  logs.end(0, undefined)
  assert.equal(lines.at(-1), 'err:[missing: at least 2 characters of 1 lines]')
  const cutInside = capture()
  cutInside.logs.cut(0)
  cutInside.logs.end(0, undefined)
  assert.deepEqual(cutInside.lines, [mark])
  const whole = capture()
  whole.logs.add('out', '1', 0)
  whole.logs.end(0, undefined)
  assert.deepEqual(whole.lines, ['out:1'])
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
