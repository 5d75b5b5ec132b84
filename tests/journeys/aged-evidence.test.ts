import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BundleReport } from '@switchboard/verifier'
import { draftOf } from '../../apps/server/src/evidence/testing/evidence-fixture.ts'
import { newId } from '../../apps/server/src/kernel/ids.ts'
import { createTestServer } from '../support/test-server.ts'
import type { TestServer, Who } from '../support/test-server.ts'
import { redRules, verify } from '../support/verify-file.ts'

const day = 24 * 60 * 60 * 1000
/** A tenth of what was done: three of these are pruned, six folded, one stays as it is. */
const tenth = 512

/** Receipts as the gate would have written them some days ago, on one day in their order. */
async function past(
  s: TestServer,
  days: number,
  count: number,
  { who = s.a.analyst, ...subject }: { readonly who?: Who; readonly case?: string } = {},
): Promise<readonly string[]> {
  const ids: string[] = []
  for (let left = count; left > 0; left -= 512) {
    const drafts = Array.from({ length: Math.min(left, 512) }, () =>
      draftOf(
        { id: newId('rct'), organisation: s.a.organisation, at: s.clock() - days * day },
        {
          actor: {
            organisation: s.a.organisation,
            user: who.user,
            name: 'somebody',
            roles: ['analyst'],
          },
          subject: { operation: 'graph.search', ...subject },
        },
      ),
    )
    await s.edit(async (tx) => {
      for (const draft of drafts) await s.server.evidence.record(tx, draft)
    })
    ids.push(...drafts.map((draft) => draft.id))
  }
  s.server.evidence.committed()
  await s.server.evidence.integrated(ids.slice(-1))
  return ids
}

async function approved(s: TestServer, operation: string, input: object): Promise<void> {
  const parked = await s.denial(s.a.admin, operation, input)
  assert.equal(parked.code, 'approval_required')
  const id = String(parked.params['taskId'])
  await s.value(s.a.reviewer, 'review.approve', { id })
  while ((await s.value(s.a.reviewer, 'review.detail', { id })).status !== 'performed')
    await new Promise((done) => setTimeout(done, 5))
}

/** Prunes and folds as the server does it daily. */
async function work(s: TestServer): Promise<void> {
  const [due] = await s.server.evidence.retention.dueForWork(s.clock())
  assert.ok(due !== undefined)
  const ended = await s.server.evidence.retention.work(due, s.clock(), async (operation, input) => {
    const { outcome } = await s.ask(s.a.admin, operation, input)
    return outcome.ok ? undefined : outcome.denial
  })
  assert.equal(ended, 'done')
}

async function exported(s: TestServer, redaction: object = {}): Promise<BundleReport> {
  const input = { from: s.clock() - 60 * day, ...redaction }
  const { bundle } = await s.value(s.a.auditor, 'evidence.export', input)
  return await verify(Buffer.from(bundle, 'base64'), s.server.evidence.logKey)
}
function assertGreen(report: BundleReport): void {
  assert.deepEqual([report.ok, redRules(report)], [true, []])
}

test('three tenths pruned, six folded, some redacted, one person erased, one case held: a bundle of the period is green', async (t) => {
  const s = await createTestServer(t)
  await approved(s, 'retention.set', {
    classes: { short: { keepDays: 30, foldAfterDays: 7 } },
    operations: { 'graph.search': 'short' },
  })
  const create = async (title: string) => (await s.value(s.a.analyst, 'case.create', { title })).id
  const [held, free] = [await create('held'), await create('free')]
  const kept = await past(s, 40, 64, { case: held })
  await past(s, 40, 3 * tenth, { case: free })
  await past(s, 10, 6 * tenth, { case: free })
  const young = await past(s, 1, tenth - 40, { case: free })
  await past(s, 1, 40, { case: free, who: s.a.colleague })
  const hold = await s.value(s.a.admin, 'hold.place', { case: held, reason: 'claim 17/26' })
  assertGreen(await exported(s))

  await work(s)
  const report = await exported(s)
  assertGreen(report)
  const logOf = ({ logs }: BundleReport) => logs.find((log) => log.class === 'short')
  const log = logOf(report)
  assert.deepEqual([log?.pruned, log?.folded, log?.full], [3 * tenth, 6 * tenth, tenth + kept.length])
  assert.deepEqual(log?.complete, [{ from: 0, to: log?.size }])
  assert.equal(log?.redactedParts, 0)

  // A twentieth closed on request, and one person erased.
  const redactReceipts = young.slice(0, tenth / 2)
  const redacted = await exported(s, { redactReceipts })
  assertGreen(redacted)
  assert.equal(logOf(redacted)?.redactedParts, 6 * redactReceipts.length)
  await s.value(s.a.admin, 'user.deactivate', { id: s.a.colleague.user })
  const colleague = { user: s.a.colleague.user }
  const { rows } = await s.value(s.a.admin, 'subject.report', colleague)
  await approved(s, 'subject.erase', { ...colleague, rows, reason: 'asked for it' })
  const erased = await exported(s)
  assertGreen(erased)
  assert.equal(logOf(erased)?.redactedParts, 6 * 40)

  // The held case refuses all three, and all of it is there.
  for (const operation of ['evidence.fold', 'evidence.prune'])
    assert.equal((await s.denial(s.a.admin, operation, { class: 'short', case: held })).code, 'under_hold')
  await s.value(s.a.admin, 'user.deactivate', { id: s.a.analyst.user })
  const erasure = { user: s.a.analyst.user, rows: 1, reason: 'asked for it' }
  assert.equal((await s.denial(s.a.admin, 'subject.erase', erasure)).code, 'under_hold')
  const read = await s.value(s.a.auditor, 'receipt.read', { id: kept.at(-1) ?? '' })
  assert.equal(read.receipt.case, held)
  const statements = await s.database.read.selectFrom('retention_statements').select('statement').execute()
  assert.ok(
    statements.some(({ statement }) => statement.includes(`"held":[{"hold":"${hold.id}","receipts":64}]`)),
  )

  await s.reopen()
  assertGreen(await exported(s))
})

test('an entry that somebody took out of the store is missing, also where they wrote a statement for it', async (t) => {
  const s = await createTestServer(t)
  await past(s, 5, 600)
  const [{ number } = { number: 0 }] = await s.database.read
    .selectFrom('logs')
    .select('number')
    .where('class', '=', 'standard')
    .execute()
  const gone = { from: 300, to: 301 }
  const row = await s.database.read
    .selectFrom('log_entries')
    .selectAll()
    .where('log', '=', number)
    .where('idx', '=', gone.from)
    .executeTakeFirstOrThrow()
  const vouching = await s.database.read
    .selectFrom('receipts')
    .select('id')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  const origin = await s.database.read
    .selectFrom('logs')
    .select('origin')
    .where('number', '=', number)
    .executeTakeFirstOrThrow()
  const root = Buffer.from(row.leaf_hash).toString('base64')
  const at = s.clock() - 5 * day
  const statement = JSON.stringify({
    class: 'standard',
    held: [],
    kind: 'prune',
    log: origin.origin,
    policy: '0'.repeat(64),
    ranges: [
      {
        from: gone.from,
        newestAt: at,
        oldestAt: at,
        subtrees: [{ from: gone.from, root, to: gone.to }],
        to: gone.to,
      },
    ],
  })
  await s.edit(async (tx) => {
    await tx.deleteFrom('log_entries').where('log', '=', number).where('idx', '=', gone.from).execute()
    await tx.deleteFrom('receipts').where('id', '=', row.receipt_id).execute()
  })
  const { outcome } = await s.gate
    .perform({ operation: 'evidence.export', input: {}, caller: s.a.auditor })
    .catch(() => ({ outcome: undefined }))
  assert.equal(outcome, undefined, 'the server itself vouches for no gap')
  // Somebody who knows the store makes it look like a prune: proofs go on, and the server notices nothing.
  await s.edit(async (tx) => {
    const facts = { log: number, from_idx: gone.from, to_idx: gone.to }
    await tx
      .insertInto('pruned_subtrees')
      .values({ ...facts, root: row.leaf_hash })
      .execute()
    await tx
      .insertInto('retention_ranges')
      .values({
        ...facts,
        action: 'prune',
        organisation: s.a.organisation,
        statement: vouching.id,
        first_id: row.receipt_id,
        last_id: row.receipt_id,
      })
      .execute()
    await tx
      .insertInto('retention_statements')
      .values({
        receipt_id: vouching.id,
        organisation: s.a.organisation,
        log: number,
        class: 'standard',
        action: 'prune',
        at,
        statement,
      })
      .execute()
  })
  const report = await exported(s)
  assert.equal(report.ok, false)
  const rules = redRules(report)
  assert.ok(rules.includes('statement_receipt'), rules.join(', '))
  assert.ok(rules.includes('complete_missing'), rules.join(', '))
})
