import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openProcessUsage, parseStat } from './process-usage.ts'

test('a process name with spaces and brackets does not shift the fields', () => {
  const rest = `S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 9 0 1234 900000 1000 ${'0 '.repeat(28)}`
  assert.deepEqual(parseStat(`42 (a) b) c (d) ${rest}`), { cpuMicros: 3_000_000, residentBytes: 4_096_000 })
})

test('text that is no account gives none', () => {
  assert.equal(parseStat(''), undefined)
  assert.equal(parseStat('42 (node) S 1'), undefined)
})

test('this very process has an account, and a closed one says nothing', () => {
  const usage = openProcessUsage(process.pid)
  assert.ok(usage !== undefined)
  assert.ok((usage.read()?.residentBytes ?? 0) > 1024 * 1024)
  usage.close()
  assert.equal(usage.read(), undefined)
})
