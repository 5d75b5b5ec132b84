import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, createClient, deny, gateDenials, pluginDenials } from '@switchboard/api'
import { Fault } from '../../kernel/fault.ts'
import { createFakeGate, post, someReceipt, startSurface } from '../testing/surface-under-test.ts'

const aCase = `case_${'a'.repeat(32)}`

test('a POST reaches the gate as one operation, path and body together, with token, key and trace', async () => {
  const gate = createFakeGate(() => allow({ ok: true }))
  await using server = await startSurface(gate)
  const response = await post(
    `${server.baseUrl}/plugins/ioc-triage/runs`,
    { input: { q: 'acme' }, case: aCase },
    {
      authorization: 'Bearer tok-1',
      'idempotency-key': 'k1',
      traceparent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`,
    },
  )
  assert.equal(response.status, 200)
  assert.deepEqual(await response.json(), { ok: true })
  assert.equal(response.headers.get('switchboard-receipt'), `${someReceipt}; pending`)
  assert.equal(response.headers.get('switchboard-cost-micros'), '1500')
  assert.match(response.headers.get('traceparent') ?? '', new RegExp(`^00-${'c'.repeat(32)}-`))
  assert.deepEqual(gate.asked, [
    {
      operation: 'plugin.run',
      input: { id: 'ioc-triage', input: { q: 'acme' }, case: aCase },
      caller: { kind: 'token', secret: 'tok-1' },
      traceId: 'c'.repeat(32),
      idempotencyKey: 'k1',
    },
  ])
})

test('a query becomes the numbers, truths and texts that the schema means, and what cannot be one stays text for the gate', async () => {
  const gate = createFakeGate(() => allow({ rows: [] }))
  await using server = await startSurface(gate)
  await fetch(`${server.baseUrl}/plugins?limit=5&installed=true&q=42`)
  await fetch(`${server.baseUrl}/plugins?limit=5e1&installed=yes`)
  assert.deepEqual(
    gate.asked.map(({ input }) => input),
    [
      { limit: 5, installed: true, q: '42' },
      { limit: '5e1', installed: 'yes' },
    ],
  )
})

test('a path field may hold any text, percent-encoded', async () => {
  const gate = createFakeGate(() => allow({}))
  await using server = await startSurface(gate)
  await fetch(`${server.baseUrl}/graph/entities/${encodeURIComponent('url:https://x.example/a?b=ü')}`)
  assert.deepEqual(gate.asked[0]?.input, { id: 'url:https://x.example/a?b=ü' })
})

test('a denial is a problem that carries code, facts, what would change it and its receipt, under the status of its category', async () => {
  const gate = createFakeGate(({ operation }) =>
    operation === 'plugin.run'
      ? deny(gateDenials, 'CapabilityDenied', {
          capability: 'read:graph',
          package: 'sample-enricher',
          declared: true,
        })
      : deny(gateDenials, 'unauthenticated', { reason: 'missing' }),
  )
  await using server = await startSurface(gate)
  const response = await post(`${server.baseUrl}/plugins/sample-enricher/runs`, {})
  assert.equal(response.status, 403)
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.deepEqual(await response.json(), {
    type: '/docs#denial-CapabilityDenied',
    title: 'sample-enricher was not granted read:graph.',
    status: 403,
    code: 'CapabilityDenied',
    category: 'forbidden',
    params: { capability: 'read:graph', package: 'sample-enricher', declared: true },
    message: 'sample-enricher was not granted read:graph.',
    change: 'An administrator can grant it: switchboard plugin grant sample-enricher read:graph',
    receiptId: someReceipt,
  })
  const nobody = await fetch(`${server.baseUrl}/me`)
  assert.equal(nobody.status, 401)
  assert.match(nobody.headers.get('www-authenticate') ?? '', /^Bearer/)
})

test('an operation that waits for approval is accepted, not done: 202 with the review to look at', async () => {
  await using server = await startSurface(
    createFakeGate(() =>
      deny(gateDenials, 'approval_required', { taskId: 'rev_1', rule: 'amber', quorum: 1 }),
    ),
  )
  const response = await post(`${server.baseUrl}/evidence/exports`, { case: aCase })
  assert.equal(response.status, 202)
  assert.equal(response.headers.get('location'), '/reviews/rev_1')
  assert.equal(((await response.json()) as { params: { taskId: string } }).params.taskId, 'rev_1')
})

test('a fault answers its code and nothing of the inside', async () => {
  const gate = createFakeGate(({ operation }) => {
    if (operation === 'user.self')
      throw new Fault('store_unavailable', 'disk /secret/path is full', { retryable: true })
    throw new Error('a bug at /secret/line')
  })
  await using server = await startSurface(gate)
  const fault = await fetch(`${server.baseUrl}/me`)
  assert.equal(fault.status, 503)
  const told = await fault.text()
  assert.match(told, /store_unavailable/)
  assert.doesNotMatch(told, /secret/)
  const bug = await fetch(`${server.baseUrl}/cases`)
  assert.equal(bug.status, 500)
  assert.match(await bug.text(), /"code":"internal_error"/)
})

test('the typed client gets values, denials and receipts back as they left the gate', async () => {
  const gate = createFakeGate(({ operation }) =>
    operation === 'plugin.grant'
      ? allow({ granted: true, capabilities: ['read:graph'] })
      : deny(pluginDenials, 'BudgetExceeded:time', { used: 5003, allowed: 5000 }),
  )
  await using server = await startSurface(gate)
  const client = createClient({ baseUrl: server.baseUrl, token: 'tok-1', fetch })
  const granted = await client.perform(
    'plugin.grant',
    { id: 'ioc-triage', caps: ['read:graph'] },
    { idempotencyKey: 'k' },
  )
  assert.ok(granted.ok)
  assert.deepEqual(granted.value.capabilities, ['read:graph'])
  assert.deepEqual(
    [granted.receiptId, granted.receiptState, granted.costMicros],
    [someReceipt, 'pending', 1500n],
  )
  const run = await client.perform('plugin.run', { id: 'ioc-triage' })
  assert.ok(!run.ok)
  assert.equal(run.denial.code, 'BudgetExceeded:time')
  assert.deepEqual(run.denial.params, { used: 5003, allowed: 5000 })
  // @ts-expect-error the operation has no such field
  await client.perform('plugin.run', { id: 'ioc-triage', nonsense: 1 })
})

test('signing in from a page sets a cookie that scripts cannot read, and the answer does not repeat the secret', async () => {
  const gate = createFakeGate(() =>
    allow({ session: 'ses-secret', user: { name: 'ana' }, expiresAt: Date.now() + 60_000 }),
  )
  await using server = await startSurface(gate)
  const response = await post(
    `${server.baseUrl}/session`,
    { secret: 'one-time-secret-123' },
    { origin: server.baseUrl },
  )
  assert.match(
    response.headers.get('set-cookie') ?? '',
    /^switchboard_session=ses-secret; HttpOnly; SameSite=Strict; Path=\/; Max-Age=[0-9]+$/,
  )
  assert.doesNotMatch(await response.text(), /ses-secret/)
  await post(
    `${server.baseUrl}/cases`,
    { title: 'x' },
    { origin: server.baseUrl, cookie: 'a=b; switchboard_session=ses-secret' },
  )
  assert.deepEqual(gate.asked[1]?.caller, { kind: 'session', secret: 'ses-secret' })
})
