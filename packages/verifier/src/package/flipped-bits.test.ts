import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { verifyAttestation, verifyPackage, webInflate } from './index.ts'
import { craftPackage, craftPublisher } from './testing/index.ts'

const publisher = craftPublisher()
const publisherKeys = [publisher.pinned]
const good = craftPackage({ publisher })

const flipped = (bytes: Uint8Array, bit: number) => {
  const copy = Uint8Array.from(bytes)
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}
const engines = {
  Node: async (bytes: Uint8Array) => (await verifyPackage(bytes, { publisherKeys })).ok,
  browsers: async (bytes: Uint8Array) =>
    (await verifyPackage(bytes, { publisherKeys, inflate: webInflate })).ok,
}

for (const [engine, verified] of Object.entries(engines)) {
  test(`a package with a flipped bit in any byte is red, inflated as in ${engine}`, async () => {
    const header = Array.from({ length: 48 * 8 }, (_, bit) => bit)
    const rest = Array.from({ length: good.length - 48 }, (_, i) => (i + 48) * 8 + (i % 8))
    const green = []
    for (const bit of [...header, ...rest]) if (await verified(flipped(good, bit))) green.push(bit)
    assert.deepEqual(green, [])
    assert.ok(await verified(good))
  })

  test(`a package with any flipped bits, any cut or any bytes behind it is red, and nothing throws, inflated as in ${engine}`, async () => {
    const changed = fc.oneof(
      fc
        .uniqueArray(fc.nat(good.length * 8 - 1), { minLength: 1, maxLength: 3 })
        .map((bits) => bits.reduce(flipped, good)),
      fc.nat(good.length - 1).map((end) => good.subarray(0, end)),
      fc.uint8Array({ minLength: 1, maxLength: 64 }).map((more) => Uint8Array.from([...good, ...more])),
      fc.uint8Array({ maxLength: 200 }),
    )
    await fc.assert(
      fc.asyncProperty(changed, async (bytes) => !(await verified(bytes))),
      { numRuns: 500 },
    )
  })
}

test('an attestation with any flipped bit is red', async () => {
  const verdict = await verifyPackage(good, { publisherKeys })
  assert.ok(verdict.ok)
  const { digest, files, attestation } = verdict
  const bytes = files.get('attestation.sigstore.json')
  assert.ok(bytes)
  const check = (changed: Uint8Array) =>
    verifyAttestation({ attestation: changed, packageDigest: digest, name: attestation.name, publisherKeys })
  const green = []
  for (let bit = 0; bit < bytes.length * 8; bit++) if ((await check(flipped(bytes, bit))).ok) green.push(bit)
  assert.deepEqual(green, [])
  assert.ok((await check(bytes)).ok)
})
