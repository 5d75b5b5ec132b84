/** Finds receipts by id among any number: open addressing over ids that lie joined, 16 bytes each. */
export class IdTable {
  readonly #ids: Uint32Array
  readonly #slots: Int32Array
  readonly #mask: number
  /** Chosen anew each time: whoever makes a file cannot make its ids collide. */
  readonly #seed = crypto.getRandomValues(new Uint32Array(4))

  /** @param capacity most ids that will be added. */
  constructor(capacity: number) {
    let size = 16
    while (size < capacity * 2) size *= 2
    this.#slots = new Int32Array(size).fill(-1)
    this.#mask = size - 1
    this.#ids = new Uint32Array(capacity * 4)
  }

  /** Adds receipt `number` (each only once, ascending from 0). @returns the receipt that has the same id already, or -1. */
  add(number: number, bytes: Uint8Array, at: number): number {
    const base = number * 4
    for (let i = 0; i < 4; i++) this.#ids[base + i] = word(bytes, at + i * 4)
    let slot = this.#slot(
      this.#ids[base] ?? 0,
      this.#ids[base + 1] ?? 0,
      this.#ids[base + 2] ?? 0,
      this.#ids[base + 3] ?? 0,
    )
    for (;;) {
      const found = this.#slots[slot] ?? -1
      if (found < 0) break
      if (this.#equals(found, base)) return found
      slot = (slot + 1) & this.#mask
    }
    this.#slots[slot] = number
    return -1
  }

  /** @returns the number of the receipt with this id, or -1. */
  find(bytes: Uint8Array, at: number): number {
    const a = word(bytes, at)
    const b = word(bytes, at + 4)
    const c = word(bytes, at + 8)
    const d = word(bytes, at + 12)
    let slot = this.#slot(a, b, c, d)
    for (;;) {
      const found = this.#slots[slot] ?? -1
      if (found < 0) return -1
      const base = found * 4
      const ids = this.#ids
      if (ids[base] === a && ids[base + 1] === b && ids[base + 2] === c && ids[base + 3] === d) return found
      slot = (slot + 1) & this.#mask
    }
  }

  #equals(found: number, base: number): boolean {
    for (let i = 0; i < 4; i++) if (this.#ids[found * 4 + i] !== this.#ids[base + i]) return false
    return true
  }

  #slot(a: number, b: number, c: number, d: number): number {
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = this.#seed
    let hash = Math.imul(a ^ s0, 0x9e37_79b1) ^ s1
    hash = Math.imul((hash ^ (hash >>> 15) ^ b) | 0, 0x85eb_ca77) ^ s2
    hash = Math.imul((hash ^ (hash >>> 13) ^ c) | 0, 0xc2b2_ae3d) ^ s3
    hash = Math.imul((hash ^ (hash >>> 16) ^ d) | 0, 0x27d4_eb2f)
    return (hash ^ (hash >>> 15)) & this.#mask
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>>
    0
  )
}
