import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyAttestation, verifyPackage } from './index.ts'
import { craftPackage, craftPublisher } from './testing/index.ts'
import type { Craft } from './testing/index.ts'

async function attested(steps: Partial<Craft> = {}) {
  const publisher = craftPublisher()
  const verdict = await verifyPackage(craftPackage({ publisher, ...steps }), {
    publisherKeys: [publisher.pinned],
  })
  assert.ok(verdict.ok)
  const attestation = verdict.files.get('attestation.sigstore.json')
  assert.ok(attestation)
  return {
    attestation,
    packageDigest: verdict.digest,
    name: 'crafted-1.0.0',
    publisherKeys: [publisher.pinned],
  }
}

test('an attestation verifies by itself and says who signed which package', async () => {
  const check = await attested()
  const verdict = await verifyAttestation(check)
  assert.ok(verdict.ok)
  assert.equal(verdict.publisher, 'Example Works')
  assert.equal(verdict.statement.packageDigest, check.packageDigest)
})

test('an attestation is refused for another name, another digest and without its key', async () => {
  const check = await attested()
  const codes = await Promise.all(
    [
      { ...check, name: 'crafted-1.0.1' },
      { ...check, packageDigest: '0'.repeat(64) },
      { ...check, publisherKeys: [craftPublisher().pinned] },
      { ...check, attestation: Buffer.from('{}') },
    ].map(async (one) => {
      const verdict = await verifyAttestation(one)
      return verdict.ok ? 'verified' : verdict.code
    }),
  )
  assert.deepEqual(codes, [
    'attestation_for_another_package',
    'attestation_for_other_content',
    'unknown_signer',
    'attestation_malformed',
  ])
})

test('a signature spelled in another DER way is refused', async () => {
  const check = await attested()
  const bundle = JSON.parse(Buffer.from(check.attestation).toString())
  const [signature] = bundle.dsseEnvelope.signatures
  const der = Buffer.from(signature.sig, 'base64')
  const rLength = der[3] ?? 0
  // One zero byte more in front of r: the same number, not the shortest spelling.
  const padded = Buffer.concat([Buffer.of(0x30, der.length - 1, 2, rLength + 1, 0), der.subarray(4)])
  signature.sig = padded.toString('base64')
  const verdict = await verifyAttestation({ ...check, attestation: Buffer.from(JSON.stringify(bundle)) })
  assert.equal(!verdict.ok && verdict.code, 'attestation_malformed')
  assert.equal(!verdict.ok && verdict.where, 'attestation.sigstore.json#/dsseEnvelope/signatures/0/sig')
})
