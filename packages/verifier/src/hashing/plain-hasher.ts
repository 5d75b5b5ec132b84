import { entryHeadBytes, fixedBytes, type FixedColumns } from '../bundle2/fixed-columns.ts'
import type { Crypto } from '../crypto.ts'
import { nodeHash } from '../merkle-tree.ts'
import { partTag, type OpenedPartsOfGroup, type ReceiptHasher } from './receipt-hasher.ts'

const saltAt = partTag.length + 1
const valueAt = saltAt + 32
const commitmentsAt = 1 + entryHeadBytes + fixedBytes
const leafMessageBytes = commitmentsAt + 6 * 32

/** One message after the other through the Crypto port: where the engine has no SIMD, and what the fast one is held against. */
export class PlainHasher implements ReceiptHasher {
  readonly #crypto: Crypto
  #message = new Uint8Array(4096)

  constructor(crypto: Crypto) {
    this.#crypto = crypto
  }

  commit({ part, salts, values, places }: OpenedPartsOfGroup, commitments: Uint8Array): void {
    let opened = 0
    for (const [row, place] of places.entries()) {
      if (place < 0) continue
      const value = values.bytes.subarray(values.starts[place], values.ends[place])
      const length = valueAt + value.length
      if (this.#message.length < length) this.#message = new Uint8Array(length * 2)
      const message = this.#message
      message.set(partTag)
      message[partTag.length] = part
      message.set(salts.subarray(opened * 32, opened * 32 + 32), saltAt)
      message.set(value, valueAt)
      commitments.set(this.#crypto.sha256(message.subarray(0, length)), row * 32)
      opened++
    }
  }

  hashLeaves(fixed: FixedColumns, commitments: readonly Uint8Array[], leaves: Uint8Array): void {
    const message = new Uint8Array(leafMessageBytes)
    message.set([0x00, 0x53, 0x42, 0x52, 0x01]) // leaf, then SBR and version 1
    for (let row = 0; row < fixed.count; row++) {
      fixed.copyRow(row, message, 1 + entryHeadBytes)
      for (const [i, column] of commitments.entries())
        message.set(column.subarray(row * 32, row * 32 + 32), commitmentsAt + i * 32)
      leaves.set(this.#crypto.sha256(message), row * 32)
    }
  }

  rootOfComplete(hashes: Uint8Array): Uint8Array {
    if (hashes.length === 32) return hashes
    const middle = hashes.length / 2
    const left = this.rootOfComplete(hashes.subarray(0, middle))
    const right = this.rootOfComplete(hashes.subarray(middle))
    return nodeHash(this.#crypto, left, right)
  }
}
