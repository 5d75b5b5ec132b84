import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeSpans } from './place-spans.ts'

test('bars stand where their calls were in the time of the run', () => {
  const { bars, lastMs } = placeSpans({ startedAt: 1_000, endedAt: 1_200 }, [
    { startedAt: 1_050, wallMicros: 100_000 },
    { startedAt: 1_200, wallMicros: 0 },
  ])
  assert.equal(lastMs, 200)
  assert.deepEqual(bars, [
    { left: 25, width: 50 },
    { left: 100, width: 0 },
  ])
})

test('no bar stands outside, whatever the clocks said, and a run under way ends at its last call', () => {
  const { bars, lastMs } = placeSpans({ startedAt: 1_000, endedAt: null }, [
    { startedAt: 990, wallMicros: 50_000 },
    { startedAt: 1_100, wallMicros: 300_000 },
  ])
  assert.equal(lastMs, 400)
  for (const { left, width } of bars) assert.ok(left >= 0 && left + width <= 100)
})
