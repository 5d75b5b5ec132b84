import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RunBudgets } from './boundary.ts'
import { openTestSandbox, returned } from './testing/open-test-sandbox.ts'

let opened: Awaited<ReturnType<typeof openTestSandbox>>
before(async () => {
  opened = await openTestSandbox({ poolSize: 2 })
})
after(() => opened.sandbox.close())

const breaches: readonly {
  readonly what: string
  readonly code: string
  readonly budgets: Partial<RunBudgets>
  readonly budget: string
}[] = [
  { what: 'an endless loop', code: 'for (;;);', budgets: { wallMs: 250 }, budget: 'time' },
  { what: 'an endless promise loop', code: 'for (;;) await 0', budgets: { wallMs: 250 }, budget: 'time' },
  {
    what: 'an endless loop after an await',
    code: 'await api.graph.search({}); for (;;);',
    budgets: { wallMs: 250 },
    budget: 'time',
  },
  {
    what: 'a BigInt loop, which V8 cannot interrupt',
    code: 'let b = 1n; for (;;) b = (b << 100000n) | b',
    budgets: { wallMs: 250, memoryMB: 256 },
    budget: 'time',
  },
  {
    what: 'a regular expression that backtracks for ever',
    code: '/^(a+)+$/.test("a".repeat(60) + "!")',
    budgets: { wallMs: 250 },
    budget: 'time',
  },
  {
    what: 'a regular expression that replaces for ever',
    code: '"a".repeat(60).replace(/(a|a|aa)+?$x/g, (m) => m)',
    budgets: { wallMs: 250 },
    budget: 'time',
  },
  {
    what: 'sorting a typed array of millions over and over',
    code: 'const a = new Float64Array(4e6); for (;;) { a.forEach((_, i) => (a[i] = i % 7919)); a.sort() }',
    budgets: { wallMs: 250, memoryMB: 256 },
    budget: 'time',
  },
  {
    what: 'one join of a huge array',
    code: 'const a = new Array(2e8); for (;;) a.join("")',
    budgets: { wallMs: 250, memoryMB: 512 },
    budget: 'time',
  },
  {
    what: 'one huge BigInt power',
    code: 'return String(7n ** 20_000_000n).length',
    budgets: { wallMs: 250, memoryMB: 256 },
    budget: 'time',
  },
  {
    what: 'a proxy that answers for ever',
    code: 'return JSON.stringify(new Proxy({}, { ownKeys: () => { for (;;); } }))',
    budgets: { wallMs: 250 },
    budget: 'time',
  },
  {
    what: 'a result whose toJSON never ends',
    code: 'return { toJSON() { for (;;); } }',
    budgets: { wallMs: 250 },
    budget: 'time',
  },
  { what: 'a wait for ever', code: 'await new Promise(() => {})', budgets: { wallMs: 150 }, budget: 'time' },
  {
    what: 'a flood of timers',
    code: 'for (;;) clearTimeout(setTimeout(() => {}, 1))',
    budgets: { wallMs: 250, memoryMB: 2000 },
    budget: 'time',
  },
  { what: 'computing', code: 'for (;;);', budgets: { cpuMs: 100 }, budget: 'cpu' },
  {
    what: 'a heap of objects',
    code: 'const a = []; for (;;) a.push({ x: [1, 2, 3] })',
    budgets: { memoryMB: 16 },
    budget: 'memory',
  },
  {
    what: 'a heap of buffers',
    code: 'const a = []; for (;;) a.push(new Uint8Array(1e6).fill(1))',
    budgets: { memoryMB: 16 },
    budget: 'memory',
  },
  {
    what: 'buffers the isolate does not count',
    code: 'const a = []; for (;;) { const b = new ArrayBuffer(8, { maxByteLength: 5e7 }); b.resize(5e7); a.push(new Uint8Array(b).fill(1)) }',
    budgets: { memoryMB: 16 },
    budget: 'memory',
  },
  { what: 'one huge array', code: 'new Array(5e8).fill(1)', budgets: { memoryMB: 16 }, budget: 'memory' },
  {
    what: 'a call too many',
    code: 'for (;;) await api.graph.search({})',
    budgets: { calls: 20 },
    budget: 'calls',
  },
  {
    what: 'a flood of calls nobody awaits',
    code: 'for (;;) api.graph.search({}); ',
    budgets: { calls: 500 },
    budget: 'calls',
  },
  {
    what: 'a large result',
    code: 'return "x".repeat(5000)',
    budgets: { outputBytes: 1000 },
    budget: 'output',
  },
  {
    what: 'a result that is large only as UTF-8',
    code: 'return "\\u20ac".repeat(400)',
    budgets: { outputBytes: 1000 },
    budget: 'output',
  },
  {
    what: 'arguments that add up',
    code: 'for (let i = 0; i < 9; i++) await api.graph.search({ q: "x".repeat(300) })',
    budgets: { outputBytes: 1000 },
    budget: 'output',
  },
]

for (const { what, code, budgets, budget } of breaches) {
  test(`${what} ends as ${budget} exceeded, while a neighbour keeps answering`, async () => {
    let over = false
    const breach = opened
      .run(`exports.run = async (args, api) => { ${code} }`, { trustDomain: 'hostile', budgets })
      .finally(() => (over = true))
    let answers = 0
    do {
      const report = await opened.run('exports.run = (args, api) => api.graph.search(args)', {
        trustDomain: 'neighbour',
      })
      assert.deepEqual(returned(report), [{ id: 'n1', asked: { q: 'acme' } }])
      answers += 1
    } while (!over)
    const report = await breach
    assert.ok(report.end === 'exceeded', JSON.stringify(report))
    assert.equal(report.budget, budget)
    assert.ok(report.used >= report.allowed)
    assert.ok(answers > 0)
  })
}

test('sleeping and waiting for calls cost time and no CPU budget', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => {
       await sleep(150)
       await new Promise((resolve) => setTimeout(resolve, 150))
       await api.graph.search({})
       return 'awake'
     }`,
    {
      budgets: { cpuMs: 200 },
      onCall: async () => {
        await new Promise((resolve) => setTimeout(resolve, 200))
        return { ok: true, value: null }
      },
    },
  )
  assert.equal(returned(report), 'awake')
  assert.ok(report.usage.wallMicros >= 490_000)
  assert.ok(report.usage.cpuMicros < 200_000)
})

test('a report accounts for calls, output, log and memory', async () => {
  const { usage } = await opened.run(
    `exports.run = async (args, api) => {
       console.log('12345'); console.error('678')
       globalThis.kept = new Uint8Array(20e6).fill(1)
       await api.graph.search({ q: 1 }); await api.graph.search({ q: 2 })
       return 'abc'
     }`,
  )
  assert.equal(usage.calls, 2)
  assert.equal(usage.outputBytes, '{"q":1}'.length * 2 + '"abc"'.length)
  assert.equal(usage.logBytes, 8)
  assert.ok(usage.memoryBytes >= 20e6)
  assert.ok(usage.cpuMicros > 0)
  assert.ok(usage.wallMicros > 0)
})

test('output is captured in order, cut at its budget with a mark, and the run goes on', async () => {
  const lines: string[] = []
  const report = await opened.run(
    `exports.run = async (args, api) => {
       console.log('a', { b: 1 }); console.error('c'); api.log('d')
       for (let i = 0; i < 1000; i++) console.log('x'.repeat(100))
       return 'done'
     }`,
    { budgets: { logBytes: 250 }, onLog: (line) => lines.push(`${line.stream} ${line.text}`) },
  )
  assert.equal(returned(report), 'done')
  assert.deepEqual(lines.slice(0, 3), ['out a {"b":1}', 'err c', 'out d'])
  assert.deepEqual(lines.slice(-2), [
    'err [output cut: the limit is 250 bytes, 5000 lines]',
    // After the 11 bytes before them, two long lines and 39 characters of a third were kept.
    'err [missing: 99761 characters of 998 lines]',
  ])
  assert.equal(report.usage.logBytes, 250)
})

test('lines without end are cut too, and how many is told even of a run that is stopped', async () => {
  const lines: string[] = []
  const code = 'exports.run = async () => { for (let i = 0; i < 9000; i++) console.log(i % 2 ? "" : "x") }'
  const report = await opened.run(code, { onLog: (line) => lines.push(line.text) })
  assert.equal(report.end, 'result_invalid')
  assert.deepEqual(lines.slice(5000), [
    `[output cut: the limit is ${65_536} bytes, 5000 lines]`,
    '[missing: 2000 characters of 4000 lines]',
  ])
  const endless = 'exports.run = async () => { for (;;) console.log("x") }'
  // On a busy machine its runner may be killed before it has said how much was lost.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    lines.length = 0
    const stopped = await opened.run(endless, {
      budgets: { logBytes: 10, cpuMs: 300 },
      onLog: (line) => lines.push(line.text),
    })
    assert.ok(stopped.end === 'exceeded', JSON.stringify(stopped))
    if (lines.at(-1)?.startsWith('[missing') === true) break
  }
  const [, chars] = /^\[missing: at least (\d+) characters of \1 lines\]$/.exec(lines.at(-1) ?? '') ?? []
  assert.ok(Number(chars) >= 1, lines.at(-1))
})

test('at most sixteen calls of a run are open at once, and all are answered', async () => {
  let open = 0
  let most = 0
  const report = await opened.run(
    `exports.run = async (args, api) => {
       const all = []
       for (let i = 0; i < 60; i++) all.push(api.graph.search({ i }))
       return (await Promise.all(all)).length
     }`,
    {
      onCall: async () => {
        open += 1
        most = Math.max(most, open)
        await new Promise((resolve) => setTimeout(resolve, 2))
        open -= 1
        return { ok: true, value: null }
      },
    },
  )
  assert.equal(returned(report), 60)
  assert.ok(most <= 16)
})
