import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mostMicros, percentile, usualCost } from './run-cost.ts'

const budgets = {
  wallMs: 1_000,
  cpuMs: 500,
  memoryMB: 64,
  rows: 100,
  calls: 10,
  outputBytes: 1,
  logBytes: 1,
}

test('the most a run can cost is one run, and every call, row and millisecond it may use', () => {
  assert.equal(
    mostMicros(budgets, { run: '1000', call: '10', row: '2', cpuMs: '3' }),
    1_000n + 100n + 200n + 1_500n,
  )
})

test('percentiles are values that occurred', () => {
  assert.equal(percentile([5, 1, 3], 0.5), 3)
  assert.equal(percentile([1, 2, 3, 4], 0.95), 4)
  assert.equal(percentile([7], 0.5), 7)
})

test('runs that never started say nothing about what is usual', () => {
  const run = (costMicros: string, endedAt: number | null) =>
    ({ costMicros, startedAt: 1_000, endedAt }) as Parameters<typeof usualCost>[0][number]
  assert.equal(usualCost([run('0', 1_000), run('9', null)]), undefined)
  assert.deepEqual(usualCost([run('100', 1_500), run('300', 2_000)]), {
    runs: 2,
    p50Micros: 100n,
    p95Micros: 300n,
    p50WallMs: 500,
    p95WallMs: 1_000,
  })
})
