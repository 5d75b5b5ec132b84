import type { Range } from '../log/proof-ranges.ts'
import { foldComplete } from '../log/tree-hash.ts'

export interface Subtree extends Range {
  readonly root: Uint8Array
}

/** Ascending, half-open ranges of ascending indices, as few as there can be. */
export function rangesOf(indices: Iterable<number>): Range[] {
  const ranges: { from: number; to: number }[] = []
  for (const index of indices) {
    const last = ranges.at(-1)
    if (last?.to === index) last.to += 1
    else ranges.push({ from: index, to: index + 1 })
  }
  return ranges
}

/** The complete subtrees that fill a range: as few as there can be, of at most `most` leaves. */
export function* subtreesIn({ from, to }: Range, most = 2 ** 52): Generator<Range> {
  for (let at = from; at < to;) {
    let leaves = 1
    while (leaves * 2 <= most && at % (leaves * 2) === 0 && at + leaves * 2 <= to) leaves *= 2
    yield { from: at, to: at + leaves }
    at += leaves
  }
}

/** The parts of a range between those of `sizes` that lie inside of it. */
export function* splitAt({ from, to }: Range, sizes: readonly number[]): Generator<Range> {
  let at = from
  for (const size of sizes) {
    if (size <= at || size >= to) continue
    yield { from: at, to: size }
    at = size
  }
  yield { from: at, to }
}

/** @param leaf the leaf hash of an index in the subtrees. */
export function rootsOver(
  subtrees: Iterable<Range>,
  leaf: (index: number) => Uint8Array,
): readonly Subtree[] {
  return Array.from(subtrees, ({ from, to }) => ({
    from,
    to,
    root: foldComplete(Array.from({ length: to - from }, (_, at) => leaf(from + at))),
  }))
}
