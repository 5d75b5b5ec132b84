import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openTestSandbox, returned } from './testing/open-test-sandbox.ts'

let opened: Awaited<ReturnType<typeof openTestSandbox>>
before(async () => {
  opened = await openTestSandbox()
})
after(() => opened.sandbox.close())

/** Works until it is warned, then gives what it has. */
const listening = (work: string) => `exports.run = async (args, api) => {
  let warning
  api.budget.onWarning((given) => { warning = given })
  for (let i = 0; warning === undefined; i += 1) { ${work} }
  return warning
}`

const cases: readonly (readonly [string, string, Parameters<typeof opened.run>[1] & object])[] = [
  ['time', 'await sleep(5)', { budgets: { wallMs: 1_500 } }],
  ['cpu', 'for (let j = 0; j < 1e5; j++); await sleep(0)', { budgets: { cpuMs: 2_000 } }],
  [
    'memory',
    '(globalThis.kept ??= []).push(new Uint8Array(1e6).fill(1)); await sleep(5)',
    { budgets: { memoryMB: 32 } },
  ],
  ['calls', 'await api.graph.search({})', { budgets: { calls: 10 } }],
  ['output', 'await api.graph.search({ q: "x".repeat(100) })', { budgets: { outputBytes: 2_000 } }],
]
for (const [budget, work, run] of cases) {
  test(`a plugin is warned of its ${budget} budget, can still end well, and the replay is warned at the same place`, async () => {
    const code = listening(work)
    let recorded = await opened.run(code, run)
    // On a machine so busy that a fifth of the budget passes between two looks of the host, the stop comes with the warning.
    for (let i = 0; i < 4 && recorded.end !== 'returned'; i += 1) recorded = await opened.run(code, run)
    const warning = returned(recorded) as { budget: string; used: number; allowed: number }
    assert.equal(warning.budget, budget)
    assert.ok(
      warning.used >= warning.allowed * 0.8 && warning.used <= warning.allowed,
      JSON.stringify(warning),
    )
    assert.ok(recorded.deliveries !== undefined)
    const { determinism, deliveries } = recorded
    const budgets = { ...run.budgets, wallMs: 60_000, cpuMs: 60_000 }
    const replayed = await opened.run(code, { ...run, budgets, determinism, replay: { deliveries } })
    assert.deepEqual(returned(replayed), warning)
  })
}

test('rows are counted behind the calls and warned of like the rest', async () => {
  let rows = 0
  const recorded = await opened.run(listening('await api.graph.search({})'), {
    rows: { allowed: 10, used: () => rows },
    onCall: async () => {
      rows += 3
      return { ok: true, value: [] }
    },
  })
  assert.deepEqual(returned(recorded), { budget: 'rows', used: 9, allowed: 10 })
  assert.deepEqual(recorded.deliveries?.at(-2), { warning: 'rows', used: 9, allowed: 10 })
})

test('a plugin that goes on after its warning is stopped', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => { api.budget.onWarning(() => console.log('warned')); for (;;) await sleep(5) }`,
    { budgets: { wallMs: 3_000 } },
  )
  assert.ok(report.end === 'exceeded')
  assert.equal(report.budget, 'time')
  assert.ok(report.used >= report.allowed)
  assert.equal(report.usage.logBytes, 'warned'.length)
})

test('what remains of calls and output is known without asking the host', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => {
       const before = api.budget.remaining()
       await api.graph.search({ q: 1 })
       return [before, api.budget.remaining()]
     }`,
    { budgets: { calls: 5, outputBytes: 1_000 } },
  )
  assert.deepEqual(returned(report), [
    { calls: 5, outputBytes: 1_000 },
    { calls: 4, outputBytes: 1_000 - '{"q":1}'.length },
  ])
})

test('nobody is warned who did not ask, and nothing is recorded of it', async () => {
  const report = await opened.run('exports.run = () => sleep(200).then(() => 1)', {
    budgets: { wallMs: 230 },
  })
  if (report.end === 'returned') assert.deepEqual(report.deliveries, [{ timers: 1 }])
  else assert.ok(report.end === 'exceeded')
})

test('a warning that throws ends the run, and what is not a function is refused', async () => {
  const thrown = await opened.run(
    `exports.run = async (args, api) => { api.budget.onWarning(() => { throw new RangeError('mine') }); for (;;) await api.graph.search({}) }`,
    { budgets: { calls: 5 } },
  )
  assert.ok(thrown.end === 'threw', JSON.stringify(thrown))
  assert.equal(thrown.error.message, 'mine')
  const refused = await opened.run('exports.run = (args, api) => { api.budget.onWarning(5) }')
  assert.ok(refused.end === 'threw')
  assert.match(refused.error.message, /takes a function/)
  const flood = await opened.run('exports.run = (args, api) => { for (;;) api.budget.onWarning(() => 1) }')
  assert.ok(flood.end === 'threw')
  assert.match(flood.error.message, /More than 16/)
})
