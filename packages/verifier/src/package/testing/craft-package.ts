import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { canonicalJson } from '../strict-json.ts'
import type { PublisherKey } from '../publisher-keys.ts'
import { craftGzip, craftTar } from './craft-archive.ts'
import type { CraftedEntry } from './craft-archive.ts'

/** A publisher for tests; `pinned` is what an administrator would pin. */
export interface CraftedPublisher {
  readonly privateKey: KeyObject
  readonly pinned: PublisherKey
}

export function craftPublisher(publisher = 'Example Works', namedCurve = 'P-256'): CraftedPublisher {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  const keyId = sha256(publicKey.export({ type: 'spki', format: 'der' })).slice(0, 16)
  return {
    privateKey,
    pinned: { publisher, keyId, spkiPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
  }
}

export const plainManifest = {
  name: 'crafted',
  version: '1.0.0',
  entry: 'index.js',
  capabilities: { graph: ['read'], network: false },
  budgets: { ms: 1000, memoryMB: 64, rows: 100 },
  permissions: [],
}

/** Ways to make a package wrong; each step sees the work of those before it, so the rest stays consistent. */
export interface Craft {
  readonly publisher: CraftedPublisher
  readonly manifest?: unknown
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly sbom?: (listed: Record<string, string>) => unknown
  readonly provenance?: unknown
  readonly statement?: (statement: CraftedStatement) => unknown
  readonly attestation?: (bundle: CraftedBundle) => unknown
  /** Last of all, behind the signer's back. */
  readonly entries?: (entries: CraftedEntry[]) => readonly CraftedEntry[]
}
export type CraftedStatement = ReturnType<typeof plainStatement>
export type CraftedBundle = ReturnType<typeof craftBundle>

/**
 * Makes a package by a second way than the SDK's packer: from the format's description, with nothing but Node. Without
 * steps it verifies.
 */
export function craftPackage(craft: Craft): Uint8Array {
  return craftGzip(craftTar(craftEntries(craft)))
}

export function craftEntries(craft: Craft): readonly CraftedEntry[] {
  const {
    publisher,
    manifest = plainManifest,
    files = { 'index.js': 'exports.run = async () => ({ ok: true })\n' },
  } = craft
  const predicate = craft.provenance ?? { buildDefinition: { buildType: 'urn:example:test' }, runDetails: {} }
  const contents = new Map<string, Uint8Array>()
  for (const [path, content] of Object.entries(files)) contents.set(path, Buffer.from(content))
  contents.set('manifest.json', typeof manifest === 'string' ? Buffer.from(manifest) : json(manifest))
  contents.set('provenance.json', json(predicate))
  const listed = Object.fromEntries([...contents].map(([path, bytes]) => [path, sha256(bytes)]))
  contents.set('sbom.spdx.json', json((craft.sbom ?? plainSbom)(listed)))
  const digests = Object.fromEntries([...contents].map(([path, bytes]) => [path, sha256(bytes)]))
  const statement = plainStatement(manifest, sha256(Buffer.from(canonicalJson(digests))), predicate)
  const bundle = craftBundle(publisher, craft.statement?.(statement) ?? statement)
  const attestation = Buffer.from(canonicalJson(craft.attestation?.(bundle) ?? bundle))
  const sorted = [...contents].sort(([a], [b]) => (a < b ? -1 : 1))
  const entries = [
    ...sorted.map(([path, bytes]) => ({ path, bytes })),
    { path: 'attestation.sigstore.json', bytes: attestation },
  ]
  return craft.entries?.(entries) ?? entries
}

export function plainSbom(listed: Record<string, string>) {
  return {
    spdxVersion: 'SPDX-2.3',
    files: Object.entries(listed).map(([path, checksumValue]) => ({
      fileName: `./${path}`,
      checksums: [{ algorithm: 'SHA256', checksumValue }],
    })),
  }
}

function plainStatement(manifest: unknown, digest: string, predicate: unknown) {
  const { name, version } =
    typeof manifest === 'object' && manifest !== null ? { ...plainManifest, ...manifest } : plainManifest
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: `${name}-${version}`, digest: { sha256: digest } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate,
  }
}

function craftBundle(publisher: CraftedPublisher, statement: unknown) {
  const { keyId } = publisher.pinned
  const payloadType = 'application/vnd.in-toto+json'
  const payload = Buffer.from(canonicalJson(statement))
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `),
    payload,
  ])
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: keyId }, timestampVerificationData: {} },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ keyid: keyId, sig: sign('sha256', signed, publisher.privateKey).toString('base64') }],
    },
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
