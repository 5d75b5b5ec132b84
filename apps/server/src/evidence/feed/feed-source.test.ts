import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestServer } from '../../../../../tests/support/test-server.ts'
import type { TestServer } from '../../../../../tests/support/test-server.ts'
import { newId } from '../../kernel/ids.ts'
import { draftOf } from '../testing/evidence-fixture.ts'

const day = 24 * 60 * 60 * 1000

/** Receipts of the class `short` as the gate would have written them some days ago. */
async function past(s: TestServer, days: number, count: number): Promise<void> {
  const { organisation } = s.a
  const actor = { organisation, user: s.a.analyst.user, name: 'analyst', roles: ['analyst'] }
  const drafts = Array.from({ length: count }, () =>
    draftOf(
      { id: newId('rct'), organisation, at: s.clock() - days * day, retention: 'short' },
      { actor, subject: { operation: 'graph.search' } },
    ),
  )
  await s.edit(async (tx) => {
    for (const draft of drafts) await s.server.evidence.record(tx, draft)
  })
  s.server.evidence.committed()
  await s.server.evidence.integrated(drafts.map((draft) => draft.id))
}

test('what was pruned and what was folded is a gap that names the receipt of its statement, in one go however long', async (t) => {
  const s = await createTestServer(t)
  const input = { classes: { short: { keepDays: 30, foldAfterDays: 7 } }, operations: {} }
  const parked = await s.denial(s.a.admin, 'retention.set', input)
  await s.value(s.a.reviewer, 'review.approve', { id: String(parked.params['taskId']) })
  while ((await s.value(s.a.auditor, 'retention.read', {})).setAt === null)
    await new Promise((done) => setTimeout(done, 5))
  await past(s, 40, 600)
  await past(s, 10, 300)
  await past(s, 0, 3)
  const { receiptId: prune } = await s.ask(s.a.admin, 'evidence.prune', { class: 'short' })
  const { receiptId: fold } = await s.ask(s.a.admin, 'evidence.fold', { class: 'short' })
  assert.ok(prune !== undefined && fold !== undefined)
  const { feed } = s.server.evidence
  const log = (await feed.logs(s.database.read, s.a.organisation)).find(({ size }) => size === 903)
  assert.ok(log !== undefined)
  const read = async (from: number, to: number, exact = false) =>
    (await feed.items(s.database.read, { organisation: s.a.organisation, log, from, to, exact })).map(
      (item) =>
        item.kind === 'gap' ? [item.gap, item.from, item.to, item.statement] : [item.kind, item.index],
    )
  const all = await read(0, 903)
  const pruned = all[0]?.[2] as number
  const folded = all[1]?.[2] as number
  assert.ok(pruned >= 512 && pruned <= 600, String(pruned))
  assert.deepEqual(all[0], ['pruned', 0, pruned, prune])
  assert.deepEqual(all[1], ['folded', pruned, folded, fold])
  assert.deepEqual(all.slice(-3), [
    ['receipt', 900],
    ['receipt', 901],
    ['receipt', 902],
  ])
  // A short look at its beginning tells all of what is pruned; a batch that was cut before stays as it was cut.
  assert.deepEqual(await read(0, 5), [['pruned', 0, pruned, prune]])
  assert.deepEqual(await read(0, 5, true), [['pruned', 0, 5, prune]])
  // Another organisation's question finds nothing of it.
  const others = await feed.items(s.database.read, {
    organisation: s.b.organisation,
    log,
    from: 900,
    to: 903,
  })
  assert.deepEqual(
    others.map((item) => item.kind === 'gap' && item.gap),
    ['foreign'],
  )
})
