import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import type { Crypto } from './crypto.ts'
import { nodeCrypto } from './node-crypto.ts'
import { createWebCrypto } from './web-crypto.ts'

const ports: readonly (readonly [name: string, port: () => Promise<Crypto | undefined>])[] = [
  ['node', () => Promise.resolve(nodeCrypto)],
  // Node has all that a browser has, so the browsers' port is held to the same here.
  ['web', createWebCrypto],
]

for (const [name, open] of ports) {
  const port = async (): Promise<Crypto> => {
    const opened = await open()
    assert.ok(opened)
    return opened
  }

  test(`${name}: SHA-256 is that of another implementation, at every length around a block and for large buffers`, async () => {
    const { sha256, sha256OfLarge } = await port()
    for (const length of [...Array(200).keys(), 4_095, 4_096, 100_000, 1_000_003]) {
      const bytes = Buffer.alloc(length, `${length} bytes`)
      const expected = createHash('sha256').update(bytes).digest('hex')
      assert.equal(Buffer.from(sha256(bytes)).toString('hex'), expected)
      assert.equal(Buffer.from(await sha256OfLarge(bytes)).toString('hex'), expected)
    }
  })

  test(`${name}: SHA-256 of "abc" is the one in FIPS 180-4's example`, async () => {
    const { sha256 } = await port()
    const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    assert.equal(Buffer.from(sha256(Buffer.from('abc'))).toString('hex'), expected)
  })

  test(`${name}: the second test of RFC 8032 verifies, and not with any part of it changed`, async () => {
    const { verifyEd25519 } = await port()
    const key = Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex')
    const message = Buffer.from('72', 'hex')
    const signature = Buffer.from(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
      'hex',
    )
    assert.equal(await verifyEd25519(key, message, signature), true)
    assert.equal(await verifyEd25519(key, Buffer.from('73', 'hex'), signature), false)
    assert.equal(await verifyEd25519(key, message, signature.with(3, 0)), false)
    assert.equal(await verifyEd25519(key.with(3, 0), message, signature), false)
    assert.equal(await verifyEd25519(key.subarray(1), message, signature), false)
    assert.equal(await verifyEd25519(key, message, signature.subarray(1)), false)
    assert.equal(await verifyEd25519(Buffer.alloc(32, 255), message, signature), false)
  })

  test(`${name}: a signature made by another implementation verifies`, async () => {
    const { verifyEd25519 } = await port()
    const pair = generateKeyPairSync('ed25519')
    const key = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
    const message = Buffer.from('a message')
    assert.equal(await verifyEd25519(key, message, sign(null, message, pair.privateKey)), true)
  })

  test(`${name}: a stream inflates to exactly the size announced, or to nothing`, async () => {
    const { inflateRaw } = await port()
    const raw = Buffer.from('some text, '.repeat(10_000))
    const packed = deflateRawSync(raw)
    assert.deepEqual(Buffer.from((await inflateRaw(packed, raw.length)) ?? []), raw)
    assert.equal((await inflateRaw(deflateRawSync(''), 0))?.length, 0)
    assert.equal(await inflateRaw(packed, raw.length - 1), undefined)
    assert.equal(await inflateRaw(packed, raw.length + 1), undefined)
    assert.equal(await inflateRaw(packed, 0), undefined)
    assert.equal(await inflateRaw(packed.subarray(0, -1), raw.length), undefined)
    assert.equal(await inflateRaw(Buffer.concat([packed, Buffer.of(0)]), raw.length), undefined)
    assert.equal(await inflateRaw(Buffer.concat([packed, packed]), raw.length * 2), undefined)
    assert.equal(await inflateRaw(Buffer.from('not a stream'), 100), undefined)
    assert.equal(await inflateRaw(new Uint8Array(), 0), undefined)
  })

  test(`${name}: what inflates to a thousand times its size stops where the size announced ends`, async () => {
    const { inflateRaw } = await port()
    const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024))
    assert.equal(await inflateRaw(bomb, 1024), undefined)
  })
}
