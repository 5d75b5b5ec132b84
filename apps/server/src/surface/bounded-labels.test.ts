import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boundedLabels, scopeKind } from './bounded-labels.ts'

test('names are labels until there are too many; those known before stay', () => {
  const label = boundedLabels(2)
  assert.deepEqual(['a', 'b', 'c', 'a', 'd', 'b'].map(label), ['a', 'b', 'other', 'a', 'other', 'b'])
})

test('a scope is counted by its kind, never by what somebody named', () => {
  const kinds = {
    'read:graph': 'read:graph',
    'write:case': 'write:case',
    'use:nl2cypher': 'use:nl2cypher',
    'store:kv': 'store:kv',
    'read:data:customers-of-acme': 'read:data',
    'net:evil.example': 'net',
    'secret:acme-key': 'secret',
    'graph.explode': 'other',
    'read:anything': 'other',
    '': 'other',
  }
  for (const [scope, kind] of Object.entries(kinds)) assert.equal(scopeKind(scope), kind, scope)
})
