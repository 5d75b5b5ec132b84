import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backOffMs, longestAskedMs, retryAfterMs } from './back-off.ts'

test('waits double from one second to five minutes, each between half and all of it', () => {
  for (const [failures, full] of [
    [1, 1_000],
    [2, 2_000],
    [5, 16_000],
    [9, 256_000],
    [10, 300_000],
    [4_000, 300_000],
  ] as const) {
    assert.equal(backOffMs(failures, 0), full / 2)
    assert.ok(backOffMs(failures, 0.999) <= full)
    assert.ok(backOffMs(failures, 0.999) > full * 0.99)
  }
})

test('what a receiver asks for is waited for, an hour at most', () => {
  assert.equal(backOffMs(1, 0, 90_000), 90_000)
  assert.equal(backOffMs(1, 0, 999_999_999), longestAskedMs)
  const now = Date.UTC(2027, 0, 1)
  assert.equal(retryAfterMs('120', now), 120_000)
  assert.equal(retryAfterMs(new Date(now + 30_000).toUTCString(), now), 30_000)
  for (const nothing of [undefined, '', 'soon', '-5', '1e9', new Date(now - 5_000).toUTCString()])
    assert.equal(retryAfterMs(nothing, now), 0, String(nothing))
})

test('whatever is asked and however often it failed, the wait is a number between half a second and an hour', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e9 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.string(),
      (failures, random, header) => {
        const wait = backOffMs(failures, random, retryAfterMs(header, 0))
        assert.ok(wait >= 500 && wait <= longestAskedMs)
      },
    ),
  )
})
