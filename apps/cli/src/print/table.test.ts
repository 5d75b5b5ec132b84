import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alignColumns, printTable } from './table.ts'
import type { Column } from './table.ts'

const columns: readonly Column[] = [
  { title: 'id', cells: ['run_1', 'run_22'], kind: 'name' },
  { title: 'digest', cells: ['999999999999…', '888888888888…'], kind: 'detail' },
  { title: 'state', cells: ['succeeded', 'failed'], kind: 'fact' },
  { title: 'empty', cells: ['', ''], kind: 'fact' },
  {
    title: 'sentence',
    cells: ['It ran for a while, and then it did what was asked of it.', 'It did not.'],
    kind: 'prose',
  },
]

test('with room, every column that says something is whole', () => {
  assert.equal(
    printTable(columns, 120),
    'ID      DIGEST         STATE      SENTENCE\n' +
      'run_1   999999999999…  succeeded  It ran for a while, and then it did what was asked of it.\n' +
      'run_22  888888888888…  failed     It did not.\n',
  )
})

test('without room, details go first, then facts; prose is shortened and names stay whole', () => {
  assert.equal(
    printTable(columns, 60),
    'ID      STATE      SENTENCE\nrun_1   succeeded  It ran for a while, and then it did what…\nrun_22  failed     It did not.\n',
  )
  assert.equal(
    printTable(columns, 30),
    'ID      SENTENCE\nrun_1   It ran for a while, a…\nrun_22  It did not.\n',
  )
})

test('a fact that fits beside prose of some words is kept, and the prose is shortened further', () => {
  assert.equal(
    printTable(columns, 45),
    'ID      STATE      SENTENCE\nrun_1   succeeded  It ran for a while, and t…\nrun_22  failed     It did not.\n',
  )
})

test('the last column is never padded', () => {
  assert.deepEqual(
    alignColumns([
      ['a', 'b'],
      ['aaa', ''],
    ]),
    ['a    b', 'aaa'],
  )
})
