import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow } from '@switchboard/api'
import { createTestGate, testVia, trustedCode } from '../../../../tests/support/test-gate.ts'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { TestServer } from '../../../../tests/support/test-server.ts'
import { createFinops } from '../finops/index.ts'
import { handleExternal, handleRead, operationOf } from '../kernel/handler.ts'
import type { GatePoint } from './pipeline.ts'

/** A run that stands still where a killed process would leave it: after its intent, with one call made and metered. */
async function interruptedRun(s: TestServer): Promise<string> {
  const arrived = Promise.withResolvers<void>()
  const gate = createTestGate(s, [
    handleRead(operationOf('graph.search'), {
      run(ctx) {
        ctx.count({ rows: 3 })
        return Promise.resolve(allow({ rows: [] }))
      },
    }),
    handleExternal(operationOf('plugin.run'), {
      resource: trustedCode,
      estimate: () => Promise.resolve(500_000n),
      async run(ctx) {
        await ctx.perform('graph.search', { q: 'x' }, { via: testVia() })
        arrived.resolve()
        return await new Promise<never>(() => {})
      },
    }),
  ])
  void gate.perform({
    operation: 'plugin.run',
    input: { id: 'probe' },
    caller: s.a.analyst,
    idempotencyKey: 'k1',
  })
  await arrived.promise
  while ((await s.receipts({ operation: 'graph.search' })).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 2))
  const [intent] = await s.receipts({ operation: 'plugin.run' })
  return intent?.id ?? assert.fail('no intent')
}

test('an intent without outcome becomes unknown at the next start, once, and its reservation comes back', async (t) => {
  const s = await createTestServer(t)
  const intent = await interruptedRun(s)
  const during = await s.value(s.a.finops, 'budget.read', {})
  assert.ok(BigInt(during.reservedMicros) > 0n)
  const used = await s.value(s.a.finops, 'usage.read', {})

  assert.deepEqual((await s.reopen()).recovered, { unknown: 1, resumed: 0 })
  const after = await s.value(s.a.finops, 'budget.read', {})
  assert.deepEqual([after.reservedMicros, after.spentMicros], ['0', during.spentMicros])
  // The call that was made stays metered, and nothing is metered again.
  assert.deepEqual((await s.value(s.a.finops, 'usage.read', {})).rows, used.rows)
  const receipts = await s.receipts({ operation: 'plugin.run' })
  assert.deepEqual(
    receipts.map(({ phase, decision, parent, cost_micros: cost }) => [phase, decision, parent, cost]),
    [
      ['intent', 'allowed', null, 0],
      ['outcome', 'unknown', intent, 0],
    ],
  )
  assert.deepEqual((await s.reopen()).recovered, { unknown: 0, resumed: 0 })
  assert.equal((await s.receipts({ operation: 'plugin.run' })).length, 2)
})

test('a request to the outside that a crash cut off is unknown, like the run that asked', async (t) => {
  const s = await createTestServer(t)
  const arrived = Promise.withResolvers<void>()
  const scope = 'net:api.example.org'
  const gate = createTestGate(
    s,
    [
      handleExternal(operationOf('net.fetch'), {
        resource: (ctx) =>
          Promise.resolve(
            allow({
              type: 'Destination',
              id: 'api.example.org',
              organisation: ctx.actor.organisation,
            } as const),
          ),
        async run() {
          arrived.resolve()
          return await new Promise<never>(() => {})
        },
      }),
      handleExternal(operationOf('plugin.run'), {
        resource: trustedCode,
        estimate: () => Promise.resolve(500_000n),
        async run(ctx) {
          await ctx.perform(
            'net.fetch',
            { url: 'https://api.example.org/' },
            { via: testVia({ declared: [scope] }) },
          )
          throw new Error('unreachable: the request never ends')
        },
      }),
    ],
    {
      permitsOf: () =>
        Promise.resolve({
          granted: new Set([scope]),
          ceilings: { tlp: 'GREEN', pap: 'GREEN', licences: ['*'] },
        }),
    },
  )
  void gate.perform({ operation: 'plugin.run', input: { id: 'probe' }, caller: s.a.analyst })
  await arrived.promise
  assert.deepEqual((await s.reopen()).recovered, { unknown: 2, resumed: 0 })
  for (const operation of ['net.fetch', 'plugin.run'])
    assert.deepEqual(
      (await s.receipts({ operation })).map(({ phase, decision }) => [phase, decision]),
      [
        ['intent', 'allowed'],
        ['outcome', 'unknown'],
      ],
    )
  const { reservedMicros, spentMicros } = await s.value(s.a.finops, 'budget.read', {})
  assert.deepEqual([reservedMicros, spentMicros], ['0', '0'])
})

test('the key of an interrupted effect is free after the next start', async (t) => {
  const s = await createTestServer(t)
  await interruptedRun(s)
  await s.reopen()
  const denial = await s.denial(s.a.analyst, 'plugin.run', { id: 'probe' }, { idempotencyKey: 'k1' })
  assert.equal(denial.code, 'not_installed')
})

test('a key whose answer was never finished is free after the next start', async (t) => {
  const s = await createTestServer(t)
  const claim = {
    organisation: s.a.organisation,
    user: s.a.analyst.user,
    key: 'k1',
    operation: 'case.create',
    input_sha256: 'x',
  }
  await s.database.writer.transact({ by: 'bootstrap' }, (tx) =>
    tx
      .insertInto('idempotency_keys')
      .values({ ...claim, receipt: 'rct_gone', package: null, answer: null, at: s.clock() })
      .execute(),
  )
  await s.reopen()
  assert.equal(
    (await s.ask(s.a.analyst, 'case.create', { title: 'x' }, { idempotencyKey: 'k1' })).outcome.ok,
    true,
  )
})

/** Performs with a world that fails right behind `point`, then starts again. A kill is rehearsed below tests/. */
async function failingAt(s: TestServer, operation: string, point: GatePoint, input: unknown) {
  await s.reopen({
    onPoint: (name, passage) => {
      if (name === point && passage.spec.name === operation && passage.fault === undefined)
        throw new Error('rehearsed')
    },
  })
  await s.ask(s.a.analyst, operation, input).then(
    () => undefined,
    () => undefined,
  )
  await s.reopen()
}

test('wherever a write fails, its rows are there exactly when a receipt says allowed', async (t) => {
  const s = await createTestServer(t, { expectErrors: /rehearsed|bug/ })
  for (const point of [
    'authenticate',
    'parse',
    'decide',
    'approve',
    'reserve',
    'run',
    'settle',
    'receipt',
    'committed',
  ] as const) {
    const title = `cut at ${point}`
    await failingAt(s, 'case.create', point, { title })
    const there = (await s.value(s.a.analyst, 'case.list', {})).rows.filter((row) => row.title === title)
    const allowed = (await s.receipts({ operation: 'case.create' })).filter(
      (receipt) => receipt.decision === 'allowed' && receipt.parts['subject']?.['case'] === there[0]?.id,
    )
    assert.deepEqual([there.length, allowed.length], point === 'committed' ? [1, 1] : [0, 0], point)
  }
})

test('wherever a run fails, its intent has one outcome and nothing stays reserved', async (t) => {
  const s = await createTestServer(t, { expectErrors: /rehearsed|bug/ })
  const id = await s.install(s.a, {})
  for (const point of ['reserve', 'intent_committed', 'run', 'settle', 'receipt', 'committed'] as const) {
    await failingAt(s, 'plugin.run', point, { id })
    const receipts = await s.receipts({ operation: 'plugin.run' })
    const intents = receipts.filter((receipt) => receipt.phase === 'intent')
    for (const intent of intents) {
      const outcomes = receipts.filter(
        (receipt) => receipt.phase === 'outcome' && receipt.parent === intent.id,
      )
      assert.equal(outcomes.length, 1, point)
    }
    assert.equal((await s.value(s.a.finops, 'budget.read', {})).reservedMicros, '0', point)
    const { rows: runs } = await s.value(s.a.analyst, 'run.list', {})
    assert.ok(
      runs.every((run) => run.state !== 'running'),
      point,
    )
  }
  const succeeded = (await s.receipts({ operation: 'plugin.run' })).filter(
    ({ phase, decision }) => phase === 'outcome' && decision === 'allowed',
  )
  const [meter] = (await s.value(s.a.finops, 'usage.read', {})).rows
  assert.equal(meter?.runs, succeeded.length + (await failedAndMetered(s)))
})

/** Runs that ended in a fault used the sandbox all the same. */
async function failedAndMetered(s: TestServer): Promise<number> {
  return (await s.receipts({ operation: 'plugin.run' })).filter(
    ({ phase, decision, cost_micros: cost }) => phase === 'outcome' && decision === 'failed' && cost > 0,
  ).length
}

test('a fault before a run began is metered as none', async (t) => {
  const s = await createTestServer(t)
  const gate = createTestGate(
    s,
    [
      handleExternal(operationOf('plugin.run'), {
        resource: trustedCode,
        estimate: () => Promise.resolve(500_000n),
        begin() {
          throw new Error('no')
        },
        run: () => assert.fail('it must not run'),
      }),
    ],
    { finops: createFinops({ defaultLimitMicros: 1_000_000_000n }) },
  )
  await assert.rejects(
    () => gate.perform({ operation: 'plugin.run', input: { id: 'probe' }, caller: s.a.analyst }),
    { code: 'internal' },
  )
  assert.deepEqual((await s.value(s.a.finops, 'usage.read', {})).rows, [])
  assert.equal((await s.value(s.a.finops, 'budget.read', {})).reservedMicros, '0')
})
