import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, deny, caseDenials } from '@switchboard/api'
import { createTestGate, trustedCode } from '../../../../tests/support/test-gate.ts'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { TestServer } from '../../../../tests/support/test-server.ts'
import { Fault } from '../kernel/fault.ts'
import { handleExternal, operationOf } from '../kernel/handler.ts'

const title = { title: 'Once' }

async function casesOf(s: TestServer): Promise<number> {
  return (await s.value(s.a.analyst, 'case.list', {})).rows.length
}

test('the same key and input bring back the first answer and its receipt, and nothing is done again', async (t) => {
  const s = await createTestServer(t)
  const first = await s.ask(s.a.analyst, 'case.create', title, { idempotencyKey: 'k1' })
  const again = await s.ask(s.a.analyst, 'case.create', title, { idempotencyKey: 'k1' })
  assert.deepEqual(again.outcome, first.outcome)
  assert.equal(again.receiptId, first.receiptId)
  assert.equal(again.replayed, true)
  assert.equal(first.replayed, undefined)
  assert.equal(await casesOf(s), 1)
  assert.equal((await s.receipts({ operation: 'case.create' })).length, 1)
})

test('a key that comes back with another input or another operation is refused and receipted', async (t) => {
  const s = await createTestServer(t)
  await s.value(s.a.analyst, 'case.create', title, { idempotencyKey: 'k1' })
  const other = await s.ask(s.a.analyst, 'case.create', { title: 'Twice' }, { idempotencyKey: 'k1' })
  assert.equal(other.outcome.ok ? '' : other.outcome.denial.code, 'idempotency_conflict')
  assert.ok(other.receiptId)
  const { id } = (await s.value(s.a.analyst, 'case.list', {})).rows[0] ?? assert.fail('no case')
  const denial = await s.denial(s.a.analyst, 'case.add_note', { id, text: 'x' }, { idempotencyKey: 'k1' })
  assert.equal(denial.code, 'idempotency_conflict')
  assert.equal(await casesOf(s), 1)
})

test('keys of different people and organisations never meet', async (t) => {
  const s = await createTestServer(t)
  for (const who of [s.a.analyst, s.a.colleague, s.b.analyst]) {
    const { replayed } = await s.ask(who, 'case.create', title, { idempotencyKey: 'k1' })
    assert.equal(replayed, undefined)
  }
})

test('of many that arrive at once with one key exactly one is performed, and each gets its answer or is told to wait', async (t) => {
  const s = await createTestServer(t)
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => s.ask(s.a.analyst, 'case.create', title, { idempotencyKey: 'k1' })),
  )
  assert.equal(await casesOf(s), 1)
  const ids = new Set<unknown>()
  for (const { outcome } of answers) {
    if (outcome.ok) ids.add((outcome.value as { id: string }).id)
    else assert.equal(outcome.denial.code, 'idempotency_in_progress')
  }
  assert.equal(ids.size, 1)
})

test('a second request during an external effect is told to wait, with a receipt, and gets the answer afterwards', async (t) => {
  const s = await createTestServer(t)
  const release = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  const gate = createTestGate(s, [
    handleExternal(operationOf('plugin.uninstall'), {
      resource: trustedCode,
      async run() {
        started.resolve()
        await release.promise
        return { outcome: allow(purged) }
      },
    }),
  ])
  const request = {
    operation: 'plugin.uninstall',
    input: { id: 'probe' },
    caller: s.a.admin,
    idempotencyKey: 'k1',
  }
  const first = gate.perform(request)
  await started.promise
  const second = await gate.perform(request)
  assert.equal(second.outcome.ok ? '' : second.outcome.denial.code, 'idempotency_in_progress')
  assert.ok(second.receiptId)
  release.resolve()
  const { receiptId } = await first
  const third = await gate.perform(request)
  assert.deepEqual([third.replayed, third.receiptId, third.outcome.ok], [true, receiptId, true])
})

test('a refused effect frees its key, and so does one whose world failed', async (t) => {
  const s = await createTestServer(t)
  let answer: 'deny' | 'throw' | 'allow' = 'deny'
  const gate = createTestGate(s, [
    handleExternal(operationOf('evidence.export'), {
      resource: (ctx) =>
        Promise.resolve(
          allow({ type: 'Bundle', id: 'b', organisation: ctx.actor.organisation, tlp: 'CLEAR' } as const),
        ),
      run() {
        if (answer === 'throw') throw new Fault('disk_gone', 'The disk is gone.', { retryable: true })
        return Promise.resolve({
          outcome: answer === 'deny' ? deny(caseDenials, 'case_unknown', { case: 'c' }) : allow(exported),
        })
      },
    }),
  ])
  const request = { operation: 'evidence.export', input: {}, caller: s.a.analyst, idempotencyKey: 'k1' }
  assert.equal((await gate.perform(request)).outcome.ok, false)
  answer = 'throw'
  await assert.rejects(() => gate.perform(request), { code: 'disk_gone' })
  answer = 'allow'
  const { outcome, replayed } = await gate.perform(request)
  assert.deepEqual([outcome.ok, replayed], [true, undefined])
})

test('an answer that could not be finished frees its key', async (t) => {
  const s = await createTestServer(t)
  let fails = true
  const gate = createTestGate(s, [
    handleExternal(operationOf('evidence.export'), {
      resource: (ctx) =>
        Promise.resolve(
          allow({ type: 'Bundle', id: 'b', organisation: ctx.actor.organisation, tlp: 'CLEAR' } as const),
        ),
      run: () => Promise.resolve({ outcome: allow(exported) }),
      complete(value) {
        if (fails) throw new Fault('log_pending', 'Not yet.', { retryable: true })
        return Promise.resolve(value)
      },
    }),
  ])
  const request = { operation: 'evidence.export', input: {}, caller: s.a.analyst, idempotencyKey: 'k1' }
  await assert.rejects(() => gate.perform(request), { code: 'log_pending' })
  fails = false
  assert.equal((await gate.perform(request)).outcome.ok, true)
})

test('an answer that holds a secret is never kept: a key is refused', async (t) => {
  const s = await createTestServer(t)
  const asked: [string, unknown][] = [
    ['token.create', { name: 'x', scopes: ['*'] }],
    ['user.invite', { name: 'eve', roles: ['analyst'] }],
  ]
  for (const [operation, input] of asked) {
    const denial = await s.denial(s.a.admin, operation, input, { idempotencyKey: 'k1' })
    assert.deepEqual([denial.code, denial.params['field']], ['input_invalid', 'Idempotency-Key'])
  }
  assert.deepEqual(await s.database.read.selectFrom('idempotency_keys').selectAll().execute(), [])
})

test('a key that is empty, over-long or holds control characters is refused', async (t) => {
  const s = await createTestServer(t)
  for (const idempotencyKey of ['', 'x'.repeat(201), 'a\nb', 'a\u0000', 'ä'.repeat(40)]) {
    const denial = await s.denial(s.a.analyst, 'case.create', title, { idempotencyKey })
    assert.deepEqual([denial.code, denial.params['field']], ['input_invalid', 'Idempotency-Key'])
  }
  assert.equal(await casesOf(s), 0)
})

test('an earlier answer is given only to a caller who may still ask for it', async (t) => {
  const s = await createTestServer(t)
  const token = await s.value(s.a.analyst, 'token.create', { name: 'narrow', scopes: ['graph.search'] })
  await s.value(s.a.analyst, 'case.create', title, { idempotencyKey: 'k1' })
  const denial = await s.denial({ kind: 'token', secret: token.secret }, 'case.create', title, {
    idempotencyKey: 'k1',
  })
  assert.equal(denial.code, 'policy_denied')
})

test('an answer from before an approval was needed is no way around it', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'A leak', tlp: 'GREEN' })
  const ask = () => s.ask(s.a.analyst, 'evidence.export', { case: id }, { idempotencyKey: 'k1' })
  assert.equal((await ask()).outcome.ok, true)
  await s.value(s.a.analyst, 'case.set_tlp', { id, tlp: 'RED' })
  const { outcome, replayed } = await ask()
  assert.equal(outcome.ok ? '' : outcome.denial.code, 'policy_denied')
  assert.equal(replayed, undefined)
})

test('a request that was parked and comes again with its key finds the same review', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'A leak', tlp: 'AMBER' })
  const asked = await Promise.all(
    [1, 2, 3].map(() => s.denial(s.a.analyst, 'evidence.export', { case: id }, { idempotencyKey: 'k1' })),
  )
  const again = await s.denial(s.a.analyst, 'evidence.export', { case: id }, { idempotencyKey: 'k1' })
  assert.equal(again.code, 'approval_required')
  for (const denial of asked) {
    if (denial.code !== 'idempotency_in_progress')
      assert.equal(denial.params['taskId'], again.params['taskId'])
  }
  assert.equal((await s.value(s.a.reviewer, 'review.list', {})).rows.length, 1)
})

test('keys are forgotten after a day', async (t) => {
  const s = await createTestServer(t)
  await s.value(s.a.analyst, 'case.create', title, { idempotencyKey: 'k1' })
  s.advance(25 * 3_600_000)
  await s.reopen()
  assert.equal((await s.ask(s.a.analyst, 'case.create', title, { idempotencyKey: 'k1' })).replayed, undefined)
})

const purged = {
  id: 'probe',
  version: '1.0.0',
  digest: '0'.repeat(64),
  removed: [],
  kept: [],
  residue: [],
  scanned: { tables: 0, files: 0, bytes: 0 },
}
const exported = {
  bundle: '',
  sha256: '0'.repeat(64),
  manifestSha256: '0'.repeat(64),
  bytes: 0,
  receipts: 0,
  checkpoint: '',
  withheld: [],
}
