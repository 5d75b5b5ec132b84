import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { countChars, RunLog } from './run-log.js'

/** Prints as a module does: bytes, in pieces that end anywhere. */
function print(log: RunLog, stream: number, bytes: Buffer): void {
  let read = 0
  while (read < bytes.length && log.wanted > 0) {
    const to = Math.min(bytes.length, read + log.wanted)
    log.write(stream, bytes.toString('utf8', read, to))
    read = to
  }
  log.skip(stream, bytes.subarray(read))
}

test('what is kept and what is told to be missing are all that was printed, however it came', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '.') })
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), fc.nat(60), (pieces, limit) => {
      const kept: string[] = []
      let isCut = false
      const log = new RunLog(limit, (lines, cut) => {
        kept.push(...lines.map(([, line]) => line))
        isCut ||= cut
      })
      for (const piece of pieces) print(log, 0, Buffer.from(piece))
      log.finish(0)
      log.flush()
      const printed = pieces.join('')
      const lines = printed.split('\n')
      if (lines.at(-1) === '') lines.pop()
      const chars = printed.replaceAll('\n', '').length
      const { cutLines = 0, cutChars = 0 } = log.dropped
      assert.equal(kept.join('').length + cutChars, chars)
      assert.equal(isCut, cutLines > 0)
      // The line that was cut is among both.
      assert.equal(kept.length + cutLines - (isCut ? 1 : 0), lines.length)
    }),
  )
})

test('characters are counted as a text would have them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(countChars(Buffer.from(text)), text.length)
    }),
  )
})
