import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  inUnits,
  limitConsequence,
  monthChoices,
  monthSaid,
  nameOf,
  shareOf,
  shareSaid,
} from './cost-words.ts'

test('micros are said in whole units, to the last one', () => {
  assert.equal(inUnits('0'), '0')
  assert.equal(inUnits('1'), '0.000001')
  assert.equal(inUnits('1680'), '0.00168')
  assert.equal(inUnits('50000000'), '50')
  assert.equal(inUnits('123456789012345678'), '123,456,789,012.345678')
})

test('the months to choose from are those before this one, by UTC, and the one that was asked for', () => {
  const now = Date.UTC(2026, 0, 31, 23, 59)
  const months = monthChoices(now, '')
  assert.equal(months.length, 11)
  assert.deepEqual([months[0]?.value, months[10]?.value], ['2025-12', '2025-02'])
  assert.equal(monthChoices(now, '2020-02').at(-1)?.label, 'February 2020')
  assert.equal(monthChoices(now, '2026-13').length, 11)
  assert.equal(monthChoices(now, '2026-01').length, 11)
  assert.equal(monthSaid('2026-11'), 'November 2026')
})

test('a share is exact in hundredths, and of nothing it is none', () => {
  assert.equal(shareOf('1', '3'), 3_333)
  assert.equal(shareOf('5', '0'), 0)
  assert.equal(shareSaid('1', '1000000'), 'less than 0.1 %')
  assert.equal(shareSaid('0', '100'), '0.0 %')
  assert.equal(shareSaid('1', '2'), '50 %')
})

test('a limit says what it leaves, and one below what is spent that it leaves nothing', () => {
  const budget = {
    month: '2026-11',
    limitMicros: '100',
    spentMicros: '60',
    reservedMicros: '10',
    leftMicros: '30',
    prices: {},
  }
  assert.match(limitConsequence('200', budget) ?? '', /^New runs may use 130 µ more/)
  assert.match(limitConsequence('70', budget) ?? '', /^Nothing is left then/)
  for (const typed of ['', '-1', '1.5', '1e3', '9'.repeat(16)])
    assert.equal(limitConsequence(typed, budget), undefined)
})

test('use without a plugin has a name too', () => {
  assert.equal(nameOf({ key: '', name: '' }, 'package'), 'without a plugin')
  assert.equal(nameOf({ key: 'usr_1', name: 'Ana' }, 'user'), 'Ana')
})
