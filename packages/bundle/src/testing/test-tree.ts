import { hash } from 'node:crypto'
import type { IndexRange } from '../manifest.ts'

const hashBytes = 32

export function sha256(...pieces: readonly Uint8Array[]): Buffer {
  return Buffer.from(hash('sha256', Buffer.concat(pieces), 'binary'), 'binary')
}

export function leafHash(entry: Uint8Array): Buffer {
  return sha256(Buffer.of(0), entry)
}

/** An RFC 6962 tree in memory that keeps every complete subtree, so that a million leaves can be proved quickly. */
export class TestTree {
  readonly #levels: Buffer[][] = [[]]

  get size(): number {
    return this.#levels[0]?.length ?? 0
  }

  append(leaf: Buffer): void {
    this.#levels[0]?.push(leaf)
    for (let level = 0; this.#levels[level] !== undefined; level += 1) {
      const row = this.#levels[level] ?? []
      if (row.length % 2 === 1) return
      this.#levels[level + 1] ??= []
      this.#levels[level + 1]?.push(nodeOf(row.at(-2), row.at(-1)))
    }
  }

  leaf(index: number): Buffer {
    return found(this.#levels[0]?.[index])
  }

  /** The hash over [from, to) as the RFC splits it. */
  root({ from, to }: IndexRange = { from: 0, to: this.size }): Buffer {
    const length = to - from
    const height = Math.round(Math.log2(length))
    if (2 ** height === length && from % length === 0) return found(this.#levels[height]?.[from / length])
    const middle = from + splitOf(length)
    return nodeOf(this.root({ from, to: middle }), this.root({ from: middle, to }))
  }

  /** From the leaf to the root of the tree of that size. */
  inclusion(index: number, size: number): readonly Buffer[] {
    const path: Buffer[] = []
    for (let [from, to] = [0, size]; to - from > 1;) {
      const middle = from + splitOf(to - from)
      path.unshift(this.root(index < middle ? { from: middle, to } : { from, to: middle }))
      if (index < middle) to = middle
      else from = middle
    }
    return path
  }

  /** RFC 6962, section 2.1.2. */
  consistency(earlier: number, size: number): readonly Buffer[] {
    const proof = (from: number, to: number, isWhole: boolean): readonly Buffer[] => {
      if (to === earlier) return isWhole ? [] : [this.root({ from, to })]
      const middle = from + splitOf(to - from)
      return earlier <= middle
        ? [...proof(from, middle, isWhole), this.root({ from: middle, to })]
        : [...proof(middle, to, false), this.root({ from, to: middle })]
    }
    return proof(0, size, true)
  }

  /** Proves the leaves at `indices` (ascending), where the roots of `subtrees` are known as well. */
  multiproof(indices: readonly number[], subtrees: readonly IndexRange[], size: number): readonly Buffer[] {
    const proof: Buffer[] = []
    const isKnown = new Set(subtrees.map(({ from, to }) => `${from} ${to}`))
    const starts = [...indices, ...subtrees.map(({ from }) => from)].sort((a, b) => a - b)
    const visit = (from: number, to: number, first: number, end: number): void => {
      if (isKnown.has(`${from} ${to}`)) return
      if (first === end) {
        proof.push(this.root({ from, to }))
        return
      }
      if (to - from === 1) return
      const middle = from + splitOf(to - from)
      let split = first
      for (let high = end; split < high;) {
        const probe = (split + high) >>> 1
        if ((starts[probe] ?? Infinity) < middle) split = probe + 1
        else high = probe
      }
      visit(from, middle, first, split)
      visit(middle, to, split, end)
    }
    visit(0, size, 0, starts.length)
    return proof
  }
}

/** Disjoint subtrees that fill a range, the fewest. */
export function subtreesOf({ from, to }: IndexRange): readonly IndexRange[] {
  const subtrees: IndexRange[] = []
  for (let at = from; at < to;) {
    let length = 1
    while (at % (length * 2) === 0 && at + length * 2 <= to) length *= 2
    subtrees.push({ from: at, to: at + length })
    at += length
  }
  return subtrees
}

function splitOf(length: number): number {
  let power = 1
  while (power * 2 < length) power *= 2
  return power
}

function nodeOf(left: Buffer | undefined, right: Buffer | undefined): Buffer {
  return sha256(Buffer.of(1), found(left), found(right))
}

function found(bytes: Buffer | undefined): Buffer {
  if (bytes?.length !== hashBytes) throw new RangeError('the tree has no such leaf')
  return bytes
}
