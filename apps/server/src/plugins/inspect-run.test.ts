import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestServer } from '../../../../tests/support/test-server.ts'

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3))

test('runs are listed by state and by who asked for them', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, { code: "if (args.fail) throw new Error('no'); return 1" })
  await s.value(s.a.analyst, 'plugin.run', { id })
  await s.denial(s.a.analyst, 'plugin.run', { id, input: { fail: true } })
  await s.value(s.a.colleague, 'plugin.run', { id })
  const listed = async (filter: object) =>
    (await s.value(s.a.analyst, 'run.list', filter)).rows.map(({ state, requestedBy }) => [
      state,
      requestedBy,
    ])
  assert.deepEqual(await listed({ state: 'failed' }), [['failed', 'analyst']])
  assert.deepEqual(await listed({ by: s.a.colleague.user }), [['succeeded', 'colleague']])
  assert.deepEqual(await listed({ by: s.b.analyst.user }), [])
  assert.deepEqual(await listed({ state: 'succeeded', by: s.a.analyst.user }), [['succeeded', 'analyst']])
})

test('the calls of a run can be seen while it runs', async (t) => {
  const s = await createTestServer(t)
  const code = "await api.graph.search({ q: 'x' }); await new Promise(() => {})"
  const id = await s.install(s.a, { code, manifest: { capabilities: { graph: ['read'] } } }, ['read:graph'])
  const { runId } = await s.value(s.a.analyst, 'run.submit', { id })
  const detail = () => s.value(s.a.analyst, 'run.detail', { id: runId })
  while ((await detail()).spans.length === 0) await pause()
  const { run, spans } = await detail()
  assert.deepEqual([run.state, spans.map(({ operation }) => operation)], ['running', ['graph.search']])
  await s.value(s.a.analyst, 'run.cancel', { id: runId })
  while ((await detail()).run.state === 'running') await pause()
  assert.deepEqual((await detail()).spans, spans)
})

test('a package says what one run of it may use here: what it asks for, below the ceilings', async (t) => {
  const s = await createTestServer(t, { ceilings: { rows: 50 } })
  const id = await s.install(s.a, { budgets: { ms: 2_000, memoryMB: 32, rows: 1_000 } })
  const { runBudgets } = await s.value(s.a.analyst, 'plugin.detail', { id })
  assert.deepEqual(runBudgets, {
    wallMs: 2_000,
    cpuMs: 2_000,
    memoryMB: 32,
    rows: 50,
    calls: 1_000,
    outputBytes: 1_048_576,
    logBytes: 262_144,
  })
})
