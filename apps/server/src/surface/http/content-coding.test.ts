import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseCoding } from './content-coding.ts'

test('the coding is the one that the asker likes best, of equals the smallest, and none where none was asked for', () => {
  const both = ['br', 'gzip'] as const
  const chosen: readonly (readonly [string | undefined, string | undefined])[] = [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['GZIP', 'gzip'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br;q=0, gzip;q=0.1', 'gzip'],
    ['br ; q=0', undefined],
    ['*', 'br'],
    ['*, br;q=0', 'gzip'],
    ['*;q=0', undefined],
    ['identity', undefined],
    ['br;q=lots', undefined],
    ['constructor, __proto__', undefined],
    ['', undefined],
    [undefined, undefined],
  ]
  for (const [accepted, coding] of chosen) assert.equal(chooseCoding(accepted, both), coding, accepted)
  assert.equal(chooseCoding('br, gzip', ['gzip']), 'gzip')
  assert.equal(chooseCoding('br, gzip', []), undefined)
})
