import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { defaultPrices, priceOf } from './prices.ts'

test('a begun millisecond of CPU counts whole', () => {
  const none = { runs: 0, calls: 0, rows: 0 }
  assert.equal(priceOf(defaultPrices, { ...none, cpuMicros: 1 }), 20n)
  assert.equal(priceOf(defaultPrices, { ...none, cpuMicros: 1000 }), 20n)
  assert.equal(priceOf(defaultPrices, { ...none, cpuMicros: 1001 }), 40n)
})

test('the price of the largest use within budgets is never below that of a smaller one', () => {
  const use = fc.record({
    runs: fc.nat(5),
    calls: fc.nat(1000),
    rows: fc.nat(10_000),
    cpuMicros: fc.nat(10_000_000),
  })
  fc.assert(
    fc.property(use, use, (a, b) => {
      const largest = {
        runs: Math.max(a.runs, b.runs),
        calls: Math.max(a.calls, b.calls),
        rows: Math.max(a.rows, b.rows),
        cpuMicros: Math.max(a.cpuMicros, b.cpuMicros),
      }
      assert.ok(priceOf(defaultPrices, largest) >= priceOf(defaultPrices, a))
    }),
  )
})
