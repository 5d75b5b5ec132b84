import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kindOf, timelineOf } from './timeline-kinds.ts'
import type { Receipt } from './timeline-kinds.ts'

function receipt(change: Partial<Receipt>): Receipt {
  return {
    id: 'rct_1',
    at: 1,
    phase: 'effect',
    decision: 'allowed',
    operation: 'case.add_note',
    actor: 'ana',
    package: null,
    case: 'case_1',
    parent: null,
    level: '',
    calls: 0,
    rows: 0,
    costMicros: '0',
    index: null,
    sentence: '',
    user: null,
    version: null,
    run: null,
    trace: '',
    ...change,
  }
}

test('the same operation is a deed of people without a package, and a call of code with one', () => {
  assert.equal(kindOf({ operation: 'case.add_entities', package: null }), 'accepted')
  assert.equal(kindOf({ operation: 'case.add_entities', package: 'triage' }), 'calls')
  assert.equal(kindOf({ operation: 'plugin.run', package: 'triage' }), 'runs')
  assert.equal(kindOf({ operation: 'data.range', package: 'triage' }), 'calls')
  assert.equal(kindOf({ operation: 'review.approve', package: null }), 'reviews')
  assert.equal(kindOf({ operation: 'case.read', package: null }), 'other')
})

test('an intent goes where its outcome is there, and stays where it is all there is', () => {
  const intent = receipt({ id: 'rct_1', phase: 'intent', operation: 'plugin.run', package: 'p' })
  const outcome = receipt({ ...intent, id: 'rct_2', phase: 'outcome', parent: 'rct_1' })
  const idsOf = (receipts: readonly Receipt[], kind = '') => timelineOf(receipts, kind).map(({ id }) => id)
  assert.deepEqual(idsOf([outcome, intent]), ['rct_2'])
  assert.deepEqual(idsOf([intent]), ['rct_1'])
})

test('without a kind the calls of code are left out; refused are those of every kind', () => {
  const note = receipt({ id: 'rct_1' })
  const call = receipt({ id: 'rct_2', operation: 'case.read', package: 'p' })
  const refused = receipt({ id: 'rct_3', operation: 'net.fetch', package: 'p', decision: 'denied' })
  const idsOf = (kind: string) => timelineOf([refused, call, note], kind).map(({ id }) => id)
  assert.deepEqual(idsOf(''), ['rct_1'])
  assert.deepEqual(idsOf('calls'), ['rct_3', 'rct_2'])
  assert.deepEqual(idsOf('refused'), ['rct_3'])
})
