import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { noBrowser } from '../support/browser.ts'

/** What people and programs read; written here again, so that a change of it is noticed. */
interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly reference: number
  readonly ratio: number
  readonly settings: Readonly<Record<string, unknown>>
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The scenario as `npm run bench` runs it, with a handful of calls: the shape is tested here, never the time. */
async function quickly(scenario: string): Promise<readonly Figure[]> {
  const args = ['--disable-warning=ExperimentalWarning', `bench/${scenario}.ts`, '--json', '--quick']
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  return JSON.parse(stdout) as Figure[]
}

function checkShape(figures: readonly Figure[], names: readonly string[]): void {
  assert.deepEqual(
    figures.map(({ name }) => name),
    names,
  )
  for (const figure of figures) {
    assert.deepEqual(Object.keys(figure), ['name', 'value', 'unit', 'reference', 'ratio', 'settings'])
    const { value, unit, reference, ratio, settings } = figure
    assert.ok(value > 0 && reference > 0, `${figure.name} measured something`)
    assert.ok(
      Math.abs(ratio / (value / reference) - 1) < 0.01,
      `${figure.name} states the ratio of its two numbers`,
    )
    assert.ok(['ms', 'µs', 'per second', 'MB', 'bytes'].includes(unit), unit)
    assert.equal(typeof settings['reference'], 'string', `${figure.name} says what it is held against`)
    assert.equal(settings['defaults'], true, `${figure.name} is measured with defaults`)
    assert.equal(settings['node'], process.version)
  }
}

test('the bench of runs prints each figure with a reference from the same run, and its settings', async () => {
  const figures = await quickly('runs')
  checkShape(figures, [
    'run p50 at 1 caller',
    'run p95 at 1 caller',
    'runs at 1 caller',
    'run p50 at 40 callers',
    'run p95 at 40 callers',
    'runs at 40 callers',
    'cold run',
    'second start, process to ready',
  ])
  for (const { settings } of figures.slice(0, 6)) {
    // An intent, an outcome and the brokered call: three receipts, each durable before it is answered for.
    assert.ok(Number(settings['transactionsPerRun']) >= 3, 'receipts are on')
    assert.ok(Number(settings['commitsPerRun']) > 0)
    assert.equal(settings['synchronous'], 'FULL')
  }
})

test('the bench of receipts prints each figure with a reference from the same run, and its settings', async () => {
  checkShape(await quickly('receipts'), ['receipts at 40 writers', 'verify a bundle of 500 receipts'])
})

test('the bench of the sandbox says how runs are stopped, what they cost and how many fit, and at which level', async () => {
  const figures = await quickly('sandbox')
  checkShape(figures, [
    'stop after the limit, isolate p95',
    'stop after the limit, killed p95',
    'memory peak under a cap',
    'warm run p95',
    'engine: runs at 40 callers',
    'pooled cold start p95',
    'worst run beside a flood of calls',
    'gate to receipt: runs at 40 callers',
    'through HTTP: runs at 40 callers',
  ])
  for (const { name, settings } of figures) {
    assert.ok(
      ['development', 'reduced', 'full'].includes(String(settings['sandbox'])),
      `${name} names its level`,
    )
    assert.equal(typeof settings['receipts'], 'string')
  }
  const product = figures.find(({ name }) => name.startsWith('gate to receipt'))
  assert.ok(Number(product?.settings['transactionsPerRun']) >= 3, 'receipts are on')
})

test('the bench of evidence says what a receipt takes and what verifying all of them takes, and how far the floors are', async () => {
  const figures = await quickly('evidence')
  checkShape(figures, [
    'receipt as gzip of canonical JSON',
    'receipt sealed, in a bundle, all parts opened',
    'receipt compacted, in a block, with its share of tiles',
    'making a receipt, its share of the signature included',
    'verifying a bundle of all',
  ])
  for (const { settings } of figures.slice(2, 5)) assert.match(String(settings['goal']), /^at most/)
  assert.ok(Number(figures[2]?.settings['floor']) < (figures[2]?.value ?? 0))
  assert.ok(Number(figures[4]?.settings['floorMs']) > 0)
})

test(
  'the bench of the console says what the first screen weighs and when it can be used',
  { skip: noBrowser },
  async () => {
    const figures = await quickly('console')
    const throttled = 'at 10 Mbit/s, 40 ms, a processor 4 times slower'
    checkShape(figures, [
      'first load, compressed',
      'start page usable, first load, over loopback',
      'start page usable, files cached, over loopback',
      `start page usable, first load, ${throttled}`,
      `start page usable, files cached, ${throttled}`,
    ])
    // Bytes are no times: this one holds on every machine.
    assert.equal(figures[0]?.settings['goal'], 'at most 300000: met')
    for (const { settings } of figures.slice(1)) assert.ok(Number(settings['floorMs']) > 0)
  },
)
