import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leafHash, TestKey, TestTree } from '@switchboard/bundle/testing'
import { nodeCrypto } from './node-crypto.ts'
import { verifyGrowth } from './verify-growth.ts'

const key = new TestKey('log.example', 'growth')
const origin = 'log.example/0a0b0c0d/standard'

function treeOf(size: number, first = 0): TestTree {
  const tree = new TestTree()
  for (let entry = 0; entry < size; entry += 1) tree.append(leafHash(Buffer.of(first, entry)))
  return tree
}

function noteOf(tree: TestTree, signer = key, name = origin): string {
  const text = `${name}\n${tree.size}\n${tree.root().toString('base64')}\n`
  return `${text}\n${signer.line(text)}`
}

function said(tree: TestTree, from: number) {
  return {
    from,
    root: tree.root({ from: 0, to: from }).toString('base64'),
    checkpoint: noteOf(tree),
    proof: tree.consistency(from, tree.size).map((hash) => hash.toString('base64')),
  }
}

const rulesOf = async (...given: Parameters<typeof verifyGrowth>): Promise<readonly string[]> => {
  const { ok, findings } = await verifyGrowth(...given)
  assert.equal(ok, findings.length === 0)
  return findings.map(({ rule }) => rule)
}

test('a log that only grew is shown to begin with all that was kept, at every size', async () => {
  const now = treeOf(11)
  for (let from = 1; from <= 11; from += 1) {
    const answer = await verifyGrowth(noteOf(treeOf(from)), said(now, from), [key.vkey], nodeCrypto)
    assert.deepEqual(answer, { ok: true, findings: [], from, to: 11 })
  }
})

test('a log that was rewritten, cut, signed by another or answered for another size is red and says why', async () => {
  const now = treeOf(11)
  const keys = [key.vkey]
  const other = new TestKey('log.example', 'other')
  assert.deepEqual(await rulesOf(noteOf(treeOf(5, 1)), said(now, 5), keys, nodeCrypto), ['saved_fork'])
  assert.deepEqual(await rulesOf(noteOf(treeOf(11, 1)), said(now, 11), keys, nodeCrypto), ['saved_differs'])
  assert.deepEqual(await rulesOf(noteOf(treeOf(12)), said(now, 11), keys, nodeCrypto), ['saved_ahead'])
  assert.deepEqual(await rulesOf(noteOf(treeOf(5)), said(now, 6), keys, nodeCrypto), ['saved_unproved'])
  assert.deepEqual(await rulesOf(noteOf(treeOf(5), other), said(now, 5), keys, nodeCrypto), ['saved_key'])
  const elsewhere = noteOf(treeOf(5), key, 'log.example/0a0b0c0d/short')
  assert.deepEqual(await rulesOf(elsewhere, said(now, 5), keys, nodeCrypto), ['saved_key'])
  const cut = { ...said(now, 5), proof: said(now, 5).proof.slice(1) }
  assert.deepEqual(await rulesOf(noteOf(treeOf(5)), cut, keys, nodeCrypto), [
    'history_proof',
    'saved_unproved',
  ])
  const unsigned = { ...said(now, 5), checkpoint: noteOf(now, other) }
  assert.deepEqual(await rulesOf(noteOf(treeOf(5)), unsigned, keys, nodeCrypto), ['checkpoint_key'])
  assert.deepEqual(await rulesOf('no note', said(now, 5), keys, nodeCrypto), ['saved_form'])
  assert.deepEqual(await rulesOf(noteOf(treeOf(5)), said(now, 5), [], nodeCrypto), [
    'log_key_missing',
    'saved_key',
  ])
})
