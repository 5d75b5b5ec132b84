import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { TestServer } from '../../../../tests/support/test-server.ts'
import type { RunLogLine } from './live-logs.ts'

async function ended(s: TestServer, id: string) {
  for (;;) {
    const detail = await s.value(s.a.analyst, 'run.detail', { id })
    if (detail.run.state !== 'queued' && detail.run.state !== 'running') return detail
    await pause()
  }
}
async function until(s: TestServer, id: string, state: string): Promise<void> {
  while ((await s.value(s.a.analyst, 'run.detail', { id })).run.state !== state) await pause()
}
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3))
const forever = "console.log('begun'); await new Promise(() => {})"

test('a queued run is performed as its requester, and its job is gone', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, { code: "console.log('working'); return { n: args.n + 1 }" })
  const { runId, state } = await s.value(s.a.analyst, 'run.submit', { id, input: { n: 1 } })
  assert.equal(state, 'queued')
  const { run, result } = await ended(s, runId)
  assert.deepEqual([run.state, run.requestedBy, result], ['succeeded', 'analyst', { n: 2 }])
  const log = await s.value(s.a.analyst, 'run.log', { id: runId })
  assert.deepEqual([log.lines.map((line) => line.text), log.ended], [['working'], true])
  const receipts = await s.receipts({ operation: 'plugin.run' })
  assert.ok(receipts.every((receipt) => receipt.parts['actor']?.['user'] === s.a.analyst.user))
  while ((await s.database.read.selectFrom('jobs').selectAll().execute()).length > 0) await pause()
})

test('a queued run that is refused says so instead of waiting for ever', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, {})
  await s.value(s.a.finops, 'budget.set', { limitMicros: '1' })
  const { runId } = await s.value(s.a.analyst, 'run.submit', { id })
  const { run, denial } = await ended(s, runId)
  assert.deepEqual([run.state, (denial as { code: string }).code], ['denied', 'budget_exceeded'])
})

test('a queued run of somebody who was deactivated meanwhile ends as denied, with a receipt', async (t) => {
  const s = await createTestServer(t)
  const busy = await s.install(s.a, { name: 'busy', code: forever })
  const id = await s.install(s.a, { name: 'waits' })
  const first = await s.value(s.a.analyst, 'run.submit', { id: busy })
  await until(s, first.runId, 'running')
  const { runId } = await s.value(s.a.colleague, 'run.submit', { id })
  await s.value(s.a.admin, 'user.deactivate', { id: s.a.colleague.user })
  await s.value(s.a.analyst, 'run.cancel', { id: first.runId })
  const { run, denial } = await ended(s, runId)
  assert.deepEqual(
    [run.state, (denial as { code: string; params: unknown }).code],
    ['denied', 'unauthenticated'],
  )
  const told = (await s.receipts({ operation: 'plugin.run' })).filter(
    (receipt) => receipt.parts['actor']?.['user'] === s.a.colleague.user,
  )
  assert.deepEqual(
    told.map(({ decision, parts }) => [decision, parts['actor']?.['roles']]),
    [['denied', []]],
  )
})

test('a queued run starts only as what was queued, by who queued it, and once', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, { name: 'queued', code: forever })
  const other = await s.install(s.a, { name: 'other' })
  // The worker is busy with two runs, so a third waits.
  const [busy, waiting] = [
    await s.value(s.a.analyst, 'run.submit', { id }),
    await s.value(s.a.analyst, 'run.submit', { id, input: { n: 1 } }),
  ]
  await until(s, busy.runId, 'running')
  const run = waiting.runId
  const attempts = [
    [s.a.analyst, { id: other, run }],
    [s.a.analyst, { id, run }],
    [s.a.analyst, { id, run, input: { n: 2 } }],
    [s.a.colleague, { id, run, input: { n: 1 } }],
    [s.a.analyst, { id, run: busy.runId }],
  ] as const
  for (const [who, input] of attempts) {
    const denial = await s.denial(who, 'plugin.run', input)
    assert.equal(denial.code, 'run_not_active', JSON.stringify(input))
  }
  for (const runId of [run, busy.runId]) {
    await s.ask(s.a.analyst, 'run.cancel', { id: runId })
    await ended(s, runId)
  }
})

test('cancelling stops a run under way, keeps a queued one from starting, and settles what was used', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, { code: forever, budgets: { ms: 60_000 } })
  const first = await s.value(s.a.analyst, 'run.submit', { id })
  const second = await s.value(s.a.analyst, 'run.submit', { id })
  await until(s, first.runId, 'running')
  const queued = await s.value(s.a.analyst, 'run.cancel', { id: second.runId })
  assert.equal(queued.state, 'cancelled')
  assert.equal((await s.value(s.a.analyst, 'run.cancel', { id: first.runId })).state, 'running')
  const { run, denial } = await ended(s, first.runId)
  assert.deepEqual([run.state, (denial as { code: string }).code], ['cancelled', 'run_cancelled'])
  assert.equal((await s.denial(s.a.analyst, 'run.cancel', { id: first.runId })).code, 'run_not_active')
  while ((await s.database.read.selectFrom('jobs').selectAll().execute()).length > 0) await pause()
  assert.equal((await ended(s, second.runId)).run.state, 'cancelled')
  assert.equal((await s.value(s.a.finops, 'budget.read', {})).reservedMicros, '0')
})

test('a run ends when its caller goes away', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, { code: forever, budgets: { ms: 60_000 } })
  const abort = new AbortController()
  const running = s.denial(s.a.analyst, 'plugin.run', { id }, { signal: abort.signal })
  while ((await s.receipts({ operation: 'plugin.run' })).length === 0) await pause()
  abort.abort()
  assert.equal((await running).code, 'run_cancelled')
})

test('whoever follows a run gets every line once and one end, from any line and at any time', async (t) => {
  const s = await createTestServer(t)
  const lines =
    "for (let i = 1; i <= 20; i += 1) { console.log('line ' + i); await api.cases.read({ id: 'none' }).catch(() => {}) }"
  const id = await s.install(s.a, { code: lines, budgets: { ms: 30_000 } })
  const { runId } = await s.value(s.a.analyst, 'run.submit', { id })
  const followed = await Promise.all([0, 5, 0].map((after) => follow(s, runId, after)))
  await ended(s, runId)
  followed.push(await follow(s, runId, 15))
  const numbers = (from: number): number[] => Array.from({ length: 20 - from }, (_, i) => from + i + 1)
  assert.deepEqual(followed, [0, 5, 0, 15].map(numbers))
})

function follow(s: TestServer, run: string, after: number): Promise<number[]> {
  return new Promise((resolve) => {
    const lines: number[] = []
    s.server.plugins.follow(run, after, (event: RunLogLine | 'end') => {
      if (event === 'end') resolve(lines)
      else lines.push(event.line)
    })
  })
}

test('output is kept without secrets, without characters that cannot be kept, and cut at its budget', async (t) => {
  const s = await createTestServer(t, { ceilings: { logBytes: 2_000 } })
  const code =
    "console.log('nul \\u0000 lone \\ud800'); console.error('mail eve@example.org'); console.log('x'.repeat(5_000)); console.log('more'); return 1"
  const id = await s.install(s.a, { code })
  const { runId } = await s.value(s.a.analyst, 'plugin.run', { id })
  const { lines } = await s.value(s.a.analyst, 'run.log', { id: runId })
  assert.deepEqual(
    lines.slice(0, 2).map(({ stream, text }) => [stream, text]),
    [
      ['out', 'nul \ufffd lone \ufffd'],
      ['err', 'mail [email cut]'],
    ],
  )
  assert.match(lines.at(-2)?.text ?? '', /output cut/)
  assert.match(lines.at(-1)?.text ?? '', /^\[missing: \d+ characters of \d+ lines\]$/)
  const rest = await s.value(s.a.analyst, 'run.log', { id: runId, after: 2, limit: 1 })
  assert.deepEqual([rest.lines.length, rest.lines[0]?.line], [1, 3])
})
