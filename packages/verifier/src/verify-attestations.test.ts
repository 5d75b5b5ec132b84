import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex } from './bytes.ts'
import { Findings } from './findings.ts'
import type { Manifest } from './manifest.ts'
import { nodeCrypto } from './node-crypto.ts'
import { verifyPackage } from './package/index.ts'
import { craftPackage, craftPublisher } from './package/testing/index.ts'
import { verifyAttestations } from './verify-attestations.ts'

const publisher = craftPublisher()
const other = craftPublisher('Other Works')

/** A manifest that lists one signed package, and its attestation as the bundle's document. */
async function listedPackage(change: { readonly digest?: string; readonly keyId?: string } = {}) {
  const verdict = await verifyPackage(craftPackage({ publisher }), { publisherKeys: [publisher.pinned] })
  assert.ok(verdict.ok)
  const attestation = verdict.files.get('attestation.sigstore.json')
  assert.ok(attestation)
  const { name, version } = verdict.manifest
  const sha256 = toHex(nodeCrypto.sha256(attestation))
  const { keyId } = publisher.pinned
  const manifest: Manifest = {
    kind: 'case',
    scope: { case: 'case-1' },
    origin: 'log.example',
    createdAt: 0,
    receipts: { count: 0, sha256: '' },
    documents: [{ name: 'attestation', sha256, bytes: attestation.length }],
    marketplace: [{ name, version, digest: verdict.digest, keyId, publisher: 'Example Works', ...change }],
    sbom: [],
    attestations: [{ package: `${name}-${version}`, sha256 }],
    perfCost: {
      calls: 0,
      rows: 0,
      runs: 0,
      costMicros: 0n,
      wallMicros: 0n,
      cpuMicros: 0n,
      bytesIn: 0n,
      bytesOut: 0n,
    },
  }
  return { manifest, documents: new Map([[sha256, attestation]]) }
}

test("a package's attestation verifies under its publisher's key", async () => {
  const { manifest, documents } = await listedPackage()
  const findings = new Findings()
  const result = await verifyAttestations(manifest, documents, [other.pinned, publisher.pinned], findings)
  assert.deepEqual([result, findings.list()], [{ checked: 1, notChecked: [] }, []])
})

test('an attestation of other content is red', async () => {
  const { manifest, documents } = await listedPackage({ digest: '00'.repeat(32) })
  const findings = new Findings()
  await verifyAttestations(manifest, documents, [publisher.pinned], findings)
  assert.deepEqual(
    findings.list().map((finding) => finding.rule),
    ['attestation_invalid'],
  )
})

test('a manifest that names another key than the one that signed is red', async () => {
  const { manifest, documents } = await listedPackage({ keyId: other.pinned.keyId })
  const findings = new Findings()
  await verifyAttestations(manifest, documents, [other.pinned, publisher.pinned], findings)
  assert.deepEqual(
    findings.list().map((finding) => finding.rule),
    ['attestation_invalid'],
  )
})

test("without the publisher's key an attestation is not checked, and that is said", async () => {
  const { manifest, documents } = await listedPackage()
  const findings = new Findings()
  const { checked, notChecked } = await verifyAttestations(manifest, documents, [other.pinned], findings)
  assert.equal(checked, 0)
  assert.deepEqual([notChecked.map((each) => each.because), findings.list()], [['not_given'], []])
})
