import assert from 'node:assert/strict'

/** Leaves [from, to) whose common hash a proof needs. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** RFC 6962 splits n leaves at the largest power of two below n. */
export function splitOf(leaves: number): number {
  let power = 1
  while (power * 2 < leaves) power *= 2
  return power
}

/** The hashes of an inclusion proof, from the leaf to the root. */
export function inclusionRanges(index: number, size: number): readonly Range[] {
  assert(index >= 0 && index < size, 'a proof is about a leaf of the tree')
  const path: Range[] = []
  let [from, to] = [0, size]
  while (to - from > 1) {
    const middle = from + splitOf(to - from)
    path.push(index < middle ? { from: middle, to } : { from, to: middle })
    if (index < middle) to = middle
    else from = middle
  }
  return path.toReversed()
}

/** The hashes of a consistency proof between two sizes of one log (RFC 6962, section 2.1.2). */
export function consistencyRanges(earlier: number, size: number): readonly Range[] {
  assert(earlier >= 1 && earlier <= size, 'a proof goes from an earlier size, never from 0')
  const path: Range[] = []
  let [from, to] = [0, size]
  while (to !== earlier) {
    const middle = from + splitOf(to - from)
    path.push(earlier <= middle ? { from: middle, to } : { from, to: middle })
    if (earlier <= middle) to = middle
    else from = middle
  }
  // When what is left began at 0, it is the earlier tree itself, whose root the verifier has.
  if (from > 0) path.push({ from, to })
  return path.toReversed()
}

/**
 * The hashes that prove many leaves at once, left to right (docs/reference/evidence-bundle.md, section 8).
 *
 * @param subtrees ranges whose roots are known as well, ascending; no index lies in one.
 */
export function multiproofRanges(
  indices: readonly number[],
  size: number,
  subtrees: readonly Range[] = [],
): readonly Range[] {
  const starts = [...indices, ...subtrees.map((range) => range.from)].sort((a, b) => a - b)
  assert(starts.length > 0 && (starts.at(-1) ?? size) < size, 'a proof is about leaves of the tree')
  const known = new Set(subtrees.map(({ from, to }) => `${from}-${to}`))
  const needed: Range[] = []
  // What is known of [from, to) begins at starts[first, end): halving the list with the tree keeps this O(k log n).
  function visit(from: number, to: number, first: number, end: number): void {
    if (first === end) {
      needed.push({ from, to })
      return
    }
    if (to - from === 1 || (known.size > 0 && known.has(`${from}-${to}`))) return
    const middle = from + splitOf(to - from)
    let [low, high] = [first, end]
    while (low < high) {
      const probe = (low + high) >>> 1
      if ((starts[probe] ?? Infinity) < middle) low = probe + 1
      else high = probe
    }
    visit(from, middle, first, low)
    visit(middle, to, low, end)
  }
  visit(0, size, 0, starts.length)
  return needed
}
