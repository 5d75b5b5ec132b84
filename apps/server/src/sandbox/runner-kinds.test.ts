import assert from 'node:assert/strict'
import { test } from 'node:test'
import { launchPlainProcess } from './launch-plain-process.ts'
import { openTestSandbox, returned } from './testing/open-test-sandbox.ts'

const computing = `exports.run = () => {
  const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2))
  return [fib(21), typeof WebAssembly, typeof SharedArrayBuffer, typeof Atomics]
}`

test('only code that is trusted with machine code runs in a process that makes it, and a process is of one kind', async () => {
  const flags: boolean[] = []
  // One of each kind: a run waits for its own while that prepares the next isolate, and no other is started meanwhile.
  await using opened = await openTestSandbox({
    runnersPerDomain: 1,
    launch: (order) => {
      flags.push(order.nodeFlags.includes('--jitless'))
      return launchPlainProcess(order)
    },
  })
  const plain = await opened.run(computing)
  assert.deepEqual(flags.includes(false), false)
  const jit = await opened.run(computing, { jit: true })
  assert.deepEqual(returned(jit), [10946, 'undefined', 'undefined', 'undefined'])
  assert.deepEqual(returned(plain), returned(jit))
  assert.ok(flags.includes(false))
  // Both of the same trust domain, each to the process of its kind. A busy machine kills one that is slow to settle.
  let [started, killed] = [0, 1]
  for (let attempt = 0; killed > 0 && attempt < 5; attempt += 1) {
    const before = [flags.length, opened.sandbox.stats().killed] as const
    for (let i = 0; i < 3; i += 1) {
      await opened.run('exports.run = () => 1', { jit: true })
      await opened.run('exports.run = () => 1')
    }
    started = flags.length - before[0]
    killed = opened.sandbox.stats().killed - before[1]
  }
  assert.equal(killed, 0)
  assert.ok(started <= 1, `${started} were started`)
})

test('a blank runner of another kind makes room when there is no more', async () => {
  await using opened = await openTestSandbox({ maxRunners: 1, runnersPerDomain: 1 })
  assert.equal(returned(await opened.run('exports.run = () => 1', { jit: true })), 1)
  assert.equal(returned(await opened.run('exports.run = () => 2')), 2)
  assert.equal(returned(await opened.run('exports.run = () => 3', { jit: true, trustDomain: 'other' })), 3)
})

test('a run is repeated by seed and deliveries with machine code too', async () => {
  await using opened = await openTestSandbox()
  const code = `exports.run = async (args, api) => {
    const seen = []
    for (let i = 0; i < 2000; i += 1) seen.push(Math.sin(Math.random()) ** 0.3, Math.exp(Math.random()))
    await sleep(1); await api.graph.search({})
    return [seen, Date.now()]
  }`
  const recorded = await opened.run(code, { jit: true })
  const { determinism, deliveries } = recorded
  assert.ok(deliveries !== undefined)
  for (const jit of [true, false]) {
    const replayed = await opened.run(code, { jit, determinism, replay: { deliveries } })
    assert.equal(JSON.stringify(returned(replayed)), JSON.stringify(returned(recorded)))
  }
})
