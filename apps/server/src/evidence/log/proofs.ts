import { Fault } from '../../kernel/fault.ts'
import type { LogView } from './log-view.ts'
import { consistencyRanges, inclusionRanges, multiproofRanges, splitOf } from './proof-ranges.ts'
import type { Range } from './proof-ranges.ts'
import { nodeHash } from './tree-hash.ts'

/**
 * Proofs in one view of the log. Each is recomputed to the signed root before it leaves this file, so a damaged tile
 * can never hand out a proof that does not hold.
 */
export async function proveInclusion(
  view: LogView,
  index: number,
): Promise<{ readonly leaf: Uint8Array; readonly hashes: readonly Uint8Array[] }> {
  const ranges = inclusionRanges(index, view.checkpoint.size)
  const leafRange = { from: index, to: index + 1 }
  const leaf = await view.hashOf(leafRange)
  const hashes = await hashesOf(view, ranges)
  const known = knownHashes([leafRange, ...ranges], [leaf, ...hashes])
  assertRoot(view, fold({ from: 0, to: view.checkpoint.size }, known))
  return { leaf, hashes }
}

/** One proof for all `leaves`, which are in ascending order of index, where the roots of `subtrees` are known as well. */
export async function proveMany(
  view: LogView,
  leaves: readonly { readonly index: number; readonly hash: Uint8Array }[],
  subtrees: readonly (Range & { readonly root: Uint8Array })[] = [],
): Promise<readonly Uint8Array[]> {
  const ranges = multiproofRanges(
    leaves.map((leaf) => leaf.index),
    view.checkpoint.size,
    subtrees,
  )
  const hashes = await hashesOf(view, ranges)
  const leafRanges = leaves.map(({ index }) => ({ from: index, to: index + 1 }))
  const known = knownHashes(
    [...leafRanges, ...subtrees, ...ranges],
    [...leaves.map((leaf) => leaf.hash), ...subtrees.map((subtree) => subtree.root), ...hashes],
  )
  assertRoot(view, fold({ from: 0, to: view.checkpoint.size }, known))
  return hashes
}

/** The root at an earlier size, and the proof that the view extends it. */
export async function proveConsistency(
  view: LogView,
  earlier: number,
): Promise<{ readonly root: Uint8Array; readonly hashes: readonly Uint8Array[] }> {
  const ranges = consistencyRanges(earlier, view.checkpoint.size)
  const hashes = await hashesOf(view, ranges)
  const root = await view.hashOf({ from: 0, to: earlier })
  const known = knownHashes([{ from: 0, to: earlier }, ...ranges], [root, ...hashes])
  // Where the earlier tree is no subtree of the later one, its root is never met on the way down.
  assertRoot(view, fold({ from: 0, to: view.checkpoint.size }, known))
  known.delete(`0-${earlier}`)
  const isSubtree = ranges.every((range) => range.from >= earlier)
  if (!isSubtree && !equal(fold({ from: 0, to: earlier }, known), root)) throw damaged(view)
  return { root, hashes }
}

async function hashesOf(view: LogView, ranges: readonly Range[]): Promise<readonly Uint8Array[]> {
  const hashes: Uint8Array[] = []
  for (const range of ranges) hashes.push(await view.hashOf(range))
  return hashes
}

function knownHashes(ranges: readonly Range[], hashes: readonly Uint8Array[]): Map<string, Uint8Array> {
  return new Map(hashes.map((hash, at) => [`${ranges[at]?.from}-${ranges[at]?.to}`, hash]))
}

function fold({ from, to }: Range, known: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const hash = known.get(`${from}-${to}`)
  if (hash !== undefined) return hash
  const middle = from + splitOf(to - from)
  return nodeHash(fold({ from, to: middle }, known), fold({ from: middle, to }, known))
}

function assertRoot(view: LogView, root: Uint8Array): void {
  if (!equal(root, view.checkpoint.root)) throw damaged(view)
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0
}

function damaged(view: LogView): Fault {
  const detail = `Stored hashes do not lead to the root that the checkpoint of size ${view.checkpoint.size} signs.`
  return new Fault('log_damaged', detail, { retryable: false })
}
