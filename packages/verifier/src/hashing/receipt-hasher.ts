import type { FixedColumns } from '../bundle2/fixed-columns.ts'

/** Opened parts of one kind: what their commitments are computed from. */
export interface OpenedPartsOfGroup {
  /** 1 to 6. */
  readonly part: number
  /** 32 bytes each. */
  readonly salts: Uint8Array
  /** Distinct values: number *i* is `bytes` from `starts[i]` to `ends[i]`. */
  readonly values: { readonly bytes: Uint8Array; readonly starts: Uint32Array; readonly ends: Uint32Array }
  /** For each row its value's number; -1 where the part is not opened. */
  readonly places: Int32Array
}

/**
 * The many short messages that receipts are made of, hashed a column at a time. Two of these exist: one on the Crypto
 * port, and one in WebAssembly that hashes four messages at once.
 */
export interface ReceiptHasher {
  /** Writes the commitment of each opened part into its row of `commitments` (32 bytes a row). */
  commit(parts: OpenedPartsOfGroup, commitments: Uint8Array): void
  /** Writes the leaf hash of each row into `leaves`, from fixed fields and six columns of commitments. */
  hashLeaves(fixed: FixedColumns, commitments: readonly Uint8Array[], leaves: Uint8Array): void
  /** The root of a complete tree over 2^k hashes of 32 bytes, joined. */
  rootOfComplete(hashes: Uint8Array): Uint8Array
}

/** What a part's commitment begins with; the part's number, salt and value follow. */
export const partTag = new TextEncoder().encode('switchboard/part/v1\0')
