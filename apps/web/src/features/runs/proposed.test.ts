import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedFields, changeSummary, readProposed } from './proposed.ts'

test('only fields that a proposal names and that differ are a change', () => {
  const before = { name: 'a', type: 'host', confidence: 0.5, properties: { port: 1, os: 'x' } }
  const after = { key: 'host:a', name: 'b', type: 'host', properties: { port: 2, os: 'x', seen: ['y'] } }
  assert.deepEqual(changedFields(before, after), [
    { field: 'name', before: 'a', after: 'b' },
    { field: 'port', before: '1', after: '2' },
    { field: 'seen', before: '–', after: '["y"]' },
  ])
})

test('a proposed row is read whatever a plugin wrote into it', () => {
  assert.equal(readProposed({ row: 'r1', what: { from: 'a', to: 'b', type: 'near' } }).title, 'a → b')
  assert.equal(readProposed({ row: 'e1', what: { key: 'k', name: 7 } }).title, 'k')
  assert.equal(readProposed({ row: 'e2', what: null }).title, '')
})

test('a proposal is summed up by what it would do', () => {
  const row = (change: 'create' | 'update' | 'same', accepted = false) => ({
    row: 'e1',
    change,
    what: {},
    accepted,
  })
  assert.equal(
    changeSummary([row('create'), row('create', true), row('same')]),
    '2 to create, 1 the same already; 1 row accepted.',
  )
})
