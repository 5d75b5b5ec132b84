import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import { preAuthEncoding } from './pre-auth-encoding.ts'

// Type, body, encoding, key and signature of the one example in the DSSE protocol, version 1.
const payloadType = 'http://example.com/HelloWorld'
const body = Buffer.from('hello world')
const key = createPublicKey({
  format: 'jwk',
  key: {
    kty: 'EC',
    crv: 'P-256',
    x: coordinate(46950820868899156662930047687818585632848591499744589407958293238635476079160n),
    y: coordinate(5640078356564379163099075877009565129882514886557779369047442380624545832820n),
  },
})
const signature = Buffer.from(
  'A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==',
  'base64',
)

function coordinate(value: bigint): string {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').toString('base64url')
}

const verifies = (encoded: Uint8Array) =>
  verify('sha256', encoded, { key, dsaEncoding: 'ieee-p1363' }, signature)

test("the DSSE protocol's example has the encoding and the signature that the protocol gives", () => {
  const encoded = preAuthEncoding(payloadType, body)
  assert.equal(Buffer.from(encoded).toString(), 'DSSEv1 29 http://example.com/HelloWorld 11 hello world')
  assert.ok(verifies(encoded))
  assert.ok(!verifies(preAuthEncoding(`${payloadType}s`, body)))
  assert.ok(!verifies(preAuthEncoding(payloadType, Buffer.from('hello worle'))))
})

test('lengths are in bytes, and where the type ends cannot be moved', () => {
  assert.equal(Buffer.from(preAuthEncoding('ü', Buffer.from('é'))).toString(), 'DSSEv1 2 ü 2 é')
  assert.notDeepEqual(preAuthEncoding('a b', Buffer.from('c')), preAuthEncoding('a', Buffer.from('b c')))
})
