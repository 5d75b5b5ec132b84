import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { TestServer } from '../../../../tests/support/test-server.ts'
import { redRules, verify } from '../../../../tests/support/verify-file.ts'
import { newId } from '../kernel/ids.ts'
import { draftOf } from './testing/evidence-fixture.ts'
import { idsIn } from './testing/export-fixture.ts'

const day = 24 * 60 * 60 * 1000
const rules = {
  classes: { short: { keepDays: 30, foldAfterDays: 7 } },
  operations: { 'graph.search': 'short' },
} as const

async function setRules(s: TestServer): Promise<void> {
  const parked = await s.denial(s.a.admin, 'retention.set', rules)
  await s.value(s.a.reviewer, 'review.approve', { id: String(parked.params['taskId']) })
  while ((await s.value(s.a.auditor, 'retention.read', {})).setAt === null)
    await new Promise((done) => setTimeout(done, 5))
}

/** Receipts as the gate would have written them some days ago. */
async function past(s: TestServer, days: number, count: number): Promise<readonly string[]> {
  const { organisation } = s.a
  const actor = { organisation, user: s.a.analyst.user, name: 'analyst', roles: ['analyst'] }
  const drafts = Array.from({ length: count }, (_, n) =>
    draftOf({ id: newId('rct'), organisation, at: s.clock() - days * day + n }, { actor }),
  )
  await s.edit(async (tx) => {
    for (const draft of drafts) await s.server.evidence.record(tx, draft)
  })
  s.server.evidence.committed()
  await s.server.evidence.integrated(drafts.map((draft) => draft.id))
  return drafts.map((draft) => draft.id)
}

test('a period with pruned and folded receipts is complete by their statements, whichever part of it is asked for', async (t) => {
  const s = await createTestServer(t)
  await setRules(s)
  await past(s, 40, 300)
  await past(s, 10, 40)
  const young = await past(s, 1, 20)
  await s.value(s.a.admin, 'evidence.prune', { class: 'short' })
  const { ranges } = await s.value(s.a.admin, 'evidence.fold', { class: 'short' })
  const folded = (ranges[0]?.to ?? 0) - (ranges[0]?.from ?? 0)
  const { logKey } = s.server.evidence
  const exported = async (input: object) => {
    const { bundle } = await s.value(s.a.auditor, 'evidence.export', input)
    const file = Buffer.from(bundle, 'base64')
    const report = await verify(file, logKey)
    assert.deepEqual(redRules(report), [])
    return { file, short: report.logs.find((log) => log.class === 'short') }
  }

  const all = await exported({})
  assert.deepEqual([all.short?.pruned, all.short?.folded, all.short?.full], [256, folded, 360 - 256 - folded])
  assert.deepEqual(all.short?.complete, [{ from: 0, to: 360 }])

  // Of what is pruned, of what is folded, and of what is neither.
  const now = s.clock()
  const pruned = await exported({ from: now - 41 * day, to: now - 39 * day })
  assert.ok((pruned.short?.pruned ?? 0) > 0)
  const middle = await exported({ from: now - 11 * day, to: now - 9 * day })
  assert.equal(middle.short?.folded, folded)
  const last = await exported({ from: now - 2 * day, to: now })
  assert.ok(young.every((id) => idsIn(last.file).includes(id)))

  const [statement] = (await s.receipts({ operation: 'evidence.prune' })).filter(
    (row) => row.decision === 'allowed',
  )
  const denial = await s.denial(s.a.auditor, 'evidence.export', { redactReceipts: [statement?.id] })
  assert.equal(denial.code, 'statement_needed')
})
