import { hash } from 'node:crypto'
import { canonicalJson } from './canonical.ts'
import type { GroupsFacts } from './group-writer.ts'

export type RetentionClass = 'standard' | 'short' | 'long'

/** Half-open range of indices. */
export interface IndexRange {
  readonly from: number
  readonly to: number
}

export interface BundleDocument {
  /** Unique in a bundle, 1 to 512 characters, no control characters. */
  readonly name: string
  readonly bytes: Uint8Array
  /** What it is of a package (`NAME-VERSION`), when it is that. */
  readonly of?: { readonly kind: 'sbom' | 'attestation'; readonly package: string } | undefined
  /** Listed in the manifest, its bytes left out. */
  readonly withheld?: boolean | undefined
}

export interface ManifestFacts {
  readonly kind: 'case' | 'period' | 'release'
  readonly scope: Readonly<Record<string, unknown>>
  readonly createdAt: number
  /** In the order of the groups: standard, short, long. */
  readonly logs: readonly {
    readonly origin: string
    readonly class: RetentionClass
    /** Ranges of which the bundle claims that nothing is left out. */
    readonly complete: readonly IndexRange[]
  }[]
  readonly groups: Pick<GroupsFacts, 'logs' | 'perfCost'>
  readonly marketplace: readonly {
    readonly name: string
    readonly version: string
    readonly digest: string
    readonly publisher: string
    readonly keyId: string
  }[]
  readonly documents: readonly BundleDocument[]
}

/** The manifest as the export's receipt commits to it. */
export function writeManifest(facts: ManifestFacts): Buffer {
  const documents = facts.documents.map((document) => ({
    ...document,
    sha256: hash('sha256', document.bytes, 'hex'),
  }))
  const ofPackages = (kind: 'sbom' | 'attestation') =>
    documents.flatMap(({ of, sha256 }) => (of?.kind === kind ? [{ package: of.package, sha256 }] : []))
  const manifest = {
    bundle: {
      adapters: [],
      attestations: ofPackages('attestation'),
      marketplace: facts.marketplace.map(({ name, version, digest, publisher, keyId }) => ({
        digest,
        keyId,
        name,
        publisher,
        version,
      })),
      perf_cost: facts.groups.perfCost,
      sbom: ofPackages('sbom'),
      version: 2,
    },
    createdAt: facts.createdAt,
    documents: documents.map(({ name, bytes, sha256 }) => ({ bytes: bytes.length, name, sha256 })),
    kind: facts.kind,
    logs: facts.logs.map((log, place) => ({
      class: log.class,
      complete: log.complete.map(({ from, to }) => ({ from, to })),
      origin: log.origin,
      ...facts.groups.logs[place],
    })),
    scope: facts.scope,
  }
  return Buffer.from(canonicalJson(manifest), 'utf8')
}
