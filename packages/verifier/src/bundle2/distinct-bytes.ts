/** Stretches of bytes longer searches than this go to a map of texts: nobody can make this table slow by choosing values. */
const mostProbes = 32

/** Tells stretches of one array of bytes apart: open addressing by a hash that the caller has computed. */
export class DistinctBytes {
  readonly #bytes: Uint8Array
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array
  readonly #slots: Int32Array
  readonly #mask: number
  readonly #rest = new Map<string, number>()

  /** @param starts stretch *i* is `bytes` from `starts[i]` to `ends[i]`. */
  constructor(bytes: Uint8Array, starts: Uint32Array, ends: Uint32Array) {
    this.#bytes = bytes
    this.#starts = starts
    this.#ends = ends
    let size = 16
    while (size < starts.length * 2) size *= 2
    this.#slots = new Int32Array(size).fill(-1)
    this.#mask = size - 1
  }

  /** Adds stretch `number`. @returns whether none before it is the same. */
  add(number: number, hash: number): boolean {
    let slot = (hash ^ (hash >>> 15)) & this.#mask
    for (let probe = 0; probe < mostProbes; probe++) {
      const found = this.#slots[slot] ?? -1
      if (found < 0) {
        this.#slots[slot] = number
        return true
      }
      if (this.#same(found, number)) return false
      slot = (slot + 1) & this.#mask
    }
    const text = latin1(this.#bytes, this.#starts[number] ?? 0, this.#ends[number] ?? 0)
    const isNew = !this.#rest.has(text)
    this.#rest.set(text, number)
    return isNew
  }

  #same(a: number, b: number): boolean {
    const startA = this.#starts[a] ?? 0
    const startB = this.#starts[b] ?? 0
    const length = (this.#ends[a] ?? 0) - startA
    if (length !== (this.#ends[b] ?? 0) - startB) return false
    for (let i = 0; i < length; i++) if (this.#bytes[startA + i] !== this.#bytes[startB + i]) return false
    return true
  }
}

/** A number nobody can know who makes a file; hashes begin with it. */
export const hashSeed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0

export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = hashSeed
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x0100_0193)
  return hash
}

/** Bytes as text, one character each. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 4096, end)))
  return text
}
