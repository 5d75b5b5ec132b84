import { hash } from 'node:crypto'

export interface ProvedRoots {
  /** The root at the older size, as the proof has it. */
  readonly older: Uint8Array
  /** The root at the newer size, as the proof has it. */
  readonly newer: Uint8Array
}

/**
 * The two roots that an RFC 6962 consistency proof leads to; undefined when it has the wrong length. A proof is good when
 * both are the signed ones. When only the newer is, it proves that the newer tree began otherwise: that is a
 * history rewritten, whoever handed the proof in.
 *
 * @param olderRoot is where the path starts when the older tree is a complete subtree of the newer.
 * @see RFC 9162 section 2.1.4.2 (the same tree as RFC 6962, with the algorithm spelled out)
 */
export function provedRoots(
  sizes: { readonly older: number; readonly newer: number },
  olderRoot: Uint8Array,
  proof: readonly Uint8Array[],
): ProvedRoots | undefined {
  if (sizes.older < 1 || sizes.older >= sizes.newer) return undefined
  const path = isPowerOfTwo(sizes.older) ? [olderRoot, ...proof] : [...proof]
  const seed = path.shift()
  if (seed === undefined) return undefined
  let node = sizes.older - 1
  let last = sizes.newer - 1
  // Arithmetic, because bit operators stop at 2^32.
  while (node % 2 === 1) [node, last] = [half(node), half(last)]
  let older = seed
  let newer = seed
  for (const sibling of path) {
    if (last === 0) return undefined
    if (node % 2 === 1 || node === last) {
      older = nodeHash(sibling, older)
      newer = nodeHash(sibling, newer)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else {
      newer = nodeHash(newer, sibling)
    }
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 ? { older, newer } : undefined
}

const half = (n: number): number => Math.floor(n / 2)

function isPowerOfTwo(n: number): boolean {
  let power = 1
  while (power < n) power *= 2
  return power === n
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash('sha256', Buffer.concat([Buffer.of(1), left, right]), 'buffer')
}
