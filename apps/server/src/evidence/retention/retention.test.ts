import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { NamedHold } from '@switchboard/api'
import { createTestServer } from '../../../../../tests/support/test-server.ts'
import type { TestServer } from '../../../../../tests/support/test-server.ts'
import { statementsOf } from '../index.ts'
import { digestOf, sha256Hex } from '../../kernel/canonical.ts'
import { newId } from '../../kernel/ids.ts'
import { draftOf } from '../testing/evidence-fixture.ts'

const day = 24 * 60 * 60 * 1000
const rules = {
  classes: { short: { keepDays: 30, foldAfterDays: 7 } },
  operations: { 'graph.search': 'short' },
} as const

/** Sets rules as an administrator, with a reviewer's approval. */
async function setRules(s: TestServer, input: object): Promise<void> {
  const parked = await s.denial(s.a.admin, 'retention.set', input)
  assert.deepEqual([parked.code, parked.params['rule']], ['approval_required', 'retention-needs-approval'])
  const before = (await s.value(s.a.auditor, 'retention.read', {})).setAt
  await s.value(s.a.reviewer, 'review.approve', { id: String(parked.params['taskId']) })
  while ((await s.value(s.a.auditor, 'retention.read', {})).setAt === before)
    await new Promise((done) => setTimeout(done, 5))
}

/** Receipts as the gate would have written them some days ago. */
async function past(s: TestServer, days: number, count: number, subject: object = {}): Promise<string[]> {
  const drafts = Array.from({ length: count }, () =>
    draftOf(
      { id: newId('rct'), organisation: s.a.organisation, at: s.clock() - days * day },
      {
        actor: {
          organisation: s.a.organisation,
          user: s.a.analyst.user,
          name: 'analyst',
          roles: ['analyst'],
        },
        subject: { operation: 'graph.search', ...subject },
      },
    ),
  )
  await s.edit(async (tx) => {
    for (const draft of drafts) await s.server.evidence.record(tx, draft)
  })
  s.server.evidence.committed()
  await s.server.evidence.integrated(drafts.map((draft) => draft.id))
  return drafts.map((draft) => draft.id)
}

async function withRules(t: TestContext): Promise<TestServer> {
  const s = await createTestServer(t)
  await setRules(s, rules)
  return s
}

test('without rules everything is standard and nothing ever goes', async (t) => {
  const s = await createTestServer(t)
  await past(s, 4_000, 300)
  const read = await s.value(s.a.auditor, 'retention.read', {})
  assert.deepEqual([read.classes, read.operations, read.setBy, read.worked], [{}, {}, null, null])
  assert.deepEqual(
    read.due.map((each) => [each.class, each.prune.receipts, each.fold.receipts]),
    [['standard', 0, 0]],
  )
  for (const name of ['standard', 'short', 'long'] as const) {
    for (const operation of ['evidence.prune', 'evidence.fold']) {
      const denial = await s.denial(s.a.admin, operation, { class: name })
      assert.deepEqual([denial.code, denial.params['class']], ['retention_unset', name])
    }
  }
  assert.deepEqual(await s.server.evidence.retention.dueForWork(s.clock()), [])
})

test('rules need a second person, and what is wrong with them is said before anybody is asked', async (t) => {
  const s = await createTestServer(t)
  const wrong: readonly [object, string, string[]][] = [
    [{ classes: {}, operations: { 'graph.serch': 'short' } }, 'operations_unknown', ['graph.serch']],
    [{ classes: {}, operations: { 'hold.lift': 'standard' } }, 'evidence_is_long', ['hold.lift']],
    [{ classes: { long: { keepDays: 9 } }, operations: {} }, 'long_is_kept', ['long.keepDays']],
    [
      { classes: { short: { keepDays: 7, foldAfterDays: 7 } }, operations: {} },
      'fold_before_prune',
      ['short'],
    ],
  ]
  for (const [input, rule, what] of wrong) {
    const denial = await s.denial(s.a.admin, 'retention.set', input)
    assert.deepEqual([denial.code, denial.params], ['retention_invalid', { rule, what }])
  }
  const never = { classes: { short: { keepDays: 0 } }, operations: {} }
  assert.equal((await s.denial(s.a.admin, 'retention.set', never)).code, 'input_invalid')
  assert.equal((await s.denial(s.a.reviewer, 'retention.set', rules)).code, 'policy_denied')
  assert.deepEqual((await s.value(s.a.reviewer, 'review.list', {})).rows, [])

  await setRules(s, rules)
  const read = await s.value(s.a.auditor, 'retention.read', {})
  assert.deepEqual(
    [read.classes, read.operations, read.setBy, read.digest],
    [rules.classes, rules.operations, 'admin', digestOf(rules).sha256],
  )
})

test('rules hold for receipts written from then on, and what is done to evidence is long whatever they say', async (t) => {
  const s = await createTestServer(t)
  const [before] = await past(s, 0, 1)
  await setRules(s, rules)
  const [after] = await past(s, 0, 1)
  const classOf = async (id: string | undefined) => {
    const { entry } = await s.value(s.a.auditor, 'receipt.read', { id: id ?? '' })
    return Buffer.from(entry, 'base64')[63]
  }
  assert.deepEqual([await classOf(before), await classOf(after)], [1, 2])
  const [set] = (await s.receipts({ operation: 'retention.set' })).filter((row) => row.decision === 'allowed')
  assert.equal(await classOf(set?.id), 3)
})

test('a prune answers the statement that its receipt commits to, and says of what is gone that it was pruned', async (t) => {
  const s = await withRules(t)
  const old = await past(s, 31, 300)
  const young = await past(s, 1, 300)
  const due = (await s.value(s.a.auditor, 'retention.read', {})).due.find((each) => each.class === 'short')
  assert.deepEqual([due?.prune.receipts, due?.fold.receipts], [300, 300])
  const performed = await s.ask(s.a.admin, 'evidence.prune', { class: 'short' })
  assert.ok(performed.outcome.ok)
  const statement = performed.outcome.value as { ranges: { from: number; to: number }[]; policy: string }
  assert.deepEqual(
    statement.ranges.map(({ from, to }) => [from, to]),
    [[0, 300]],
  )
  assert.equal(statement.policy, digestOf(rules).sha256)
  const [stored] = await statementsOf(s.database.read, s.a.organisation)
  assert.equal(stored?.receipt_id, performed.receiptId)
  const receipt = (await s.receipts({ operation: 'evidence.prune' })).at(-1)
  assert.equal(receipt?.parts['output']?.['sha256'], sha256Hex(stored?.statement ?? ''))

  const denial = await s.denial(s.a.auditor, 'receipt.read', { id: old[7] ?? '' })
  assert.deepEqual([denial.code, denial.params['by']], ['receipt_pruned', performed.receiptId])
  // Of another organisation nothing is said, and what never was is unknown.
  assert.equal((await s.denial(s.b.auditor, 'receipt.read', { id: old[7] ?? '' })).code, 'receipt_unknown')
  assert.equal((await s.denial(s.a.auditor, 'receipt.read', { id: newId('rct') })).code, 'receipt_unknown')
  const shown = await s.value(s.a.auditor, 'receipt.read', { id: young[7] ?? '' })
  assert.ok(shown.proof !== 'pending' && shown.proof.index === 307)
  const { rows } = await s.value(s.a.auditor, 'receipt.list', { operation: 'graph.search', limit: 1_000 })
  assert.equal(rows.length, 300)
  const again = await s.denial(s.a.admin, 'evidence.prune', { class: 'short' })
  assert.equal(again.code, 'nothing_due')
  const next = Date.parse(String(again.params['next']))
  assert.ok(Math.abs(next - (s.clock() + 29 * day)) < day / 24)

  await s.reopen()
  assert.equal((await s.denial(s.a.auditor, 'receipt.read', { id: old[0] ?? '' })).code, 'receipt_pruned')
  await past(s, 0, 10)
})

test('the hashes of a tile that is not full are kept until it is', async (t) => {
  const s = await withRules(t)
  await past(s, 31, 255)
  assert.equal((await s.denial(s.a.admin, 'evidence.prune', { class: 'short' })).code, 'nothing_due')
  await past(s, 31, 1)
  assert.equal((await s.value(s.a.admin, 'evidence.prune', { class: 'short' })).ranges[0]?.to, 256)
})

test('a folded receipt shows its time and counts, and is proved as before', async (t) => {
  const s = await withRules(t)
  const [id = ''] = await past(s, 8, 20)
  const before = await s.value(s.a.auditor, 'receipt.read', { id })
  const statement = await s.value(s.a.admin, 'evidence.fold', { class: 'short' })
  assert.deepEqual(
    statement.ranges.map(({ from, to }) => [from, to]),
    [[0, 20]],
  )
  const after = await s.value(s.a.auditor, 'receipt.read', { id })
  assert.equal(after.leaf, before.leaf)
  assert.deepEqual(after.proof, before.proof)
  assert.deepEqual([after.parts, after.receipt.operation, after.receipt.actor], [{}, '', ''])
  assert.equal(after.entry, Buffer.from(before.entry, 'base64').subarray(0, 112).toString('base64'))
  assert.equal(after.receipt.at, before.receipt.at)
  assert.match(after.receipt.sentence, /was folded/)
  assert.equal((await s.denial(s.a.admin, 'evidence.fold', { class: 'short' })).code, 'nothing_due')
  await s.reopen()
  assert.equal((await s.value(s.a.auditor, 'receipt.read', { id })).leaf, before.leaf)
})

test('a hold beats prune and fold: what is of its case stays and is counted, and of that alone nothing goes', async (t) => {
  const s = await withRules(t)
  const create = async (title: string) => (await s.value(s.a.analyst, 'case.create', { title })).id
  const [held, free] = [await create('held'), await create('free')]
  const kept = await past(s, 31, 100, { case: held })
  await past(s, 31, 200, { case: free })
  const hold = await s.value(s.a.admin, 'hold.place', { case: held, reason: 'claim 17/26' })
  for (const operation of ['evidence.fold', 'evidence.prune']) {
    const denial = await s.denial(s.a.admin, operation, { class: 'short', case: held })
    assert.deepEqual([denial.code, (denial.params['holds'] as NamedHold[])[0]?.hold], ['under_hold', hold.id])
    const unknown = await s.denial(s.a.admin, operation, { class: 'short', case: newId('case') })
    assert.equal(unknown.code, 'case_unknown')
  }
  const folded = await s.value(s.a.admin, 'evidence.fold', { class: 'short', case: free })
  assert.deepEqual([folded.held, folded.ranges[0]?.from, folded.ranges[0]?.to], [[], 100, 300])
  await past(s, 31, 300, { case: free })
  const pruned = await s.value(s.a.admin, 'evidence.prune', { class: 'short' })
  assert.deepEqual(pruned.held, [{ hold: hold.id, receipts: 100 }])
  assert.deepEqual(
    pruned.ranges.map(({ from, to }) => [from, to]),
    [[100, 512]],
  )
  const denial = await s.denial(s.a.admin, 'evidence.prune', { class: 'short' })
  assert.equal(denial.code, 'under_hold')
  const due = (await s.value(s.a.auditor, 'retention.read', {})).due.find((each) => each.class === 'short')
  assert.deepEqual([due?.prune.receipts, due?.prune.held], [0, 100])
  for (const id of kept.slice(0, 5)) assert.ok((await s.value(s.a.auditor, 'receipt.read', { id })).parts)
})

test('while a review waits, nothing goes that may be what it is about', async (t) => {
  const s = await withRules(t)
  await past(s, 31, 300)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x', tlp: 'RED' })
  assert.equal((await s.denial(s.a.analyst, 'evidence.export', { case: id })).code, 'approval_required')
  await s.edit((tx) =>
    tx
      .updateTable('governance_reviews')
      .set({ created_at: s.clock() - 40 * day })
      .where('state', '=', 'pending')
      .execute(),
  )
  assert.equal((await s.denial(s.a.admin, 'evidence.prune', { class: 'short' })).code, 'nothing_due')
  await s.edit((tx) => tx.updateTable('governance_reviews').set({ expires_at: 0 }).execute())
  assert.equal((await s.value(s.a.admin, 'evidence.prune', { class: 'short' })).ranges.length, 1)
})

test('once a day the server does what the rules say, in the name of who set them, as far as policy lets them', async (t) => {
  const s = await withRules(t)
  await past(s, 31, 600)
  const denials: string[] = []
  const work = async () => {
    const [due] = await s.server.evidence.retention.dueForWork(s.clock())
    if (due === undefined) return undefined
    assert.equal(due.user, s.a.admin.user)
    return await s.server.evidence.retention.work(due, s.clock(), async (operation, input) => {
      const { outcome } = await s.ask(s.a.admin, operation, input)
      if (!outcome.ok) denials.push(outcome.denial.code)
      return outcome.ok ? undefined : outcome.denial
    })
  }
  assert.equal(await work(), 'done')
  assert.deepEqual(denials, [])
  const { due, worked } = await s.value(s.a.auditor, 'retention.read', {})
  assert.equal(worked?.ended, 'done')
  assert.deepEqual(due.find((each) => each.class === 'short')?.prune.receipts, 0)
  assert.equal(await work(), undefined)
  s.advance(2 * day)
  await past(s, 31, 300)
  await s.edit((tx) =>
    tx.updateTable('identity_users').set({ roles: '["analyst"]' }).where('id', '=', s.a.admin.user).execute(),
  )
  assert.equal(await work(), 'policy_denied')
  assert.deepEqual(denials, ['policy_denied', 'policy_denied'])
})
