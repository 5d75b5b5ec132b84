import type { RetentionClass } from './entry.ts'
import type { Finding } from './findings.ts'
import type { BundleSummary } from './summary.ts'

export interface Checked {
  /** A phrase for people: `receipts: entries, order and parents`. */
  readonly what: string
  readonly count: number
  readonly result: 'ok' | 'failed'
}

export interface NotChecked {
  readonly what: string
  readonly why: string
  /**
   * `not_given`: the caller gave no key or checkpoint. `absent`: the file does not hold it. `redacted`: left out on purpose.
   * `red`: something before it failed. `format`: no file of this version can show it.
   */
  readonly because: 'not_given' | 'absent' | 'redacted' | 'red' | 'format'
}

/** One log of a bundle of version 2. */
export interface LogReport {
  readonly class: RetentionClass
  readonly origin: string
  /** At the bundle's checkpoint; `undefined` when that cannot be read. */
  readonly size: number | undefined
  /** Name and hash of the key that signed the checkpoint. */
  readonly key: string | undefined
  /** Half-open ranges of indices from which nothing is missing, if the report is green. */
  readonly complete: readonly { readonly from: number; readonly to: number }[]
  /** Receipts with commitments, and receipts of which only fixed fields and leaf hash are left. */
  readonly full: number
  readonly folded: number
  /** Entries that valid statements say are gone. */
  readonly pruned: number
  readonly redactedParts: number
  /** Witnesses whose cosignature holds, and when they saw the checkpoint, ms since 1970. */
  readonly witnesses: readonly { readonly witness: string; readonly at: number }[]
  /** Names of cosigners whose key was not given. */
  readonly unknownWitnesses: readonly string[]
}

export interface BundleReport {
  /** No red finding. Read `notChecked` with it. */
  readonly ok: boolean
  readonly findings: readonly Finding[]
  readonly checked: readonly Checked[]
  readonly notChecked: readonly NotChecked[]
  readonly summary: BundleSummary
  /** Each log of the manifest; empty for version 1. */
  readonly logs: readonly LogReport[]
  /** What the manifest says of itself; `undefined` when it cannot be read. */
  readonly about:
    | { readonly kind: string; readonly scope: object; readonly origin: string; readonly createdAt: number }
    | undefined
}

export interface ReceiptReport {
  readonly ok: boolean
  readonly findings: readonly Finding[]
  readonly checked: readonly Checked[]
  readonly notChecked: readonly NotChecked[]
  readonly summary: BundleSummary
}
