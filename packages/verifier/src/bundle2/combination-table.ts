import { hashSeed } from './distinct-bytes.ts'

/** Longer searches than this go to a map. */
const mostProbes = 32

interface Combination {
  /** The row that it was met in first. */
  readonly row: number
  count: number
  /** Below 2^53 the sum is exact; what is added beyond goes to `carried`. */
  small: number
  carried: bigint
}

/** Counts rows with the same few numbers, and adds up an amount of each. */
export class CombinationTable {
  /** The numbers of the row that is added next. */
  readonly key: Int32Array
  readonly #width: number
  #keys: Int32Array
  #slots = new Int32Array(1024).fill(-1)
  readonly #all: Combination[] = []
  readonly #rest = new Map<string, Combination>()

  constructor(width: number) {
    this.#width = width
    this.key = new Int32Array(width)
    this.#keys = new Int32Array(width * 512)
  }

  /** @param amount a whole number below 2^53. */
  add(row: number, amount: number): void {
    const found = this.#find(row)
    found.count++
    found.small += amount
    if (found.small > 2 ** 52) {
      found.carried += BigInt(found.small)
      found.small = 0
    }
  }

  list(): readonly { readonly row: number; readonly count: number; readonly sum: bigint }[] {
    return [...this.#all, ...this.#rest.values()].map(({ row, count, small, carried }) => ({
      row,
      count,
      sum: carried + BigInt(small),
    }))
  }

  #find(row: number): Combination {
    const mask = this.#slots.length - 1
    let slot = this.#hash() & mask
    for (let probe = 0; probe < mostProbes; probe++) {
      const number = this.#slots[slot] ?? -1
      if (number < 0) return this.#append(row, slot)
      const known = this.#all[number]
      if (known !== undefined && this.#isAt(number)) return known
      slot = (slot + 1) & mask
    }
    const text = this.key.join()
    const known = this.#rest.get(text)
    if (known !== undefined) return known
    const made = { row, count: 0, small: 0, carried: 0n }
    this.#rest.set(text, made)
    return made
  }

  #append(row: number, slot: number): Combination {
    const number = this.#all.length
    // Kept at most half full; beyond, everything new goes to the map.
    if (number * 2 >= this.#slots.length) {
      this.#grow()
      return this.#find(row)
    }
    this.#slots[slot] = number
    this.#keys.set(this.key, number * this.#width)
    const made = { row, count: 0, small: 0, carried: 0n }
    this.#all.push(made)
    return made
  }

  #grow(): void {
    const wanted = this.key.slice()
    const slots = new Int32Array(this.#slots.length * 4).fill(-1)
    const keys = new Int32Array((slots.length / 2) * this.#width)
    keys.set(this.#keys)
    this.#slots = slots
    this.#keys = keys
    for (let number = 0; number < this.#all.length; number++) {
      this.key.set(keys.subarray(number * this.#width, (number + 1) * this.#width))
      let slot = this.#hash() & (slots.length - 1)
      while ((slots[slot] ?? -1) >= 0) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = number
    }
    this.key.set(wanted)
  }

  #isAt(number: number): boolean {
    const from = number * this.#width
    for (let i = 0; i < this.#width; i++) if (this.#keys[from + i] !== this.key[i]) return false
    return true
  }

  #hash(): number {
    let hash = hashSeed
    for (let i = 0; i < this.#width; i++) {
      hash = Math.imul(hash ^ (this.key[i] ?? 0), 0x85eb_ca6b)
      hash ^= hash >>> 15
    }
    return hash
  }
}
