import { sameBytes } from './bytes.ts'
import type { Crypto } from './crypto.ts'

/** `SHA256(0x00 ‖ entry)` of RFC 6962. */
export function leafHash(crypto: Crypto, entry: Uint8Array): Uint8Array {
  const message = new Uint8Array(entry.length + 1)
  message.set(entry, 1)
  return crypto.sha256(message)
}

/** `SHA256(0x01 ‖ left ‖ right)` of RFC 6962. */
export function nodeHash(crypto: Crypto, left: Uint8Array, right: Uint8Array): Uint8Array {
  const message = new Uint8Array(65)
  message[0] = 1
  message.set(left, 1)
  message.set(right, 33)
  return crypto.sha256(message)
}

/** Whether a number can be the size of a tree: 1 to 2^53 - 1. Size 0 proves nothing and is refused everywhere. */
export function isTreeSize(size: unknown): size is number {
  return Number.isSafeInteger(size) && Number(size) >= 1
}

/** The largest power of two below `n`; `n` > 1. Arithmetic, because bit operators stop at 2^32. */
export function splitPoint(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

export interface InclusionClaim {
  readonly index: number
  readonly size: number
  readonly leaf: Uint8Array
  readonly root: Uint8Array
  /** From the leaf to the root. */
  readonly proof: readonly Uint8Array[]
}

/** One step from a leaf towards the root. */
export interface PathStep {
  readonly sibling: Uint8Array
  /** Where the sibling stands beside what was reached so far. */
  readonly side: 'left' | 'right'
  /** What the two make. */
  readonly hash: Uint8Array
}

/** Whether `leaf` stands at `index` in the tree of `size` leaves under `root`. */
export function verifyInclusion(crypto: Crypto, claim: InclusionClaim): boolean {
  const path = inclusionPath(crypto, claim)
  return path !== undefined && sameBytes(path.at(-1)?.hash ?? claim.leaf, claim.root)
}

/**
 * The way that a proof takes from the leaf upwards; `undefined` when it is not as long as the tree is high. It leads to the
 * claimed root exactly when the last hash is that root.
 *
 * @see RFC 9162 section 2.1.3.2 (the same tree as RFC 6962, with the algorithm spelled out)
 */
export function inclusionPath(crypto: Crypto, claim: InclusionClaim): readonly PathStep[] | undefined {
  const { index, size, leaf, root, proof } = claim
  if (!isTreeSize(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) return undefined
  if (![leaf, root, ...proof].every(isHash)) return undefined
  const path: PathStep[] = []
  let node = index
  let last = size - 1
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0) return undefined
    const side = node % 2 === 1 || node === last ? 'left' : 'right'
    hash = side === 'left' ? nodeHash(crypto, sibling, hash) : nodeHash(crypto, hash, sibling)
    path.push({ sibling, side, hash })
    while (side === 'left' && node % 2 === 0 && node !== 0) {
      node /= 2
      last = Math.floor(last / 2)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? path : undefined
}

export interface ConsistencyClaim {
  readonly size1: number
  readonly size2: number
  readonly root1: Uint8Array
  readonly root2: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/**
 * Whether the tree of `size1` leaves is a prefix of the tree of `size2`.
 *
 * @see RFC 9162 section 2.1.4.2
 */
export function verifyConsistency(crypto: Crypto, claim: ConsistencyClaim): boolean {
  const { size1, size2, root1, root2, proof } = claim
  if (!isTreeSize(size1) || !isTreeSize(size2) || size1 > size2) return false
  if (size1 === size2) return proof.length === 0 && sameBytes(root1, root2)
  if (![root1, root2, ...proof].every(isHash)) return false
  // When the older tree is a complete subtree its root starts the path and is left out of the proof.
  const path = splitPoint(size1 + 1) === size1 ? [root1, ...proof] : [...proof]
  const seed = path.shift()
  if (seed === undefined) return false
  let node = size1 - 1
  let last = size2 - 1
  while (node % 2 === 1) {
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  let older = seed
  let newer = seed
  for (const sibling of path) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      older = nodeHash(crypto, sibling, older)
      newer = nodeHash(crypto, sibling, newer)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      newer = nodeHash(crypto, newer, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && sameBytes(older, root1) && sameBytes(newer, root2)
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === 32
}
