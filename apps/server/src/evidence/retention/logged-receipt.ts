import type { Phase } from '../receipt/receipt-draft.ts'

/** What decides whether a receipt may go. */
export interface Kin {
  readonly id: string
  readonly parent: string | null
  readonly phase: Phase
  readonly at: number
  readonly operation: string
  readonly package: string | null
  readonly case_id: string | null
  readonly run: string | null
}

export interface LoggedReceipt extends Kin {
  readonly organisation: string
  /** Its row has left for a block. */
  readonly isSealed: boolean
  readonly idx: number
  readonly leaf_hash: Uint8Array
  readonly entry: Uint8Array
}
