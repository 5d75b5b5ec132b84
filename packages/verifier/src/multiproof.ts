import type { Crypto } from './crypto.ts'
import { isTreeSize, nodeHash, splitPoint } from './merkle-tree.ts'

export interface KnownLeaves {
  /** Ascending, distinct. */
  readonly indices: readonly number[]
  /** 32 bytes for each index. */
  readonly hashes: readonly Uint8Array[]
}

export type MultiproofRoot =
  | { readonly ok: true; readonly root: Uint8Array }
  | { readonly ok: false; readonly rule: 'proof_index' | 'proof_length'; readonly message: string }

/**
 * Computes the root that known leaves and the hashes of a multiproof lead to (section 6 of the format).
 * The recursion enters only ranges that hold a known leaf, so its cost is bounded by leaves × 53 whatever the size says.
 */
export function multiproofRoot(
  crypto: Crypto,
  size: number,
  known: KnownLeaves,
  proof: readonly Uint8Array[],
): MultiproofRoot {
  const { indices, hashes } = known
  const last = indices.at(-1)
  if (last === undefined || !isTreeSize(size)) {
    return {
      ok: false,
      rule: 'proof_index',
      message: 'a proof needs at least one leaf and a tree that is not empty',
    }
  }
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] ?? -1
    if (index < 0 || (i > 0 && index <= (indices[i - 1] ?? 0))) {
      return { ok: false, rule: 'proof_index', message: `index ${index} is out of order` }
    }
  }
  if (last >= size) {
    return { ok: false, rule: 'proof_index', message: `index ${last} lies outside a log of size ${size}` }
  }

  let nextLeaf = 0
  let nextHash = 0
  function hashOf(from: number, to: number): Uint8Array | undefined {
    // Leaves are consumed left to right, so the next one tells whether this range holds any.
    const index = indices[nextLeaf]
    if (index === undefined || index >= to) return proof[nextHash++]
    if (to - from === 1) return hashes[nextLeaf++]
    const middle = from + splitPoint(to - from)
    const left = hashOf(from, middle)
    const right = left && hashOf(middle, to)
    return right && nodeHash(crypto, left, right)
  }

  const root = hashOf(0, size)
  if (root === undefined) {
    return { ok: false, rule: 'proof_length', message: `the proof ends early, after ${proof.length} hashes` }
  }
  if (nextHash !== proof.length) {
    return {
      ok: false,
      rule: 'proof_length',
      message: `the proof has ${proof.length} hashes where ${nextHash} are needed`,
    }
  }
  return { ok: true, root }
}
