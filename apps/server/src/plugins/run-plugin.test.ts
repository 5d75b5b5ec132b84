import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Sandbox } from '../sandbox/index.ts'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { TestServer } from '../../../../tests/support/test-server.ts'
import { dataPackage } from '../../../../tests/support/test-package.ts'
import type { TestPackage } from '../../../../tests/support/test-package.ts'

let made = 0

/** Installs a plugin of this code, runs it, and answers what the gate said. */
async function runOf(
  s: TestServer,
  plugin: TestPackage & { readonly caps?: readonly string[]; readonly input?: unknown },
) {
  made += 1
  const id = await s.install(s.a, { name: `probe-${made}`, ...plugin }, plugin.caps)
  const { outcome, receiptId } = await s.ask(s.a.analyst, 'plugin.run', { id, input: plugin.input ?? {} })
  const [intent, outcomeReceipt] = (await s.receipts({ operation: 'plugin.run' })).slice(-2)
  assert.deepEqual(
    [intent?.phase, outcomeReceipt?.phase, outcomeReceipt?.id],
    ['intent', 'outcome', receiptId],
  )
  assert.equal(outcomeReceipt?.decision, outcome.ok ? 'allowed' : 'denied')
  return { id, outcome, denial: outcome.ok ? undefined : outcome.denial, receipt: outcomeReceipt }
}

const graph = { capabilities: { graph: ['read'], network: false } }

async function withGraph(t: TestContext): Promise<TestServer> {
  const s = await createTestServer(t)
  const entities = Array.from({ length: 30 }, (_, i) => ({
    key: `host:${i}`,
    type: 'host',
    name: `acme host ${i}`,
  }))
  await s.value(s.a.admin, 'graph.import', {
    source: { name: 's', version: '1', licence: 'CC0-1.0' },
    entities,
  })
  return s
}

test('each way to use too much ends as its own denial with numbers, while another plugin keeps answering', async (t) => {
  const s = await withGraph(t)
  // Time enough for every budget but time itself, on a busy machine too.
  const small = { budgets: { ms: 30_000, memoryMB: 16, rows: 10, calls: 3, outputBytes: 2_000 } }
  const brief = { budgets: { ...small.budgets, ms: 300 } }
  const ends: [string, TestPackage][] = [
    ['BudgetExceeded:time', { code: 'for (;;) {}', ...brief }],
    ['BudgetExceeded:time', { code: 'for (;;) await null', ...brief }],
    ['BudgetExceeded:cpu', { code: 'for (;;) {}', budgets: { ...small.budgets, cpuMs: 100 } }],
    ['BudgetExceeded:time', { code: 'await new Promise(() => {})', ...brief }],
    [
      'BudgetExceeded:memory',
      {
        code: 'const kept = []; for (;;) kept.push(new Array(10_000).fill(1))',
        ...small,
      },
    ],
    [
      'BudgetExceeded:rows',
      { code: "return await api.graph.search({ q: 'acme', limit: 30 })", manifest: graph, ...small },
    ],
    [
      'BudgetExceeded:calls',
      { code: "for (;;) await api.graph.search({ q: 'acme', limit: 1 })", manifest: graph, ...small },
    ],
    ['BudgetExceeded:output', { code: "return { text: 'x'.repeat(3_000) }", ...small }],
  ]
  const quiet = await s.install(s.a, { name: 'quiet', code: 'return { alive: true }' })
  for (const [code, plugin] of ends) {
    const [hostile, other] = await Promise.all([
      runOf(s, { ...plugin, ...(plugin.manifest === graph ? { caps: ['read:graph'] } : {}) }),
      s.value(s.a.colleague, 'plugin.run', { id: quiet }).catch((error: unknown) => error),
    ]).catch((error: unknown) => assert.fail(`${code}: ${String(error)}`))
    assert.deepEqual((other as { result: unknown }).result, { alive: true })
    // A result over budget may be told as either; both name it.
    const codes = code === 'BudgetExceeded:output' ? [code, 'result_invalid'] : [code]
    assert.ok(codes.includes(hostile.denial?.code ?? ''), `${plugin.code}: ${JSON.stringify(hostile.denial)}`)
    if (hostile.denial?.code === code) {
      const { used, allowed } = hostile.denial.params as { used: number; allowed: number }
      assert.ok(used >= allowed, `${code}: ${used} of ${allowed}`)
    }
    const { run } = await s.value(s.a.analyst, 'run.detail', { id: hostile.receipt?.run ?? '' })
    assert.ok(run.state === 'denied' || run.state === 'failed', run.state)
  }
})

test('a breach cannot be swallowed: the run ends denied though the plugin catches the refusal', async (t) => {
  const s = await withGraph(t)
  const { denial } = await runOf(s, {
    code: "try { await api.graph.search({ q: 'acme', limit: 30 }) } catch {} return { ok: true }",
    manifest: graph,
    budgets: { rows: 10 },
    caps: ['read:graph'],
  })
  assert.deepEqual([denial?.code, denial?.params], ['BudgetExceeded:rows', { used: 30, allowed: 10 }])
})

test('a result that is no plain JSON is refused with the reason', async (t) => {
  const s = await createTestServer(t)
  for (const [reason, code] of [
    ['cyclic', 'const a = {}; a.a = a; return a'],
    ['not_json', 'return () => 1'],
    ['not_json', 'return 10n'],
    ['schema', "return { entities: 'none' }"],
    ['schema', "return { entities: [{ key: 'k', type: 'Not A Type', name: 'n' }] }"],
    ['schema', "return { entities: [{ key: 'k', type: 't', name: 'n', hidden: 1 }] }"],
    ['schema', "return { relations: [{ from: 'a', to: 'b' }] }"],
    ['not_json', "return { entities: [{ key: 'k', type: 't', name: 'nul \\u0000' }] }"],
    ['not_json', "return { entities: [{ key: 'k', type: 't', name: 'lone \\ud800' }] }"],
    ['not_json', "return { text: 'lone \\ud800' }"],
  ] as const) {
    const { denial } = await runOf(s, { code })
    assert.deepEqual([denial?.code, denial?.params['reason']], ['result_invalid', reason], code)
  }
})

test('whatever a plugin throws is told as text, masked and cut, and its receipt is written', async (t) => {
  const s = await createTestServer(t)
  for (const [code, told] of [
    ["throw new TypeError('x is not a function')", /^TypeError: x is not a function$/],
    ["throw 'just text'", /just text/],
    ['throw null', /null/],
    ['throw undefined', /undefined/],
    ['throw { toString() { throw 1 } }', /./],
    ['throw new Proxy({}, { get() { throw 1 } })', /./],
    ["throw Object.assign(new Error('x'), { name: { toString: null } })", /./],
    ["throw new Error('lone \\ud800 nul \\u0000')", /./],
    ["throw new Error('token=abcdef0123456789')", /secret cut/],
    ["throw new Error('x'.repeat(1e6))", /^.{1,500}$/s],
    ["return Promise.reject(new RangeError('later'))", /RangeError: later/],
  ] as const) {
    const { denial, receipt } = await runOf(s, { code })
    assert.equal(denial?.code, 'plugin_threw', code)
    assert.match(String(denial?.params['error']), told, code)
    assert.ok(receipt)
  }
})

test('a refused call that escapes is the outcome; a plugin cannot forge one', async (t) => {
  const s = await withGraph(t)
  const honest = await runOf(s, { code: "return await api.graph.search({ q: 'acme' })", manifest: graph })
  assert.deepEqual(honest.denial?.params, { capability: 'read:graph', package: honest.id, declared: true })
  assert.match(honest.denial?.change ?? '', /plugin grant/)
  const forged = await runOf(s, {
    code: "throw Object.assign(new Error('no'), { code: 'CapabilityDenied', params: { capability: 'write:everything' } })",
  })
  assert.equal(forged.denial?.code, 'plugin_threw')
  const renamed = await runOf(s, {
    code: "try { await api.graph.search({ q: 'acme' }) } catch (e) { e.code = 'BudgetExceeded:rows'; e.params = { used: 1 }; throw e }",
    manifest: graph,
  })
  assert.deepEqual(
    [renamed.denial?.code, renamed.denial?.params['capability']],
    ['CapabilityDenied', 'read:graph'],
  )
  const swallowed = await runOf(s, {
    code: "return await api.graph.search({ q: 'acme' }).catch((e) => ({ code: e.code }))",
    manifest: graph,
  })
  assert.deepEqual(swallowed.outcome.ok && (swallowed.outcome.value as { result: unknown }).result, {
    code: 'CapabilityDenied',
  })
})

test('what the manifest does not name is denied for good, and says so', async (t) => {
  const s = await createTestServer(t)
  const { denial } = await runOf(s, { code: "return await api.graph.search({ q: 'acme' })" })
  assert.equal(denial?.params['declared'], false)
  assert.match(denial?.change ?? '', /never be granted/)
})

test('asking in plain English needs its grant and that of the graph', async (t) => {
  const s = await createTestServer(t)
  const code =
    "return await api.nl2cypher({ question: 'who?' }).catch((e) => ({ code: e.code, missing: e.params.capability }))"
  const manifest = { permissions: ['use:nl2cypher'], capabilities: { graph: ['read'] } }
  const resultOf = async (caps: readonly string[]) => {
    const { outcome } = await runOf(s, { code, manifest, caps })
    return outcome.ok && (outcome.value as { result: unknown }).result
  }
  assert.deepEqual(await resultOf([]), { code: 'CapabilityDenied', missing: 'use:nl2cypher' })
  assert.deepEqual(await resultOf(['use:nl2cypher']), { code: 'CapabilityDenied', missing: 'read:graph' })
  assert.deepEqual(await resultOf(['use:nl2cypher', 'read:graph']), { code: 'question_not_understood' })
})

test('a revocation holds on the next call of a run under way', async (t) => {
  const s = await withGraph(t)
  const id = await s.install(
    s.a,
    {
      name: 'patient',
      code: "await api.graph.search({ q: 'acme', limit: 1 }); console.log('first'); for (;;) { await api.sleep?.(5); await api.graph.search({ q: 'acme', limit: 1 }) }",
      manifest: graph,
      budgets: { calls: 5_000, rows: 5_000, ms: 20_000 },
    },
    ['read:graph'],
  )
  const running = s.denial(s.a.analyst, 'plugin.run', { id })
  while ((await s.receipts({ operation: 'graph.search' })).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 2))
  await s.value(s.a.admin, 'plugin.revoke', { id, caps: ['read:graph'] })
  const denial = await running
  assert.deepEqual([denial.code, denial.params['capability']], ['CapabilityDenied', 'read:graph'])
  const calls = await s.receipts({ operation: 'graph.search' })
  assert.deepEqual(calls.map((call) => call.decision).slice(-2), ['allowed', 'denied'])
})

test('spans, receipts and meters tell the same calls, those included that the plugin did not wait for', async (t) => {
  const s = await withGraph(t)
  const { id, outcome, receipt } = await runOf(s, {
    code: "await api.graph.search({ q: 'acme', limit: 2 }); api.graph.search({ q: 'acme', limit: 3 }); api.graph.entity({ id: 'nothing' }).catch(() => {}); return 1",
    manifest: graph,
    caps: ['read:graph'],
  })
  assert.ok(outcome.ok)
  const { spans, usage, costMicros, runId } = outcome.value as {
    spans: { receiptId: string; rows: number; costMicros: string }[]
    usage: { calls: number; rows: number }
    costMicros: string
    runId: string
  }
  assert.deepEqual([spans.length, usage.calls, usage.rows, receipt?.calls], [3, 3, 5, 3])
  const receipts = (await s.receipts()).filter((each) => each.run === runId && each.phase !== 'intent')
  const billed = receipts.reduce((sum, each) => sum + BigInt(each.cost_micros), 0n)
  assert.equal(billed.toString(), costMicros)
  const [meter] = (await s.value(s.a.finops, 'usage.read', {})).rows
  assert.deepEqual(
    [meter?.key, meter?.runs, meter?.calls, meter?.rows, meter?.costMicros],
    [id, 1, 3, 5, costMicros],
  )
  assert.equal((await s.value(s.a.finops, 'budget.read', {})).spentMicros, costMicros)
  assert.deepEqual(
    new Set(spans.map((span) => span.receiptId)).isSubsetOf(new Set(receipts.map((each) => each.id))),
    true,
  )
})

test('input is held against the manifest before anything starts, and hostile schemas and values end as denials', async (t) => {
  const s = await createTestServer(t)
  const schema = {
    type: 'object',
    required: ['q'],
    properties: { q: { type: 'string' } },
    additionalProperties: false,
  }
  const misfit = async (input: unknown, of: unknown = schema) => {
    made += 1
    const id = await s.install(s.a, { name: `strict-${made}`, manifest: { input: of } })
    const { outcome } = await s.ask(s.a.analyst, 'plugin.run', { id, input })
    return outcome.ok ? 'ok' : outcome.denial.code
  }
  assert.equal(await misfit({ q: 'x' }), 'ok')
  assert.equal(await misfit({ q: 1 }), 'plugin_input_invalid')
  assert.equal(await misfit({}), 'plugin_input_invalid')
  assert.equal(await misfit({ q: 'x', more: 1 }), 'plugin_input_invalid')
  assert.equal(
    (await s.receipts({ operation: 'plugin.run' })).filter(({ phase }) => phase === 'intent').length,
    1,
  )
})

test('a run names its case wherever it was given, and one that is not there is unknown', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, { code: 'return args' })
  const incident = await s.value(s.a.analyst, 'case.create', { title: 'x' })
  const direct = await s.value(s.a.analyst, 'plugin.run', { id, case: incident.id })
  assert.deepEqual(direct.result, { case: incident.id })
  const inside = await s.value(s.a.analyst, 'plugin.run', { id, input: { case: incident.id } })
  for (const { runId } of [direct, inside]) {
    assert.equal((await s.value(s.a.analyst, 'run.detail', { id: runId })).run.case, incident.id)
  }
  assert.equal(
    (await s.denial(s.a.analyst, 'plugin.run', { id, case: `case_${'0'.repeat(32)}` })).code,
    'case_unknown',
  )
})

test('a data package does not run', async (t) => {
  const s = await createTestServer(t)
  const columns = [{ name: 'port', type: 'integer' }] as const
  const table = await dataPackage({
    name: 'ports',
    csv: 'port\n22\n',
    columns,
    key: { kind: 'exact', column: 'port' },
  })
  const id = await s.install(s.a, table)
  for (const operation of ['plugin.run', 'run.submit']) {
    const denial = await s.denial(s.a.analyst, operation, { id })
    assert.deepEqual([denial.code, denial.params['wanted']], ['kind_mismatch', 'plugin'])
  }
})

test('sleeping costs no CPU budget', async (t) => {
  const s = await createTestServer(t)
  const { outcome } = await runOf(s, {
    code: 'await api.sleep(400); return 1',
    budgets: { ms: 5_000, cpuMs: 200 },
  })
  assert.equal(outcome.ok, true)
})

test('a sandbox process that is lost ends its run as that, and what it used is settled', async (t) => {
  const lost: Sandbox = {
    level: 'development',
    run: () =>
      Promise.resolve({
        end: 'crashed',
        detail: 'signal SIGSEGV: file:///srv/switchboard/runner/main.js:1 what it said last',
        usage: { wallMicros: 5, cpuMicros: 7, memoryBytes: 1, calls: 0, outputBytes: 0, logBytes: 0 },
        determinism: { seed: '0'.repeat(64), startMs: 0 },
        deliveries: undefined,
      }),
    stats: () => ({ runners: 0, blank: 0, busy: 0, waiting: 0, started: 0, killed: 0, endings: {} }),
    close: () => Promise.resolve(),
  }
  const s = await createTestServer(t, { sandbox: lost })
  const { denial, receipt } = await runOf(s, {})
  assert.equal(denial?.code, 'runner_lost')
  // Its last words name paths of the machine, and whoever has taken it over chooses them: they are for operators.
  assert.equal(denial?.params['detail'], 'signal SIGSEGV')
  assert.ok((receipt?.cost_micros ?? 0) > 0)
  assert.equal((await s.value(s.a.finops, 'budget.read', {})).reservedMicros, '0')
})
