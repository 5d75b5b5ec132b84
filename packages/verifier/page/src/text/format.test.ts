import assert from 'node:assert/strict'
import { test } from 'node:test'
import { count, duration, fileSize, instant, money } from './format.ts'

test('amounts, times and sizes are written one way for everybody', () => {
  assert.equal(money(5660n), '0.00566')
  assert.equal(money(0n), '0.00')
  assert.equal(money(1_234_500_000n), '1,234.50')
  assert.equal(instant(0), '1970-01-01 00:00:00 UTC')
  assert.equal(instant('yesterday'), 'an unknown time')
  assert.equal(fileSize(1), '1 byte')
  assert.equal(fileSize(1234), '1.2 kB')
  assert.equal(fileSize(25_000_000), '25 MB')
  assert.equal(duration(0.2), 'less than 1 ms')
  assert.equal(duration(1234), '1.23 s')
  assert.equal(count(2, 'entry', 'entries'), '2 entries')
})
