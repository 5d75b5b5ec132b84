/** Seeded choices, so that a failing call can be had again. */
export interface Draw {
  /** A whole number from 0 up to and without `below`. */
  number(below: number): number
  one<T>(from: readonly T[]): T
  /** Up to `most` of them, in no order and without repeats. */
  some<T>(from: readonly T[], most: number): T[]
  chance(of: number): boolean
}

/** Mulberry32: small, and good enough to mix calls. */
export function drawFrom(seed: number): Draw {
  let state = seed
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const number = (below: number): number => Math.floor(next() * below)
  return {
    number,
    one: (from) => {
      const chosen = from[number(from.length)]
      if (chosen === undefined) throw new RangeError('Nothing to choose from.')
      return chosen
    },
    some(from, most) {
      const left = [...from]
      const many = Math.min(number(most + 1), left.length)
      return Array.from(
        { length: many },
        () => left.splice(number(left.length), 1)[0] as (typeof from)[number],
      )
    },
    chance: (of) => next() < of,
  }
}
