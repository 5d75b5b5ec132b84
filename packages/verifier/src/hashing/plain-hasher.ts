import type { Crypto } from '../crypto.ts'
import { nodeHash } from '../merkle-tree.ts'
import { partTag, valueAt, type PartToCommit, type ReceiptHasher, type ReceiptsToHash } from './hasher.ts'

/** Widths of the fixed fields, in the order of the entry's table. */
const fieldWidths = [16, 16, 16, 8, 1, 1, 1, 1, 4, 4, 8, 8, 8, 8, 8] as const
/** Leaf prefix, `SBR`, version 1. */
const leafHead = [0x00, 0x53, 0x42, 0x52, 0x01] as const
const commitmentsAt = 113
const leafMessageBytes = 305

/** One message after the other through the Crypto port: where the engine has no SIMD, and what the fast one is held against. */
export class PlainHasher implements ReceiptHasher {
  readonly #crypto: Crypto
  #message = new Uint8Array(4096)

  constructor(crypto: Crypto) {
    this.#crypto = crypto
  }

  hashLeaves({ count, fixed, parts }: ReceiptsToHash, leaves: Uint8Array): void {
    const commitments = parts.map((part, i) => this.commitments(part, i + 1))
    const message = new Uint8Array(leafMessageBytes)
    message.set(leafHead)
    for (let row = 0; row < count; row++) {
      let before = 0
      for (const width of fieldWidths) {
        const from = before * count + row * width
        message.set(fixed.bytes.subarray(from, from + width), leafHead.length + before)
        before += width
      }
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

  /** The commitment of each receipt's part, computed or as given. */
  commitments(part: PartToCommit, number: number): Uint8Array {
    const commitments = new Uint8Array(part.places.length * 32)
    let opened = 0
    let closed = 0
    for (const [row, place] of part.places.entries()) {
      if (place < 0) {
        commitments.set(part.commitments.subarray(closed * 32, closed * 32 + 32), row * 32)
        closed++
      } else {
        commitments.set(this.commitment(part, number, opened, place), row * 32)
        opened++
      }
    }
    return commitments
  }

  /** The commitment of the opened part that has this place among the opened ones. */
  commitment({ values, salts }: PartToCommit, number: number, opened: number, place: number): Uint8Array {
    const value = values.bytes.subarray(values.starts[place], values.ends[place])
    const length = valueAt + value.length
    if (this.#message.length < length) this.#message = new Uint8Array(length * 2)
    const message = this.#message
    message.set(partTag)
    message[partTag.length] = number
    message.set(salts.subarray(opened * 32, opened * 32 + 32), partTag.length + 1)
    message.set(value, valueAt)
    return this.#crypto.sha256(message.subarray(0, length))
  }
}
