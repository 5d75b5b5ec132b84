import assert from 'node:assert/strict'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../testing/evidence-fixture.ts'
import { emptyTree, growTree, rootOf } from './growing-tree.ts'
import type { Subtree } from './log-archive.ts'
import { viewLog } from './log-view.ts'
import { proveConsistency, proveInclusion, proveMany } from './proofs.ts'
import { createTileCache, createTileStore } from './tile-store.ts'
import { foldComplete, leafHash } from './tree-hash.ts'

const size = 1_100
const leaves = Array.from({ length: size }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)))
const subtree = (from: number, to: number): Subtree => ({
  from,
  to,
  root: foldComplete(leaves.slice(from, to)),
})
/** The second tile whole, and of the third its first half and one leaf pair. */
const pruned = [subtree(256, 512), subtree(512, 640), subtree(704, 706)]
const isPruned = (index: number) => pruned.some(({ from, to }) => from <= index && index < to)

async function prunedLog(folder: string) {
  const faults: unknown[] = []
  const tiles = createTileStore({
    folder,
    cache: createTileCache(),
    leaves: async ({ from, to }) =>
      new Map(
        leaves.flatMap((leaf, index): [number, Uint8Array][] =>
          index >= from && index < to && !isPruned(index) ? [[index, leaf]] : [],
        ),
      ),
    subtrees: async ({ from, to }) => pruned.filter((each) => each.from >= from && each.to <= to),
    onFault: (cause) => faults.push(cause),
  })
  const growing = growTree(emptyTree)
  for (const leaf of leaves) growing.append(leaf)
  const tree = growing.state()
  const view = viewLog({ size, root: rootOf(tree), note: '' }, tree, tiles)
  return { tiles, view, growing, faults }
}

test('of a pruned log whatever lies above its subtrees is made again from them, and a hash below is a clear fault', async (t) => {
  const folder = await temporaryFolder(t)
  const { tiles, view, faults } = await prunedLog(folder)
  // No tile is a file here: each is made from leaves and subtrees.
  for (const index of [0, 255, 640, 703, 706, 767, 768, 1_023, 1_099]) await proveInclusion(view, index)
  for (const earlier of [1, 255, 256, 512, 768, 1_024, 1_099]) await proveConsistency(view, earlier)
  const kept = leaves.flatMap((hash, index) => (isPruned(index) || index > 800 ? [] : [{ index, hash }]))
  await proveMany(view, kept)
  for (const { from, to, root } of pruned) assert.deepEqual(await view.hashOf({ from, to }), root)
  assert.equal((await tiles.read(0, 0)).length, 8_192)
  for (const range of [
    { from: 256, to: 257 },
    { from: 256, to: 384 },
    { from: 512, to: 576 },
    { from: 705, to: 706 },
  ])
    await assert.rejects(view.hashOf(range), {
      code: 'log_pruned',
      message: new RegExp(`entry ${range.from}`),
    })
  await assert.rejects(tiles.read(0, 1), { code: 'log_pruned' })
  await assert.rejects(proveInclusion(view, 300), { code: 'log_pruned' })
  // Its neighbour's hash is needed, and is under the same root.
  await assert.rejects(proveConsistency(view, 600), { code: 'log_pruned' })
  await tiles.written()
  assert.deepEqual(faults, [])
})

test('tiles of pruned leaves are removed, those that hold others as well stay', async (t) => {
  const folder = await temporaryFolder(t)
  const { tiles, growing, faults } = await prunedLog(folder)
  tiles.add(growing.fullTiles())
  await tiles.written()
  for (const range of pruned) await tiles.remove(range)
  await assert.rejects(stat(join(folder, 'tile/0/001')), { code: 'ENOENT' })
  assert.equal((await readFile(join(folder, 'tile/0/002'))).length, 8_192)
  await assert.rejects(tiles.read(0, 1), { code: 'log_pruned' })
  await rm(join(folder, 'tile/0/000'))
  assert.deepEqual((await tiles.read(0, 0)).subarray(0, 32), leaves[0])
  // What is read is made again in memory first; its file follows, and would otherwise meet the removal of the folder.
  await tiles.written()
  assert.equal((await readFile(join(folder, 'tile/0/000'))).length, 8_192)
  assert.deepEqual(faults, [])
})

test('a leaf that is in neither store nor subtree is damage, not pruning', async (t) => {
  const tiles = createTileStore({
    folder: await temporaryFolder(t),
    cache: createTileCache(),
    leaves: async () => new Map(),
    subtrees: async () => [subtree(0, 128)],
    onFault: () => assert.fail('nothing is written'),
  })
  await assert.rejects(tiles.complete({ from: 128, to: 256 }), { code: 'log_damaged', message: /entry 128/ })
  await assert.rejects(tiles.complete({ from: 0, to: 256 }), { code: 'log_damaged' })
})
