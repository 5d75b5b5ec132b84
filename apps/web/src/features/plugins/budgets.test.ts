import assert from 'node:assert/strict'
import { test } from 'node:test'
import { budgetSentences } from './budgets.ts'

test('budgets are said in words, and what is not named is not said', () => {
  assert.deepEqual(budgetSentences({ rows: 2_000, ms: 20_000, memoryMB: 128, calls: 1, other: 7 }), [
    'A run is ended after 20.0 s.',
    'It may use 128 MiB of memory.',
    'It may make 1 call.',
    'Its calls may return 2,000 rows in all.',
  ])
  for (const none of [null, 7, 'x', { ms: 'long' }]) assert.deepEqual(budgetSentences(none), [])
})
