import type { Flip } from './protocol.ts'

/** The same bits for the same seed, in every browser (mulberry32), so that a tally can be repeated and argued about. */
export function* seededFlips(seed: number, bytes: number, flips: number): Generator<Flip> {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  for (let made = 0; made < flips; made++) {
    yield { offset: Math.floor(next() * bytes), bit: Math.floor(next() * 8) }
  }
}
