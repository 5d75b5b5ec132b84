import type { Decision, Level, Part, PartName, Phase } from './receipt-draft.ts'

export interface ReceiptRow {
  id: string
  organisation: string
  operation: string
  actor: string
  package: string | null
  /** Of the package in the column before. */
  version: string | null
  case_id: string | null
  run: string | null
  /** 32 hexadecimal digits. */
  trace: string
  parent: string | null
  phase: Phase
  decision: Decision
  at: number
  level: Level
  calls: number
  rows: number
  cost_micros: number
  rule: string
  /** 304 bytes, see docs/reference/evidence-format.md. The truth; the columns beside it are for finding it. */
  entry: Uint8Array
  /** The six parts as a JSON object. */
  parts: string
}

/** A receipt with its place: the log's number and the index in it, null while it waits for the integrator. */
export type PlacedReceipt = ReceiptRow & {
  readonly log: number | null
  readonly idx: number | null
  readonly leaf_hash: Uint8Array | null
}

export type Parts = Readonly<Partial<Record<PartName, Part>>>

/** Stored by us as JSON of exactly this shape; its commitments are checked wherever parts leave the server. */
export function partsOf(row: Pick<ReceiptRow, 'parts'>): Parts {
  return JSON.parse(row.parts) as Parts
}
