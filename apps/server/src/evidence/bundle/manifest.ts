import { hash } from 'node:crypto'
import { canonicalJson, sha256Hex } from '../../kernel/canonical.ts'
import { countsOf } from '../receipt/entry.ts'
import type { PlacedReceipt } from '../receipt/receipt-store.ts'
import type { BundleDocument, PackageListing } from './bundle-sources.ts'

export interface ManifestFacts {
  readonly kind: 'case' | 'period'
  readonly scope: Readonly<Record<string, unknown>>
  readonly origin: string
  readonly createdAt: number
  /** In the order of their indices. */
  readonly receipts: readonly PlacedReceipt[]
  readonly leafHashes: readonly Uint8Array[]
  readonly marketplace: readonly PackageListing[]
  readonly documents: readonly BundleDocument[]
}

/** The first line of a bundle, canonical and without its line end. */
export function manifestLine(facts: ManifestFacts): string {
  return canonicalJson({
    bundle: {
      version: 1,
      adapters: [],
      marketplace: facts.marketplace.map(({ name, version, digest, publisher, keyId }) => ({
        name,
        version,
        digest,
        publisher,
        keyId,
      })),
      perf_cost: perfCost(facts.receipts),
      sbom: packageDocuments(facts.documents, 'sbom'),
      attestations: packageDocuments(facts.documents, 'attestation'),
    },
    kind: facts.kind,
    scope: facts.scope,
    origin: facts.origin,
    createdAt: facts.createdAt,
    receipts: {
      count: facts.receipts.length,
      sha256: hash('sha256', Buffer.concat(facts.leafHashes), 'hex'),
    },
    documents: facts.documents.map(({ name, bytes }) => ({
      name,
      sha256: sha256Hex(bytes),
      bytes: bytes.length,
    })),
  })
}

function packageDocuments(documents: readonly BundleDocument[], kind: 'sbom' | 'attestation') {
  return documents.flatMap(({ bytes, of }) =>
    of?.kind === kind ? [{ package: of.package, sha256: sha256Hex(bytes) }] : [],
  )
}

/** Sums over what happened: an intent only says what was about to. */
function perfCost(rows: readonly PlacedReceipt[]) {
  const sums = { calls: 0, rows: 0, runs: 0, cost: 0n, wall: 0n, cpu: 0n, bytesIn: 0n, bytesOut: 0n }
  for (const row of rows) {
    if (row.phase === 'intent') continue
    const counts = countsOf(row.entry)
    sums.calls += counts.calls
    sums.rows += counts.rows
    sums.cost += counts.costMicros
    sums.wall += counts.wallMicros
    sums.cpu += counts.cpuMicros
    sums.bytesIn += counts.bytesIn
    sums.bytesOut += counts.bytesOut
    if (row.phase === 'outcome' && row.operation === 'plugin.run') sums.runs += 1
  }
  return {
    calls: sums.calls,
    rows: sums.rows,
    runs: sums.runs,
    costMicros: String(sums.cost),
    wallMicros: String(sums.wall),
    cpuMicros: String(sums.cpu),
    bytesIn: String(sums.bytesIn),
    bytesOut: String(sums.bytesOut),
  }
}
