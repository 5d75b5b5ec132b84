import { toHex } from './bytes.ts'
import type { Json } from './canonical-json.ts'
import type { Crypto } from './crypto.ts'
import type { Findings } from './findings.ts'
import type { Manifest, ManifestBody, PerfCost } from './manifest.ts'
import type { Receipt } from './receipt-reader.ts'
import { isObject, isText } from './shape.ts'
import type { SummaryBuilder } from './summary.ts'

/** Packages that allowed receipts speak of: `[name, version, digest]` as JSON → where first. */
export class PackageMentions {
  readonly #first = new Map<string, string>()

  add({ entry, parts, where }: Receipt): void {
    if (entry?.decision !== 'allowed') return
    this.addFrom(parts.subject, `${where}, part subject`)
    this.addFrom(parts.actor?.via, `${where}, part actor`)
  }

  /** Reports packages that the manifest does not list with just this version and digest. */
  check(manifest: ManifestBody, findings: Findings): void {
    const listed = new Set(
      manifest.marketplace.map(({ name, version, digest }) => JSON.stringify([name, version, digest])),
    )
    for (const [mention, where] of this.#first) {
      if (listed.has(mention)) continue
      findings.red(where, 'manifest_package_missing', `The manifest's marketplace does not list ${mention}.`)
    }
  }

  /** Takes a subject or `actor.via` of an allowed receipt. */
  addFrom(value: Json | undefined, where: string): void {
    if (!isObject(value)) return
    const { package: name, version, digest } = value
    if (!isText(name) || !isText(version) || !isText(digest)) return
    const mention = JSON.stringify([name, version, digest])
    if (!this.#first.has(mention)) this.#first.set(mention, where)
  }
}

/** The manifest's count, digest and sums against the receipts themselves. */
export function verifyTotals(
  manifest: Manifest,
  leaves: readonly Uint8Array[],
  totals: SummaryBuilder,
  crypto: Crypto,
  findings: Findings,
): void {
  const { count, sha256 } = manifest.receipts
  if (count !== leaves.length) {
    const message = `The manifest counts ${count} receipts, the bundle has ${leaves.length}.`
    findings.red('line 1, manifest, receipts.count', 'manifest_count', message)
  }
  const joined = new Uint8Array(leaves.length * 32)
  for (const [i, leaf] of leaves.entries()) joined.set(leaf, i * 32)
  if (toHex(crypto.sha256(joined)) !== sha256) {
    const message = `The receipts in lines 2 to ${leaves.length + 1} are not those the manifest was made for: altered, exchanged, added or removed.`
    findings.red('line 1, manifest, receipts.sha256', 'manifest_receipts', message)
  }
  comparePerfCost('line 1, manifest', manifest, totals.perfCost(), totals.redactedOutcomes, findings)
}

/**
 * The manifest's sums against those of the receipts.
 *
 * @param mayBeRuns outcomes whose subject is not shown: each might be a run.
 */
export function comparePerfCost(
  where: string,
  manifest: ManifestBody,
  computed: PerfCost,
  mayBeRuns: number,
  findings: Findings,
): void {
  const stated = manifest.perfCost
  for (const name of [
    'calls',
    'rows',
    'costMicros',
    'wallMicros',
    'cpuMicros',
    'bytesIn',
    'bytesOut',
  ] as const) {
    if (computed[name] === stated[name]) continue
    const message = `The manifest states ${stated[name]}, the receipts add up to ${computed[name]}.`
    findings.red(`${where}, bundle.perf_cost.${name}`, 'manifest_perf_cost', message)
  }
  const mostRuns = computed.runs + mayBeRuns
  if (stated.runs < computed.runs || stated.runs > mostRuns) {
    const possible = mostRuns === computed.runs ? `${mostRuns}` : `${computed.runs} to ${mostRuns}`
    const message = `The manifest states ${stated.runs} runs, the receipts show ${possible}.`
    findings.red(`${where}, bundle.perf_cost.runs`, 'manifest_perf_cost', message)
  }
}
