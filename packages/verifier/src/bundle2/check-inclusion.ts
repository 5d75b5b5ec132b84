import { sameBytes } from '../bytes.ts'
import type { Json } from '../canonical-json.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { Crypto } from '../crypto.ts'
import type { Findings } from '../findings.ts'
import type { ReceiptHasher } from '../hashing/hasher.ts'
import { nodeHash, splitPoint } from '../merkle-tree.ts'
import { readProof } from '../verify-log.ts'
import { receiptName } from './check-entries.ts'
import type { ManifestLog } from './manifest2.ts'
import type { Subtree } from './statements.ts'

/** What is known of one log's tree. */
export interface KnownOfLog {
  /** Ascending, distinct. */
  readonly indices: Float64Array
  /** 32 bytes for each index. */
  readonly leaves: Uint8Array
  /** Ascending, disjoint. */
  readonly subtrees: readonly Subtree[]
}

/** Checks that known leaves and subtrees lead to the checkpoint's root (check 12). */
export function checkInclusion(
  log: ManifestLog,
  known: KnownOfLog,
  checkpoint: Checkpoint,
  value: Json | undefined,
  { where, crypto, hasher, findings }: InclusionContext,
): void {
  const proof = readProof(value)
  if (proof === undefined) {
    const message = 'The proof must be a list of hashes of 32 bytes in base64.'
    return findings.red(where, 'proof_base64', message)
  }
  const { indices, subtrees } = known
  const last = Math.max(indices.at(-1) ?? -1, (subtrees.at(-1)?.to ?? 0) - 1)
  if (last < 0) return findings.red(where, 'proof_index', `Nothing of the log ${log.origin} is known.`)
  if (last >= checkpoint.size) {
    const message = `Index ${last} lies outside a log of size ${checkpoint.size}.`
    return findings.red(where, 'proof_index', message)
  }
  const inside = leafInSubtree(known)
  if (inside !== undefined) {
    const message = `${receiptName(inside, log.class)} is in the bundle, and a prune statement says that it is gone.`
    return findings.red(where, 'subtree_known', message)
  }
  const walk = new ProofWalk(known, proof, crypto, hasher)
  const root = walk.rootOf(0, checkpoint.size)
  if (root === undefined)
    return findings.red(where, 'proof_length', `The proof ends early, after ${proof.length} hashes.`)
  if (walk.used !== proof.length) {
    const message = `The proof has ${proof.length} hashes where ${walk.used} are needed.`
    return findings.red(where, 'proof_length', message)
  }
  if (sameBytes(root, checkpoint.root)) return
  const message =
    "Receipts, prune statements and proof do not lead to the checkpoint's root: one of them is altered, or of another log."
  findings.red(where, 'proof_root', message)
}

interface InclusionContext {
  readonly where: string
  readonly crypto: Crypto
  readonly hasher: ReceiptHasher
  readonly findings: Findings
}

function leafInSubtree({ indices, subtrees }: KnownOfLog): number | undefined {
  let next = 0
  for (const index of subtrees.length === 0 ? [] : indices) {
    while ((subtrees[next]?.to ?? Infinity) <= index) next++
    if ((subtrees[next]?.from ?? Infinity) <= index) return index
  }
  return undefined
}

/**
 * The recursion of section 8. It enters only ranges that hold something known, so its cost is bounded by what is known ×
 * 53, whatever the size says; complete trees of known leaves go to the hasher as a whole.
 */
class ProofWalk {
  used = 0
  readonly #known: KnownOfLog
  readonly #proof: readonly Uint8Array[]
  readonly #crypto: Crypto
  readonly #hasher: ReceiptHasher
  #leaf = 0
  #subtree = 0

  constructor(known: KnownOfLog, proof: readonly Uint8Array[], crypto: Crypto, hasher: ReceiptHasher) {
    this.#known = known
    this.#proof = proof
    this.#crypto = crypto
    this.#hasher = hasher
  }

  /** `undefined` when the proof ends early. */
  rootOf(from: number, to: number): Uint8Array | undefined {
    const { indices, leaves, subtrees } = this.#known
    const subtree = subtrees[this.#subtree]
    // Aligned as it is, a subtree within the log is one of the ranges that this recursion comes by.
    if (subtree?.from === from && subtree.to === to) {
      this.#subtree++
      return subtree.root
    }
    const index = indices[this.#leaf] ?? Infinity
    if (index >= to && (subtree?.from ?? Infinity) >= to) return this.#proof[this.used++]
    const length = to - from
    if (this.#holdsAll(from, length)) {
      const hashes = leaves.subarray(this.#leaf * 32, (this.#leaf + length) * 32)
      this.#leaf += length
      return this.#hasher.rootOfComplete(hashes)
    }
    const middle = from + splitPoint(length)
    const left = this.rootOf(from, middle)
    const right = left && this.rootOf(middle, to)
    return right && nodeHash(this.#crypto, left, right)
  }

  /** Whether the next leaves known are all of a complete tree. */
  #holdsAll(from: number, length: number): boolean {
    const { indices } = this.#known
    // Indices are distinct and ascend: first and last in place means all in place.
    return (
      indices[this.#leaf] === from &&
      indices[this.#leaf + length - 1] === from + length - 1 &&
      Number.isInteger(Math.log2(length))
    )
  }
}
