import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBase64, decodeHash } from './base64.ts'

test('what is decoded encodes to the same text, and everything so encoded is decoded', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const decoded = decodeBase64(Buffer.from(bytes).toString('base64'))
      assert.deepEqual(decoded, bytes)
    }),
  )
})

test('text is refused exactly when decoding and encoding it changes it', () => {
  const almostBase64 = fc.string({
    unit: fc.constantFrom(...Array.from('ABQgw/+=_- \n\u00e9')),
    maxLength: 12,
  })
  fc.assert(
    fc.property(almostBase64, (text) => {
      const isCanonical = Buffer.from(text, 'base64').toString('base64') === text
      assert.equal(decodeBase64(text) !== undefined, isCanonical)
    }),
    { numRuns: 5000 },
  )
})

test('a hash has 32 bytes', () => {
  assert.equal(decodeHash(Buffer.alloc(32).toString('base64'))?.length, 32)
  assert.equal(decodeHash(Buffer.alloc(31).toString('base64')), undefined)
  assert.equal(decodeHash(Buffer.alloc(33).toString('base64')), undefined)
  assert.equal(decodeHash(7), undefined)
})
