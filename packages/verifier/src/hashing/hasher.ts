/** One part of all receipts of a group, as far as its commitments go. */
export interface PartToCommit {
  /** For each receipt its value's number; -1 where the part is not opened. */
  readonly places: Int32Array
  /** Distinct values: number *i* is `bytes` from `starts[i]` to `ends[i]`. */
  readonly values: { readonly bytes: Uint8Array; readonly starts: Uint32Array; readonly ends: Uint32Array }
  /** 32 bytes for each opened part, in order. */
  readonly salts: Uint8Array
  /** 32 bytes for each part that is not opened, in order. */
  readonly commitments: Uint8Array
}

export interface ReceiptsToHash {
  readonly count: number
  /** Bytes 4 to 111 of the entries, field by field. */
  readonly fixed: { readonly bytes: Uint8Array }
  /** The six parts, in the order of their commitments. */
  readonly parts: readonly PartToCommit[]
}

/**
 * The many short messages that receipts are made of, hashed a column at a time. Two of these exist: one on the Crypto
 * port, and one in WebAssembly that hashes four messages at once.
 */
export interface ReceiptHasher {
  /** Writes the leaf hash of each receipt, 32 bytes, into `leaves`. */
  hashLeaves(receipts: ReceiptsToHash, leaves: Uint8Array): void
  /** The root of a complete tree over 2^k hashes of 32 bytes, joined. */
  rootOfComplete(hashes: Uint8Array): Uint8Array
}

/** What a part's commitment begins with; the part's number, salt and value follow. */
export const partTag = new TextEncoder().encode('switchboard/part/v1\0')
/** Where in a part's message its value begins. */
export const valueAt = partTag.length + 1 + 32
