import assert from 'node:assert/strict'
import { test } from 'node:test'
import { levelSuffices } from './levels.ts'

test('a level suffices for what needs it or less, and nothing suffices for data', () => {
  assert.deepEqual(
    [
      levelSuffices('full', 'full'),
      levelSuffices('full', 'reduced'),
      levelSuffices('reduced', 'full'),
      levelSuffices('development', 'development'),
      levelSuffices('none', 'full'),
      levelSuffices('full', 'unheard of'),
    ],
    [true, false, true, true, false, false],
  )
})
