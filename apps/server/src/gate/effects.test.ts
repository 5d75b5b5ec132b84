import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, caseDenials, deny, graphDenials } from '@switchboard/api'
import { createTestGate, testVia, trustedCode } from '../../../../tests/support/test-gate.ts'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { TestServer } from '../../../../tests/support/test-server.ts'
import { Fault } from '../kernel/fault.ts'
import { handleExternal, handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { Context, Registration } from '../kernel/handler.ts'

const noEntities = { rows: [] }

/** `plugin.uninstall` with another body: the simplest external effect. */
function external(
  run: (ctx: Context) => Promise<void>,
  more: Partial<Parameters<typeof handleExternal<typeof uninstall>>[1]> = {},
): Registration {
  return handleExternal(uninstall, {
    resource: trustedCode,
    async run(ctx) {
      await run(ctx)
      const scanned = { tables: 0, files: 0, bytes: 0 }
      return {
        outcome: allow({
          id: 'probe',
          version: '1.0.0',
          digest: '0'.repeat(64),
          removed: [],
          kept: [],
          residue: [],
          scanned,
        }),
      }
    },
    ...more,
  })
}
const uninstall = operationOf('plugin.uninstall')
const input = { id: 'probe' }

async function told(s: TestServer, operation: string) {
  return (await s.receipts({ operation })).map(({ phase, decision }) => `${phase} ${decision}`)
}

test('a write that is denied leaves its receipt and nothing else', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'Before' })
  let followed = false
  const gate = createTestGate(s, [
    handleWrite(operationOf('case.add_note'), {
      async run(ctx) {
        await ctx.tx.deleteFrom('cases').execute()
        ctx.afterCommit(() => (followed = true))
        return deny(caseDenials, 'case_unknown', { case: id })
      },
    }),
  ])
  const { outcome, receiptId } = await gate.perform({
    operation: 'case.add_note',
    input: { id, text: 'x' },
    caller: s.a.analyst,
  })
  assert.equal(outcome.ok, false)
  assert.deepEqual(await told(s, 'case.add_note'), ['effect denied'])
  assert.equal((await s.receipts({ operation: 'case.add_note' }))[0]?.id, receiptId)
  assert.equal((await s.value(s.a.analyst, 'case.list', {})).rows.length, 1)
  assert.equal(followed, false)
})

test('a fault in a write takes its rows back, leaves a failed receipt and is thrown', async (t) => {
  const s = await createTestServer(t)
  const gate = createTestGate(s, [
    handleWrite(operationOf('case.add_note'), {
      async run(ctx) {
        await ctx.tx.deleteFrom('identity_users').execute()
        throw new Fault('disk_full', 'The disk is full.', { retryable: true })
      },
    }),
  ])
  const request = {
    operation: 'case.add_note',
    input: { id: `case_${'0'.repeat(32)}`, text: 'x' },
    caller: s.a.analyst,
  }
  await assert.rejects(() => gate.perform(request), { name: 'Fault', code: 'disk_full', retryable: true })
  const [receipt] = await s.receipts({ operation: 'case.add_note' })
  assert.equal(receipt?.decision, 'failed')
  assert.deepEqual(receipt?.parts['output'], { fault: { code: 'disk_full', message: 'The disk is full.' } })
  assert.equal((await s.value(s.a.admin, 'user.list', {})).rows.length, 6)
})

test('a bug anywhere is thrown as a fault that tells nothing of the inside, and is reported', async (t) => {
  const s = await createTestServer(t)
  const bugs: unknown[] = []
  const broken = (): never => {
    throw new TypeError('secret detail')
  }
  const gate = createTestGate(
    s,
    [
      handleWrite(operationOf('case.add_note'), { run: broken }),
      handleWrite(operationOf('case.set_tlp'), { resource: broken, run: broken }),
      handleRead(operationOf('case.list'), { run: broken }),
      external(broken),
    ],
    { onBug: (error) => bugs.push(error) },
  )
  const id = `case_${'0'.repeat(32)}`
  const requests = [
    { operation: 'case.add_note', input: { id, text: 'x' }, caller: s.a.analyst },
    { operation: 'case.set_tlp', input: { id, tlp: 'RED' }, caller: s.a.analyst },
    { operation: 'case.list', input: {}, caller: s.a.analyst },
    { operation: 'plugin.uninstall', input, caller: s.a.admin },
  ]
  for (const request of requests) {
    await assert.rejects(
      () => gate.perform(request),
      (error: unknown) => {
        assert.ok(error instanceof Fault)
        assert.equal(error.code, 'internal')
        assert.doesNotMatch(error.message, /secret detail/)
        return true
      },
    )
  }
  assert.equal(bugs.length, requests.length)
  const receipts = await s.receipts({ organisation: s.a.organisation })
  assert.deepEqual(
    receipts
      .filter(({ operation }) => operation !== 'publisher.trust')
      .map(({ operation, phase, decision }) => `${operation} ${phase} ${decision}`),
    [
      'case.add_note effect failed',
      'case.set_tlp effect failed',
      'plugin.uninstall intent allowed',
      'plugin.uninstall outcome failed',
    ],
  )
})

test('an outcome that cannot be written is written as failed, and its intent does not dangle', async (t) => {
  const s = await createTestServer(t)
  const mended: string[] = []
  let applies = 0
  const gate = createTestGate(s, [
    handleExternal(uninstall, {
      resource: trustedCode,
      run: () =>
        Promise.resolve({
          outcome: allow({ id: '\ud800' } as never),
          async apply() {
            applies += 1
          },
        }),
      recover: async (_tx, intent) => void mended.push(intent.receiptId),
    }),
  ])
  await assert.rejects(() => gate.perform({ operation: 'plugin.uninstall', input, caller: s.a.admin }), {
    name: 'Fault',
  })
  assert.deepEqual(await told(s, 'plugin.uninstall'), ['intent allowed', 'outcome failed'])
  assert.equal(applies, 1)
  assert.deepEqual(mended, [(await s.receipts({ operation: 'plugin.uninstall' }))[0]?.id])
  assert.deepEqual(await s.server.evidence.danglingIntents(s.database.read), [])
})

test('what runs after a commit cannot make the effect look failed', async (t) => {
  const s = await createTestServer(t)
  const bugs: unknown[] = []
  const gate = createTestGate(
    s,
    [
      handleWrite(operationOf('session.end'), {
        run(ctx) {
          ctx.afterCommit(() => {
            throw new Error('deaf listener')
          })
          return Promise.resolve(allow({ ended: true }))
        },
      }),
    ],
    { onBug: (error) => bugs.push(error) },
  )
  const { outcome } = await gate.perform({ operation: 'session.end', input: {}, caller: s.a.analyst })
  assert.equal(outcome.ok, true)
  assert.deepEqual(await told(s, 'session.end'), ['effect allowed'])
  assert.equal(bugs.length, 1)
})

test('a write handler that performs another operation is a bug, not a deadlock', async (t) => {
  const s = await createTestServer(t)
  const gate = createTestGate(s, [
    handleWrite(operationOf('session.end'), {
      async run(ctx) {
        await ctx.perform('case.list', {})
        return allow({ ended: true })
      },
    }),
  ])
  await assert.rejects(() => gate.perform({ operation: 'session.end', input: {}, caller: s.a.analyst }), {
    code: 'internal',
  })
})

/** `plugin.run` with another body. */
function running(run: (ctx: Context) => Promise<void>): Registration {
  return handleExternal(operationOf('plugin.run'), {
    resource: trustedCode,
    async run(ctx) {
      await run(ctx)
      return { outcome: deny(caseDenials, 'case_unknown', { case: 'none' }) }
    },
  })
}

test('each nested call has a receipt of its own below the intent, in the same trace, as plugin and person together', async (t) => {
  const s = await createTestServer(t)
  const via = testVia()
  const gate = createTestGate(s, [
    handleRead(operationOf('graph.search'), { run: () => Promise.resolve(allow(noEntities)) }),
    handleWrite(operationOf('case.create'), { run: () => assert.fail('no capability opens this') }),
    running(async (ctx) => {
      await ctx.perform('graph.search', { q: 'x' }, { via })
      await ctx.perform('graph.search', { q: 'x', surprise: true }, { via })
      await ctx.perform('case.create', { title: 'x' }, { via })
    }),
  ])
  const traceId = 'a'.repeat(32)
  await gate.perform({ operation: 'plugin.run', input, caller: s.a.analyst, traceId })
  const receipts = (await s.receipts({ organisation: s.a.organisation })).filter(
    ({ operation }) => operation !== 'publisher.trust',
  )
  const [intent] = receipts
  assert.deepEqual(
    receipts
      .map(({ operation, phase, decision, parent }) => `${operation} ${phase} ${decision} ${parent}`)
      .toSorted(),
    [
      `case.create effect denied ${intent?.id}`,
      `graph.search effect allowed ${intent?.id}`,
      `graph.search effect denied ${intent?.id}`,
      'plugin.run intent allowed null',
      `plugin.run outcome denied ${intent?.id}`,
    ],
  )
  assert.equal(receipts.find(({ phase }) => phase === 'outcome')?.calls, 3)
  for (const { parts } of receipts.filter(({ phase }) => phase === 'effect')) {
    assert.equal(parts['actor']?.['user'], s.a.analyst.user)
    assert.deepEqual(parts['actor']?.['via'], {
      package: 'probe',
      version: '1.0.0',
      digest: via.digest,
      run: via.run,
    })
  }
})

test('a call that nobody waits for has its receipt before the outcome', async (t) => {
  const s = await createTestServer(t)
  const slow = Promise.withResolvers<void>()
  const gate = createTestGate(s, [
    handleRead(operationOf('graph.search'), {
      async run() {
        await slow.promise
        return allow(noEntities)
      },
    }),
    handleRead(operationOf('graph.entity'), {
      run: (_ctx, { id }) => Promise.resolve(deny(graphDenials, 'entity_unknown', { entity: id })),
    }),
    running((ctx) => {
      void ctx.perform('graph.search', { q: 'x' }, { via: testVia() })
      void ctx.perform('graph.entity', { id: 'x' }, { via: testVia() })
      setTimeout(() => slow.resolve(), 20)
      return Promise.resolve()
    }),
  ])
  await gate.perform({ operation: 'plugin.run', input, caller: s.a.analyst })
  while ((await s.server.evidence.pendingCount()) > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const logged = await s.database.read
    .selectFrom('receipts')
    .innerJoin('log_entries', 'log_entries.receipt_id', 'receipts.id')
    .select(['receipts.operation', 'receipts.phase'])
    .orderBy('log_entries.idx')
    .execute()
  assert.deepEqual(
    logged.slice(2).map(({ operation, phase }) => `${operation} ${phase}`),
    ['plugin.run intent', 'graph.entity effect', 'graph.search effect', 'plugin.run outcome'],
  )
})

test('a lease ends calls and rows, and what it refuses is receipted too', async (t) => {
  const s = await createTestServer(t)
  const codes: string[] = []
  const call = async (ctx: Context, via: ReturnType<typeof testVia>): Promise<void> => {
    const { outcome } = await ctx.perform('graph.search', { q: 'x' }, { via })
    codes.push(outcome.ok ? 'ok' : `${outcome.denial.code} ${JSON.stringify(outcome.denial.params)}`)
  }
  const gate = createTestGate(s, [
    handleRead(operationOf('graph.search'), {
      run(ctx) {
        ctx.count({ rows: 4 })
        return Promise.resolve(allow(noEntities))
      },
    }),
    handleExternal(operationOf('plugin.run'), {
      resource: trustedCode,
      async run(ctx) {
        const fewCalls = testVia({ calls: 2 })
        for (let i = 0; i < 3; i += 1) await call(ctx, fewCalls)
        const fewRows = testVia({ rows: 10 })
        for (let i = 0; i < 3; i += 1) await call(ctx, fewRows)
        return { outcome: deny(caseDenials, 'case_unknown', { case: 'none' }) }
      },
    }),
  ])
  await gate.perform({ operation: 'plugin.run', input, caller: s.a.analyst })
  const calls = 'BudgetExceeded:calls {"used":3,"allowed":2}'
  const rows = 'BudgetExceeded:rows {"used":12,"allowed":10}'
  assert.deepEqual(codes, ['ok', 'ok', calls, 'ok', 'ok', rows])
  assert.deepEqual(
    await told(s, 'graph.search'),
    ['allowed', 'allowed', 'denied', 'allowed', 'allowed', 'denied'].map((end) => `effect ${end}`),
  )
})

test('calls made at once cannot draw more from a lease than it holds', async (t) => {
  const s = await createTestServer(t)
  const via = testVia({ calls: 5, rows: 12 })
  const ends: boolean[] = []
  const gate = createTestGate(s, [
    handleRead(operationOf('graph.search'), {
      async run(ctx) {
        await new Promise((resolve) => setImmediate(resolve))
        ctx.count({ rows: 4 })
        return allow(noEntities)
      },
    }),
    handleExternal(operationOf('plugin.run'), {
      resource: trustedCode,
      async run(ctx) {
        const performed = await Promise.all(
          Array.from({ length: 20 }, () => ctx.perform('graph.search', { q: 'x' }, { via })),
        )
        ends.push(...performed.map(({ outcome }) => outcome.ok))
        return { outcome: deny(caseDenials, 'case_unknown', { case: 'none' }) }
      },
    }),
  ])
  await gate.perform({ operation: 'plugin.run', input, caller: s.a.analyst })
  assert.equal(ends.filter(Boolean).length, 3)
  assert.deepEqual([via.lease.calls, via.lease.rows], [0, 0])
})

test('nested calls that cannot be receipted fail their run, and the process goes on', async (t) => {
  const s = await createTestServer(t)
  const { evidence } = s.server
  let isBroken = false
  const gate = createTestGate(
    s,
    [
      handleRead(operationOf('graph.search'), { run: () => Promise.resolve(allow(noEntities)) }),
      running(async (ctx) => {
        isBroken = true
        await ctx.perform('graph.search', { q: 'x' }, { via: testVia() })
        // Long enough for a rejection that nobody hears to end the process.
        await new Promise((resolve) => setTimeout(resolve, 20))
        isBroken = false
      }),
    ],
    {
      evidence: {
        ...evidence,
        record: (tx, draft) =>
          isBroken
            ? Promise.reject(new Fault('store_unavailable', 'Gone.', { retryable: true }))
            : evidence.record(tx, draft),
      },
    },
  )
  await assert.rejects(() => gate.perform({ operation: 'plugin.run', input, caller: s.a.analyst }), {
    code: 'store_unavailable',
  })
  assert.deepEqual(await told(s, 'plugin.run'), ['intent allowed', 'outcome failed'])
})

test('somebody unknown leaves no receipt, whatever is asked', async (t) => {
  const s = await createTestServer(t)
  const before = (await s.receipts()).length
  const strangers = [
    { kind: 'none' },
    { kind: 'token', secret: 'swb_x' },
    { kind: 'session', secret: 'y'.repeat(10_000) },
  ] as const
  for (const stranger of strangers) {
    for (const operation of ['graph.search', 'case.create', 'plugin.run', 'session.create', 'demo.remove']) {
      const signsIn = operation === 'session.create'
      const input = signsIn ? { secret: 'no-such-secret-at-all' } : { title: 'x' }
      const denial = await s.denial(stranger, operation, input)
      assert.equal(
        denial.code,
        signsIn ? 'sign_in_refused' : 'unauthenticated',
        `${stranger.kind} ${operation}`,
      )
    }
  }
  assert.equal((await s.receipts()).length, before)
})

test('who signs in is whom the link names, whatever a browser or program still sends of somebody else', async (t) => {
  const s = await createTestServer(t)
  let held: { readonly kind: 'session' | 'token'; readonly secret: string } = {
    kind: 'session',
    secret: 'one-that-is-long-over',
  }
  for (const name of ['ana', 'bela', 'cleo']) {
    const { secret } = (await s.value(s.a.admin, 'user.invite', { name, roles: ['analyst'] })) as {
      secret: string
    }
    const signedIn = (await s.value(held, 'session.create', { secret })) as {
      session: string
      user: { name: string }
    }
    assert.equal(signedIn.user.name, name)
    held = { kind: 'session', secret: signedIn.session }
    assert.equal(((await s.value(held, 'user.self', {})) as { name: string }).name, name)
  }
})

test('a permitted read by a person leaves no receipt; one that policy refuses does', async (t) => {
  const s = await createTestServer(t)
  const permitted = await s.ask(s.a.analyst, 'case.list', {})
  const refused = await s.ask(s.a.analyst, 'user.list', {})
  assert.deepEqual([permitted.receiptId, refused.outcome.ok], [undefined, false])
  assert.deepEqual(await told(s, 'user.list'), ['effect denied'])
  assert.deepEqual(await told(s, 'case.list'), [])
})

test('input without a form of its own is refused before it can be mistaken for another', async (t) => {
  const s = await createTestServer(t)
  const cyclic: Record<string, unknown> = { title: 'x' }
  cyclic['self'] = cyclic
  let deep: unknown = 1
  for (let i = 0; i < 50_000; i += 1) deep = [deep]
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'A note\\u0000 that only says so' })
  for (const [operation, bad] of [
    ['case.create', { title: 'lone \ud800' }],
    ['case.create', { title: 'nul \u0000' }],
    ['case.create', { title: 'slash \\\u0000' }],
    ['case.create', cyclic],
    ['case.create', { title: 1n }],
    ['case.create', 'a string'],
    ['case.create', [1]],
    ['plugin.run', { id: 'probe', input: deep }],
    ['case.add_note', { id, text: '' }],
    ['case.add_note', { id, text: 'x'.repeat(200_001) }],
  ] as const) {
    assert.equal((await s.denial(s.a.analyst, operation, bad)).code, 'input_invalid')
  }
})

test('a trace id that is none is replaced, never refused', async (t) => {
  const s = await createTestServer(t)
  for (const traceId of ['', 'zz', '0'.repeat(32), 'A'.repeat(32), 'f'.repeat(33)]) {
    assert.equal((await s.ask(s.a.analyst, 'case.create', { title: 'x' }, { traceId })).outcome.ok, true)
  }
})

test('an operation that nobody registered is unknown', async (t) => {
  const s = await createTestServer(t)
  for (const operation of ['graph.explode', '__proto__', 'x'.repeat(100_000)]) {
    const denial = await s.denial(s.a.admin, operation)
    assert.equal(denial.code, 'operation_unknown')
    assert.ok(denial.message.length < 200)
  }
})
