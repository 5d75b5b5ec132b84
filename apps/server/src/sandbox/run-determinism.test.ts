import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Delivery, RunReport } from './boundary.ts'
import { openTestSandbox, refuse, returned } from './testing/open-test-sandbox.ts'
import type { TestRun } from './testing/open-test-sandbox.ts'

let opened: Awaited<ReturnType<typeof openTestSandbox>>
before(async () => {
  opened = await openTestSandbox({ poolSize: 2 })
})
after(() => opened.sandbox.close())

const determinism = { seed: '0123456789abcdef'.repeat(4), startMs: Date.UTC(2026, 1, 3, 4, 5, 6, 7) }

/** Everything that a plugin could tell two runs apart by, as text. */
const telling = `
  const sort = [...'qwertyuiopasdfghjklzxcvbnm'].sort(() => Math.random() - 0.5).join('')
  const depth = (() => { let n = 0; const dive = () => { n += 1; dive() }; try { dive() } catch {} return n })()
  const busy = (() => { const before = Date.now(); for (let i = 0; i < 3e5; i++); return Date.now() - before })()
  return {
    random: Array.from({ length: 50 }, Math.random), sort, busy, depth: depth > 100,
    dates: [Date(), new Date(), Date.now(), new Date(2026, 0, 1), +new Date(0), new (new Date(1).constructor)(), new (class extends Date {})()],
    formats: [new Date().toString(), new Date().toLocaleString(), (1234567.891).toLocaleString(), new Intl.DateTimeFormat().format(),
      new Intl.DateTimeFormat('de', { timeStyle: 'full' }).format(), new Intl.DateTimeFormat().formatToParts(),
      Intl.DateTimeFormat().resolvedOptions(), ['b', 'a', 'B', 'ä'].sort(new Intl.Collator().compare), 'x'.localeCompare('X')],
    order: JSON.stringify({ b: 1, a: 2, 10: 3, 2: 4 }), stack: new Error('here').stack,
    globals: Object.getOwnPropertyNames(globalThis).sort(), events: globalThis.events,
  }`
const racing = `exports.run = async (args, api) => {
  const events = globalThis.events = []
  const note = (what) => () => events.push([what, Date.now(), Math.random()])
  const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  const all = []
  for (let i = 0; i < 12; i++) {
    all.push(api.graph.search({ i, r: Math.random(), at: Date.now() }).then(note('answer ' + i), note('refused ' + i)))
    all.push(after(i % 5).then(note('timer ' + i)))
    all.push(Promise.race([sleep(3), api.graph.search({ race: i })]).then(note('race ' + i), note('lost ' + i)))
  }
  const stopped = setTimeout(note('never'), 2); setTimeout(() => clearTimeout(stopped), 1)
  await Promise.all(all)
  ${telling}
}`

function answerInSomeOrder(): NonNullable<TestRun['onCall']> {
  return async (call) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 12))
    return call.id % 7 === 0
      ? refuse('CapabilityDenied')
      : { ok: true, value: { asked: call.args, nr: call.id } }
  }
}

/** Runs it, then again from what the first run reported alone. */
async function recordAndReplay(code: string | Record<string, string>, run: TestRun = {}) {
  const logs: string[][] = [[], []]
  const recorded = await opened.run(code, {
    onCall: answerInSomeOrder(),
    ...run,
    onLog: (line) => logs[0]?.push(line.text),
  })
  const replayed = await opened.run(code, {
    onCall: answerInSomeOrder(),
    ...run,
    ...replayOf(recorded),
    onLog: (line) => logs[1]?.push(line.text),
  })
  return { recorded, replayed, logs }
}

function replayOf(report: RunReport) {
  assert.ok(report.deliveries !== undefined)
  return { determinism: report.determinism, replay: { deliveries: report.deliveries } }
}

test('a run is repeated from its seed, its start and its deliveries, byte for byte', async () => {
  for (let i = 0; i < 5; i += 1) {
    const { recorded, replayed } = await recordAndReplay(racing)
    assert.equal(JSON.stringify(returned(replayed)), JSON.stringify(returned(recorded)))
    // Answers that came while it ended are at the end of the recording, and not needed again.
    assert.deepEqual(replayed.deliveries, recorded.deliveries?.slice(0, replayed.deliveries?.length))
  }
})

test('two runs with the same seed and start, without calls, are equal, and another seed is not', async () => {
  const code = `exports.run = async () => { await sleep(2); ${telling} }`
  const one = await opened.run(code, { determinism })
  const two = await opened.run(code, { determinism })
  assert.equal(JSON.stringify(returned(two)), JSON.stringify(returned(one)))
  const other = await opened.run(code, { determinism: { ...determinism, seed: 'f'.repeat(64) } })
  assert.notDeepEqual(returned(other), returned(one))
  const late = `${determinism.seed.slice(0, 63)}0`
  const almost = await opened.run('exports.run = () => Math.random()', {
    determinism: { ...determinism, seed: late },
  })
  const same = await opened.run('exports.run = () => Math.random()', { determinism })
  assert.notEqual(returned(almost), returned(same))
})

test('the clock starts where it is told, stands still while code runs, and moves with timers and answers', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => {
       const times = [Date.now()]
       for (let i = 0; i < 1e6; i++);
       times.push(Date.now())
       await sleep(25); times.push(Date.now())
       await sleep(25.9); times.push(Date.now())
       await api.graph.search({}); times.push(Date.now())
       return [times, new Date().toISOString()]
     }`,
    { determinism },
  )
  const [times, iso] = returned(report) as [number[], string]
  const { startMs } = determinism
  assert.deepEqual(times.slice(0, 4), [startMs, startMs, startMs + 25, startMs + 50])
  const [, answer] = report.deliveries ?? []
  assert.ok(answer !== undefined && 'atMs' in answer)
  assert.equal(times[4], answer.atMs)
  assert.equal(iso, new Date(answer.atMs).toISOString())
})

test('time zone and language are fixed, and formatting without a date shows the clock of the run', async () => {
  const report = await opened.run(
    `exports.run = () => {
       const { locale, timeZone } = Intl.DateTimeFormat().resolvedOptions()
       const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'short', timeStyle: 'medium' })
       return [locale, timeZone, new Date().getTimezoneOffset(), format.format(), format.format === format.format,
         format.formatToParts().map((part) => part.value).join(''), new Date().toLocaleString(), Date(), Date.length, Date.name]
     }`,
    { determinism },
  )
  assert.deepEqual(returned(report), [
    'en-US',
    'UTC',
    0,
    '03/02/2026, 04:05:06',
    true,
    '03/02/2026, 04:05:06',
    '2/3/2026, 4:05:06 AM',
    'Tue Feb 03 2026 04:05:06 GMT+0000 (Coordinated Universal Time)',
    7,
    'Date',
  ])
})

test('no other clock, no other chance and nothing that shows the collector is in reach', async () => {
  const report = await opened.run(
    `exports.run = () => ['crypto', 'performance', 'WeakRef', 'FinalizationRegistry', 'Temporal', 'ShadowRealm', 'SharedArrayBuffer',
       'Atomics', 'gc'].filter((name) => name in globalThis)`,
  )
  assert.deepEqual(returned(report), [])
})

test('timers fire by due time, then by age, and the recording only counts them', async () => {
  const { recorded, replayed } = await recordAndReplay(
    `exports.run = async (args, api) => {
       const fired = []
       for (const [name, ms] of [['d', 9], ['a', 1], ['b', 5], ['c', 5]]) setTimeout(() => fired.push(name + ms), ms)
       await sleep(9)
       await api.graph.search({})
       for (let i = 0; i < 300; i++) await sleep(0)
       return fired
     }`,
  )
  assert.deepEqual(returned(recorded), ['a1', 'b5', 'c5', 'd9'])
  const [first, second, third] = recorded.deliveries ?? []
  assert.deepEqual([first, third, recorded.deliveries?.length], [{ timers: 5 }, { timers: 300 }, 3])
  assert.ok(second !== undefined && 'answer' in second)
  assert.deepEqual(returned(replayed), returned(recorded))
})

test('a replay does not wait for timers', async () => {
  const deliveries: Delivery[] = [{ timers: 1 }]
  const report = await opened.run(`exports.run = async () => { await sleep(3_600_000); return Date.now() }`, {
    determinism,
    replay: { deliveries },
    budgets: { wallMs: 5_000 },
  })
  assert.equal(returned(report), determinism.startMs + 3_600_000)
})

test('logs, errors and escaped refusals are repeated too', async () => {
  const { recorded, replayed, logs } = await recordAndReplay(
    `exports.run = async (args, api) => {
       console.log(Math.random(), new Date()); await sleep(1); console.error(Date.now())
       for (let i = 0; i < 9; i++) await api.graph.search({ i })
     }`,
  )
  assert.ok(recorded.end === 'threw' && replayed.end === 'threw')
  assert.deepEqual(replayed.error, recorded.error)
  assert.equal(recorded.refusedCall, 7)
  assert.equal(replayed.refusedCall, 7)
  assert.deepEqual(logs[1], logs[0])
})

test('a module whose top level waits for a timer starts the same way again', async () => {
  const { recorded, replayed } = await recordAndReplay(
    `const order = []; setTimeout(() => order.push('timer'), 0); order.push('top')
     export async function run() { order.push('run'); await sleep(3); order.push(Date.now()); return order }`,
  )
  assert.deepEqual((returned(recorded) as unknown[]).slice(0, 3), ['top', 'run', 'timer'])
  assert.deepEqual(returned(replayed), returned(recorded))
})

const divergences: readonly (readonly [string, string, readonly Delivery[], number])[] = [
  ['asks for less', 'return 1 + await new Promise(() => {})', [{ answer: 1, atMs: 5 }], 0],
  [
    'starts no timer',
    'await api.graph.search({}); await new Promise(() => {})',
    [{ answer: 1, atMs: 5 }, { timers: 1 }],
    1,
  ],
  ['starts fewer timers', 'await sleep(1); await new Promise(() => {})', [{ timers: 2 }], 0],
  [
    'wants more answers',
    'await api.graph.search({}); await api.graph.search({})',
    [{ answer: 1, atMs: 5 }],
    1,
  ],
  ['wants more timers', 'await sleep(1); await sleep(1)', [{ timers: 1 }], 1],
]
for (const [what, body, deliveries, at] of divergences) {
  test(`code that ${what} than was recorded has diverged, and the report says where`, async () => {
    const report = await opened.run(`exports.run = async (args, api) => { ${body} }`, {
      determinism,
      replay: { deliveries },
    })
    assert.ok(report.end === 'diverged', JSON.stringify(report))
    assert.equal(report.at, at)
  })
}

test('a determinism or a recording that nobody made is a bug of the caller', async () => {
  const code = 'exports.run = () => 1'
  for (const wrong of [
    { ...determinism, seed: 'ab' },
    { ...determinism, startMs: 0.5 },
    { ...determinism, startMs: 9e15 },
  ])
    await assert.rejects(opened.run(code, { determinism: wrong }), RangeError)
  for (const delivery of [{ timers: 0 }, { timers: 1.5 }, { answer: 0, atMs: 1 }, { answer: 1, atMs: -1 }])
    await assert.rejects(opened.run(code, { replay: { deliveries: [delivery] } }), RangeError)
  const twice = [
    { answer: 1, atMs: 1 },
    { answer: 1, atMs: 1 },
  ]
  await assert.rejects(opened.run(code, { replay: { deliveries: twice } }), RangeError)
})
