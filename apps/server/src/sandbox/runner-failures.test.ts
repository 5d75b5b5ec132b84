import assert from 'node:assert/strict'
import { duplexPair } from 'node:stream'
import { test } from 'node:test'
import { Fault } from '../kernel/fault.ts'
import { encodeFrame } from './frames.ts'
import { launchPlainProcess } from './launch-plain-process.ts'
import type { RunnerProcess } from './launch.ts'
import { openTestSandbox, returned } from './testing/open-test-sandbox.ts'

/** A runner that says what the test tells it to, once it is given a run. */
function launchForger(
  say: (send: (header: object, body?: string) => void, raw: (bytes: Buffer) => void) => void,
) {
  return (): RunnerProcess => {
    const [channel, inside] = duplexPair()
    const { promise, resolve } = Promise.withResolvers<string>()
    const send = (header: object, body = '') => void inside.write(encodeFrame(header, body))
    inside.on('data', (chunk: Buffer) => {
      if (chunk.includes('"t":"run"')) say(send, (bytes) => void inside.write(bytes))
    })
    send({ t: 'ready', version: 1 })
    return {
      level: 'development',
      pid: 0,
      channel,
      exited: promise,
      kill: () => resolve('killed'),
      readUsage: () => undefined,
    }
  }
}

const call = { t: 'call', run: 1, id: 1, method: 'graph.search' }
const end = { t: 'end', run: 1, cpuMicros: 0, heapBytes: 0, delivered: 0, timers: [] }

const forgeries: readonly (readonly [string, Parameters<typeof launchForger>[0]])[] = [
  ['a method that is not offered', (send) => send({ ...call, method: 'cases.addEntities' }, '{}')],
  ['a call out of order', (send) => send({ ...call, id: 7 }, '{}')],
  ['the same call twice', (send) => [send(call, '{}'), send(call, '{}')]],
  ['a call of another run', (send) => send({ ...call, run: 2 }, '{}')],
  [
    'more calls than the budget',
    (send) => Array.from({ length: 6 }, (_, i) => send({ ...call, id: i + 1 }, '{}')),
  ],
  ['more output than the budget', (send) => send(call, JSON.stringify({ q: 'x'.repeat(2000) }))],
  ['an end that was not asked for', (send) => send({ ...end, end: 'stopped' })],
  [
    'frames that say nothing, without end',
    (send) => Array.from({ length: 6_000 }, () => send({ t: 'listens', run: 1 })),
  ],
  ['an answer delivered that was not given', (send) => send({ ...end, end: 'returned', delivered: 1 }, '1')],
  [
    'timers after an answer that was not delivered',
    (send) => send({ ...end, end: 'returned', timers: [1, 1] }, '1'),
  ],
  ['a divergence from no recording', (send) => send({ ...end, end: 'diverged', at: 0 })],
  ['ready a second time', (send) => send({ t: 'ready', version: 1 })],
  ['idle during a run', (send) => send({ t: 'idle', run: 1 })],
  ['a pong nobody asked for', (send) => send({ t: 'pong', n: 9 })],
  ['a frame of four gigabytes', (_send, raw) => raw(Buffer.alloc(8, 0xff))],
  ['bytes that are no frame', (_send, raw) => raw(Buffer.from('\0\0\0\x04\0\0\0\0oops'))],
]
for (const [what, say] of forgeries) {
  test(`a runner that sends ${what} is ended and the run is reported as crashed`, async () => {
    await using opened = await openTestSandbox({ launch: launchForger(say) })
    const report = await opened.run('', { budgets: { calls: 5, outputBytes: 1000 } })
    assert.ok(report.end === 'crashed', JSON.stringify(report))
    assert.match(report.detail, /^protocol: /)
  })
}

test('a forged claim that a call was refused is not passed on', async () => {
  const error = JSON.stringify({ name: 'Error', message: 'denied', stack: '' })
  await using opened = await openTestSandbox({
    launch: launchForger((send) => send({ ...end, end: 'threw', refused: 1 }, error)),
  })
  const report = await opened.run('')
  assert.ok(report.end === 'threw')
  assert.equal(report.refusedCall, undefined)
})

test('a forged result over the output budget is exceeded, and a broken one is not JSON', async () => {
  await using large = await openTestSandbox({
    launch: launchForger((send) => send({ ...end, end: 'returned' }, `"${'x'.repeat(999)}"`)),
  })
  const over = await large.run('', { budgets: { outputBytes: 1000 } })
  assert.ok(over.end === 'exceeded' && over.budget === 'output', JSON.stringify(over))
  await using broken = await openTestSandbox({
    launch: launchForger((send) => send({ ...end, end: 'returned' }, '{"a"')),
  })
  const invalid = await broken.run('')
  assert.ok(invalid.end === 'result_invalid' && invalid.reason === 'not_json')
})

test('a forged flood of output is cut like any other', async () => {
  const lines = JSON.stringify(Array.from({ length: 500 }, () => [0, 'x'.repeat(20)]))
  await using opened = await openTestSandbox({
    launch: launchForger((send) => [
      send({ t: 'log', run: 1, cut: false }, lines),
      send({ ...end, end: 'returned' }, '1'),
    ]),
  })
  let heard = 0
  const report = await opened.run('', { budgets: { logBytes: 2000 }, onLog: () => (heard += 1) })
  assert.equal(returned(report), 1)
  assert.equal(report.usage.logBytes, 2000)
  // With the mark, and with what is missing.
  assert.equal(heard, 102)
})

test('a forged flood of empty lines is cut too, though it has no bytes', async () => {
  const lines = JSON.stringify(Array.from({ length: 6_000 }, () => [0, '']))
  await using opened = await openTestSandbox({
    launch: launchForger((send) => [
      send({ t: 'log', run: 1, cut: false }, lines),
      send({ t: 'log', run: 1, cut: false }, lines),
      send({ ...end, end: 'returned' }, '1'),
    ]),
  })
  let heard = 0
  const report = await opened.run('', { onLog: () => (heard += 1) })
  assert.equal(returned(report), 1)
  assert.equal(heard, 5_002)
})

test('a runner that asks and does not read what it is answered is ended before that fills the server', async () => {
  const answer = 'x'.repeat(7e6)
  let answered = 0
  await using opened = await openTestSandbox({
    launch: () => {
      const [channel, inside] = duplexPair()
      const { promise, resolve } = Promise.withResolvers<string>()
      const send = (header: object, body = '') => void inside.write(encodeFrame(header, body))
      inside.once('data', () => {
        inside.pause()
        let id = 0
        const ask = setInterval(() => {
          id += 1
          send({ ...call, id }, '{}')
        }, 1)
        void promise.then(() => clearInterval(ask))
      })
      send({ t: 'ready', version: 1 })
      return {
        level: 'development',
        pid: 0,
        channel,
        exited: promise,
        kill: () => resolve('killed'),
        readUsage: () => undefined,
      }
    },
  })
  const report = await opened.run('', {
    budgets: { wallMs: 60_000 },
    onCall: async () => {
      answered += 1
      return { ok: true, value: answer }
    },
  })
  assert.ok(report.end === 'crashed', JSON.stringify(report))
  assert.match(report.detail, /does not read/)
  assert.ok(answered < 40, String(answered))
})

test('a runner that never stops is killed when its time is over', async () => {
  await using opened = await openTestSandbox({ launch: launchForger(() => {}) })
  const report = await opened.run('', { budgets: { wallMs: 50 } })
  assert.ok(report.end === 'exceeded' && report.budget === 'time', JSON.stringify(report))
})

test('a runner that dies in the middle of a run is a crash, and the next run gets another', async () => {
  const pids: number[] = []
  await using opened = await openTestSandbox({
    launch: (order) => {
      const runner = launchPlainProcess(order)
      pids.push(runner.pid)
      return runner
    },
  })
  const report = await opened.run(
    `exports.run = async (args, api) => { await api.graph.search({}); await sleep(5000) }`,
    {
      onCall: async () => {
        process.kill(pids[0] ?? assert.fail(), 'SIGKILL')
        return { ok: true, value: null }
      },
    },
  )
  assert.ok(report.end === 'crashed')
  assert.match(report.detail, /SIGKILL/)
  assert.equal(returned(await opened.run('exports.run = () => 2')), 2)
})

test('cancelling ends a run that waits, and one that loops', async () => {
  await using opened = await openTestSandbox()
  for (const code of ['await sleep(60000)', 'for (;;);', 'for (;;) await 0']) {
    const cancel = new AbortController()
    const running = opened.run(
      `exports.run = async (args, api) => { console.log('up'); await sleep(1); ${code} }`,
      {
        signal: cancel.signal,
        onLog: () => cancel.abort(),
      },
    )
    assert.equal((await running).end, 'cancelled')
  }
  assert.equal(returned(await opened.run('exports.run = () => 3')), 3)
})

test('a run cancelled before it starts, or while it waits for a runner, uses nothing', async () => {
  await using opened = await openTestSandbox({ runnersPerDomain: 1 })
  const early = await opened.run('exports.run = () => 1', { signal: AbortSignal.abort() })
  assert.deepEqual([early.end, early.usage.wallMicros], ['cancelled', 0])
  const first = opened.run('exports.run = () => sleep(100)')
  const cancel = new AbortController()
  const second = opened.run('exports.run = () => 1', { signal: cancel.signal })
  cancel.abort()
  assert.deepEqual([(await second).end, (await second).usage.cpuMicros], ['cancelled', 0])
  assert.equal((await first).end, 'result_invalid')
})

test('trust domains never share a process, and a full pool makes room for a new one', async () => {
  let started = 0
  await using opened = await openTestSandbox({
    maxRunners: 2,
    launch: (order) => {
      started += 1
      return launchPlainProcess(order)
    },
  })
  for (const trustDomain of ['a', 'b', 'c', 'd']) {
    assert.equal(returned(await opened.run('exports.run = () => 1', { trustDomain })), 1)
    assert.ok(opened.sandbox.stats().runners <= 2)
  }
  assert.ok(started >= 4)
})

test('runs over the number of runners of their domain wait in line and all end', async () => {
  await using opened = await openTestSandbox({ runnersPerDomain: 2 })
  const reports = await Promise.all(
    Array.from({ length: 12 }, (_, n) => opened.run(`exports.run = () => ${n}`)),
  )
  assert.deepEqual(reports.map(returned), [...Array(12).keys()])
})

test('an idle runner is ended', async () => {
  await using opened = await openTestSandbox({ idleMs: 20 })
  await opened.run('exports.run = () => 1')
  for (let i = 0; i < 200 && opened.sandbox.stats().killed === 0; i += 1)
    await new Promise((r) => setTimeout(r, 20))
  assert.equal(opened.sandbox.stats().killed, 1)
})

test('a runner that stops answering is replaced by the health check', async () => {
  const stuck = launchForger(() => {})
  let started = 0
  await using opened = await openTestSandbox({
    healthEveryMs: 20,
    launch: (order) => {
      started += 1
      return started === 1 ? stuck() : launchPlainProcess(order)
    },
  })
  for (let i = 0; i < 300 && opened.sandbox.stats().killed === 0; i += 1)
    await new Promise((r) => setTimeout(r, 20))
  assert.equal(returned(await opened.run('exports.run = () => 4')), 4)
})

test('a runner that cannot start is a fault with its reason', async () => {
  await assert.rejects(openTestSandbox({ nodePath: '/nowhere/node' }), (error) => {
    return (
      error instanceof Fault && error.code === 'runner_unavailable' && error.message.includes('not started')
    )
  })
})

test('a closed sandbox ends its runs and takes no more', async () => {
  const opened = await openTestSandbox()
  const running = opened.run('exports.run = () => sleep(60000)')
  while (opened.sandbox.stats().busy === 0) await new Promise((r) => setTimeout(r, 5))
  await opened.sandbox.close()
  assert.equal((await running).end, 'crashed')
  await assert.rejects(opened.run('exports.run = () => 1'), Fault)
})

test('a method whose name could be mistaken is a bug of the caller', async () => {
  await using opened = await openTestSandbox()
  for (const method of [
    'then',
    'log',
    'log.more',
    'budget',
    'budget.remaining',
    '__proto__',
    'a.b.c',
    'Graph.search',
    '',
  ]) {
    await assert.rejects(opened.run('exports.run = () => 1', { methods: [method] }), RangeError)
  }
})
