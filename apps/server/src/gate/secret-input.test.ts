import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow } from '@switchboard/api'
import { createTestGate, testVia, trustedCode } from '../../../../tests/support/test-gate.ts'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import { handleExternal, handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'

const note = { id: `note_${'0'.repeat(32)}`, text: '', by: 'analyst', at: 0 }
/** An operation whose `text` is a secret. */
const addSecretNote = handleWrite(
  { ...operationOf('case.add_note'), secretInput: ['text'] },
  { run: () => Promise.resolve(allow(note)) },
)

test('a secret input is in no receipt, whether it was taken, malformed or put into the wrong field', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'Case' })
  const gate = createTestGate(s, [addSecretNote])
  const inputs = [
    { id, text: 'a' },
    { id, text: 'something longer' },
    { id, text: { nested: 'hunter2' } },
    { id, text: '' },
    { id, txet: 'hunter2' },
  ]
  for (const input of inputs) await gate.perform({ operation: 'case.add_note', input, caller: s.a.analyst })
  const receipts = await s.receipts({ operation: 'case.add_note' })
  const digests = receipts.map(({ parts }) => JSON.stringify(parts['input']))
  assert.equal(digests.length, inputs.length)
  assert.deepEqual([...new Set(digests)], [digests[0]], 'the digest depends on nothing but the case')
  assert.doesNotMatch(JSON.stringify(receipts), /hunter2|something longer/)
})

test('a secret input takes no idempotency key, whose digest would have to be kept', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'Case' })
  const gate = createTestGate(s, [addSecretNote])
  const { outcome } = await gate.perform({
    operation: 'case.add_note',
    input: { id, text: 'hunter2' },
    caller: s.a.analyst,
    idempotencyKey: 'k',
  })
  assert.equal(outcome.ok, false)
  assert.deepEqual(await s.database.read.selectFrom('idempotency_keys').selectAll().execute(), [])
})

test('a secret input is refused where anything else would be kept for a review', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'Case', tlp: 'AMBER' })
  const input = { id, tlp: 'GREEN' }
  const resource = () =>
    Promise.resolve(
      allow({
        type: 'Case',
        id,
        organisation: s.a.organisation,
        tlp: 'AMBER',
        attributes: { pap: 'CLEAR' },
      } as const),
    )
  const run = () => Promise.resolve(allow({ id, tlp: 'GREEN' as const }))
  const spec = operationOf('case.set_tlp')
  const codes = []
  for (const one of [spec, { ...spec, secretInput: ['tlp'] }]) {
    const gate = createTestGate(s, [handleWrite(one, { resource, run })])
    const { outcome } = await gate.perform({ operation: 'case.set_tlp', input, caller: s.a.analyst })
    codes.push(outcome.ok ? 'allowed' : outcome.denial.code)
  }
  assert.deepEqual(codes, ['approval_required', 'policy_denied'])
  assert.equal((await s.value(s.a.reviewer, 'review.list', {})).rows.length, 1)
})

test('an operation that needs several capabilities names the one that is missing', async (t) => {
  const s = await createTestServer(t)
  const uninstall = operationOf('plugin.uninstall')
  for (const [granted, wanted] of [
    [['read:graph', 'read:case'], undefined],
    [['read:graph'], 'read:case'],
    [['read:case'], 'read:graph'],
    [[], 'read:graph'],
  ] as const) {
    const search: Registration = handleRead(
      { ...operationOf('graph.search'), capability: () => ['read:graph', 'read:case'] },
      { run: () => Promise.resolve(allow({ rows: [] })) },
    )
    let answered: unknown
    const outer = handleExternal(
      { ...uninstall, name: 'plugin.run' as never },
      {
        resource: trustedCode,
        async run(ctx) {
          answered = (await ctx.perform('graph.search', { q: 'x' }, { via: testVia() })).outcome
          return { outcome: allow({}) as never }
        },
      },
    )
    const gate = createTestGate(s, [outer, search], {
      permitsOf: () =>
        Promise.resolve({ granted: new Set(granted), ceilings: { tlp: 'RED', pap: 'RED', licences: ['*'] } }),
    })
    await gate.perform({ operation: 'plugin.run', input: { id: 'probe' }, caller: s.a.analyst })
    const { ok, denial } = answered as {
      ok: boolean
      denial?: { code: string; params: { capability: string } }
    }
    assert.deepEqual([ok, denial?.params.capability], [wanted === undefined, wanted])
  }
})
