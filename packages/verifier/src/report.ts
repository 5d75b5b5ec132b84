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

export interface BundleReport {
  /** No red finding. Read `notChecked` with it. */
  readonly ok: boolean
  readonly findings: readonly Finding[]
  readonly checked: readonly Checked[]
  readonly notChecked: readonly NotChecked[]
  readonly summary: BundleSummary
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
