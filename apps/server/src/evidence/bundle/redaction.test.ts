import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRedactor } from './redaction.ts'
import type { Redaction } from './redaction.ts'

const nothing: Redaction = { parts: [], receipts: [], operations: [], people: [], documents: [] }
const part = (json: string) => ({ salt: '', json })
const all = {
  actor: part('{"user":"usr_1"}'),
  subject: part('{"operation":"evidence.prune"}'),
  policy: part('{"approvals":[{"by":["usr_2"]}]}'),
  place: part('{}'),
  input: part('{}'),
  output: part('{}'),
}
const row = { id: 'rct_1', operation: 'evidence.prune' }
const openOf = (redaction: Partial<Redaction>, statements: readonly string[] = []) =>
  Object.keys(createRedactor({ ...nothing, ...redaction }, new Set(statements)).open(row, all))

test('parts are closed of all receipts, or only of those that are named', () => {
  assert.deepEqual(openOf({ parts: ['input', 'place'] }), ['actor', 'subject', 'policy', 'output'])
  assert.equal(openOf({ parts: ['input'], operations: ['plugin.run'] }).length, 6)
  assert.deepEqual(openOf({ parts: ['input'], operations: ['evidence.prune'] }).includes('input'), false)
  assert.deepEqual(openOf({ receipts: ['rct_1'] }), [])
})

test('a person is closed wherever the id occurs, also among those who approved', () => {
  assert.deepEqual(openOf({ people: ['usr_2'] }), ['actor', 'subject', 'place', 'input', 'output'])
})

test('what a statement needs stays open, and naming it is found out', () => {
  assert.deepEqual(openOf({ parts: ['subject', 'output', 'input'] }, ['rct_1']), [
    'actor',
    'subject',
    'policy',
    'place',
    'output',
  ])
  const redactor = createRedactor({ ...nothing, receipts: ['rct_1'] }, new Set(['rct_1']))
  assert.deepEqual(Object.keys(redactor.open(row, all)), ['subject', 'output'])
  // Denied as 'statement_needed', because a receipt was named that cannot be closed.
  assert.equal(redactor.isStatementNamed(), true)
})

test('whoever exports, subject and output of the export stay open', () => {
  const redactor = createRedactor(
    { ...nothing, parts: ['actor', 'subject', 'output'], people: ['usr_2'] },
    new Set(),
  )
  assert.deepEqual(Object.keys(redactor.openExport(row, all)).toSorted(), [
    'input',
    'output',
    'place',
    'subject',
  ])
})
