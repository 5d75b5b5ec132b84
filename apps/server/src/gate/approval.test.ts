import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Denial } from '@switchboard/api'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { TestServer, TestServerOptions } from '../../../../tests/support/test-server.ts'
import type { ReviewId } from '../kernel/ids.ts'

/** A case marked TLP:AMBER, and its export parked for approval. */
async function parkedExport(t: TestContext, options: TestServerOptions = {}) {
  const s = await createTestServer(t, options)
  const { id: caseId } = await s.value(s.a.analyst, 'case.create', {
    title: 'A leak',
    tlp: 'AMBER',
    note: 'sensitive',
  })
  const denial = await s.denial(s.a.analyst, 'evidence.export', { case: caseId })
  return { s, caseId, denial, task: taskOf(denial) }
}

function taskOf(denial: Denial): ReviewId {
  assert.equal(denial.code, 'approval_required')
  return denial.params['taskId'] as ReviewId
}

/** Waits until the review has been performed; approval resumes the operation after its own answer. */
async function performed(s: TestServer, task: ReviewId) {
  for (;;) {
    const review = await s.value(s.a.reviewer, 'review.detail', { id: task })
    if (review.status === 'performed') return review
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('what needs an approval is parked with a receipt and nothing is done or set aside', async (t) => {
  const { s, task } = await parkedExport(t)
  const receipts = await s.receipts({ operation: 'evidence.export' })
  assert.deepEqual(
    receipts.map(({ phase, decision }) => [phase, decision]),
    [['effect', 'parked']],
  )
  const output = receipts[0]?.parts['output']?.['denial'] as { params: { taskId: string } }
  assert.equal(output.params.taskId, task)
  assert.equal((await s.value(s.a.finops, 'budget.read', {})).reservedMicros, '0')
})

test('who asked cannot approve, nor somebody without the role, and nothing happens', async (t) => {
  const s = await createTestServer(t)
  const both = await s.database.writer.transact({ by: 'bootstrap' }, (tx) =>
    s.server.identity.ensureUser(tx, {
      organisation: s.a.organisation,
      name: 'both',
      roles: ['analyst', 'reviewer'],
      demo: true,
    }),
  )
  const asker = { kind: 'user', organisation: s.a.organisation, user: both.id } as const
  const { id: caseId } = await s.value(asker, 'case.create', { title: 'A leak', tlp: 'RED' })
  const task = taskOf(await s.denial(asker, 'evidence.export', { case: caseId }))
  assert.equal((await s.denial(asker, 'review.approve', { id: task })).code, 'self_approval')
  assert.equal((await s.denial(s.a.colleague, 'review.approve', { id: task })).code, 'policy_denied')
  assert.equal((await s.denial(s.b.reviewer, 'review.approve', { id: task })).code, 'review_unknown')
  assert.equal((await s.value(asker, 'review.detail', { id: task })).status, 'pending')
})

test('approved by another it is performed once, as its requester, with the approval in its receipts', async (t) => {
  const { s, task } = await parkedExport(t)
  await s.value(s.a.reviewer, 'review.approve', { id: task })
  const review = await performed(s, task)
  assert.equal((review.outcome as { ok: boolean }).ok, true)
  assert.equal((await s.denial(s.a.reviewer, 'review.approve', { id: task })).code, 'review_decided')
  await s.gate.resume(task)
  const receipts = (await s.receipts({ operation: 'evidence.export' })).slice(1)
  assert.deepEqual(
    receipts.map(({ phase, decision }) => [phase, decision]),
    [
      ['intent', 'allowed'],
      ['outcome', 'allowed'],
    ],
  )
  for (const { parts } of receipts) {
    assert.equal(parts['actor']?.['user'], s.a.analyst.user)
    assert.deepEqual(parts['policy']?.['approvals'], [{ task, by: [s.a.reviewer.user] }])
  }
})

test('an approval serves once, for the very input, by who asked, and only while it lasts', async (t) => {
  const { s, caseId, task } = await parkedExport(t)
  const other = await s.value(s.a.analyst, 'case.create', { title: 'Another', tlp: 'AMBER' })
  async function refused(input: unknown, caller = s.a.analyst): Promise<unknown> {
    const denial = await s.denial(caller, 'evidence.export', input, { approvedBy: task })
    assert.equal(denial.code, 'approval_invalid')
    return denial.params['reason']
  }
  assert.equal(await refused({ case: caseId }), 'not_approved')
  assert.equal(await refused({ case: other.id }), 'input_differs')
  assert.equal(await refused({ case: caseId }, s.a.colleague), 'other_actor')
  await s.value(s.a.reviewer, 'review.approve', { id: task })
  await performed(s, task)
  assert.equal(await refused({ case: caseId }), 'used')
  const second = taskOf(await s.denial(s.a.analyst, 'evidence.export', { case: other.id }))
  s.advance(25 * 3_600_000)
  assert.equal((await s.denial(s.a.reviewer, 'review.approve', { id: second })).code, 'review_decided')
  const denial = await s.denial(s.a.analyst, 'evidence.export', { case: other.id }, { approvedBy: second })
  assert.equal(denial.params['reason'], 'expired')
})

test('what an approved operation may do is decided again when it is performed', async (t) => {
  const { s, task } = await parkedExport(t)
  const [requester] = await s.database.read
    .selectFrom('identity_users')
    .selectAll()
    .where('id', '=', s.a.analyst.user)
    .execute()
  assert.ok(requester)
  await s.database.writer.transact({ by: 'bootstrap' }, (tx) =>
    tx.updateTable('identity_users').set({ roles: '["finops"]' }).where('id', '=', requester.id).execute(),
  )
  await s.value(s.a.reviewer, 'review.approve', { id: task })
  const { outcome } = await performed(s, task)
  assert.deepEqual(
    [(outcome as { ok: boolean }).ok, (outcome as { denial: Denial }).denial.code],
    [false, 'policy_denied'],
  )
  assert.equal((await s.receipts({ operation: 'evidence.export' })).at(-1)?.decision, 'denied')
})

test('a requester who was deactivated meanwhile has nothing performed, and the review says so', async (t) => {
  const { s, task } = await parkedExport(t)
  await s.value(s.a.admin, 'user.deactivate', { id: s.a.analyst.user })
  await s.value(s.a.reviewer, 'review.approve', { id: task })
  const { outcome } = await performed(s, task)
  assert.equal((outcome as { denial: Denial }).denial.code, 'unauthenticated')
})

test('an approval that the server did not live to perform is performed at the next start', async (t) => {
  const { s, task } = await parkedExport(t)
  // As a crash leaves it: the vote is durable, the resumption never ran.
  await s.database.writer.transact({ by: 'bootstrap' }, async (tx) => {
    const review = {
      review: task,
      organisation: s.a.organisation,
      user_id: s.a.reviewer.user,
      user_name: 'reviewer',
      note: null,
      voted_at: s.clock(),
      receipt: null,
    }
    await tx.insertInto('governance_votes').values(review).execute()
    await tx.updateTable('governance_reviews').set({ state: 'approved' }).where('id', '=', task).execute()
  })
  const { recovered } = await s.reopen()
  assert.deepEqual(recovered, { unknown: 0, resumed: 1 })
  assert.equal((await performed(s, task)).status, 'performed')
})
