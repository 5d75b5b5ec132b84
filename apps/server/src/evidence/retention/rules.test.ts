import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classUnder, digestOfRules, dueBefore, noRules, problemIn } from './rules.ts'

const day = 24 * 60 * 60 * 1000

test('what is wrong with rules is named, and by which rule', () => {
  const problem = (classes: object, operations: object = {}) =>
    problemIn({ classes, operations } as Parameters<typeof problemIn>[0])
  assert.equal(problem({}), undefined)
  assert.equal(problem({ short: { keepDays: 30, foldAfterDays: 7 } }, { 'graph.search': 'short' }), undefined)
  assert.equal(problem({ long: {} }, { 'evidence.prune': 'long', 'case.create': 'long' }), undefined)
  assert.deepEqual(problem({}, { 'graph.serch': 'short', 'case.read': 'short', 'x.y': 'long' }), {
    rule: 'operations_unknown',
    what: ['graph.serch', 'x.y'],
  })
  for (const operation of ['hold.place', 'retention.set', 'evidence.prune', 'evidence.fold'])
    assert.deepEqual(problem({}, { [operation]: 'short' }), { rule: 'evidence_is_long', what: [operation] })
  assert.deepEqual(problem({ long: { keepDays: 9_000 } }), {
    rule: 'long_is_kept',
    what: ['long.keepDays'],
  })
  for (const foldAfterDays of [30, 31])
    assert.deepEqual(problem({ short: { keepDays: 30, foldAfterDays } }), {
      rule: 'fold_before_prune',
      what: ['short'],
    })
})

test('a class is what the rules say, standard where they are silent, and long for what is done to evidence', () => {
  const rules = { classes: {}, operations: { 'graph.search': 'short' as const } }
  assert.deepEqual(
    ['graph.search', 'case.read', 'hold.lift', 'evidence.prune', 'toString'].map((operation) =>
      classUnder(rules, operation),
    ),
    ['short', 'standard', 'long', 'long', 'standard'],
  )
  assert.equal(classUnder(noRules, 'graph.search'), 'standard')
})

test('nothing is of age without a rule, and never what is long', () => {
  const rules = { classes: { short: { keepDays: 2 }, standard: { foldAfterDays: 3 } }, operations: {} }
  assert.equal(dueBefore(rules, 'short', 'prune', 10 * day), 8 * day)
  assert.equal(dueBefore(rules, 'short', 'fold', 10 * day), undefined)
  assert.equal(dueBefore(rules, 'standard', 'fold', 10 * day), 7 * day)
  const lying = { classes: { long: { keepDays: 1 } }, operations: {} }
  assert.equal(dueBefore(lying, 'long', 'prune', 10 * day), undefined)
})

test('rules have one digest, in whatever order they are written', () => {
  const one = { classes: { short: { keepDays: 2, foldAfterDays: 1 } }, operations: {} }
  const other = { operations: {}, classes: { short: { foldAfterDays: 1, keepDays: 2 } } }
  assert.equal(digestOfRules(one), digestOfRules(other))
  assert.notEqual(digestOfRules(one), digestOfRules(noRules))
})
