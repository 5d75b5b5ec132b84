import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawnSchema, lacksAlternative, takesCase, withoutSecrets } from './drawn-schema.ts'

const triage = {
  type: 'object',
  properties: {
    case: { type: 'string', title: 'Case' },
    text: { type: 'string', title: 'Text', maxLength: 1_000_000, pattern: '^(a+)+$' },
  },
  anyOf: [{ required: ['case'] }, { required: ['text'] }],
  additionalProperties: false,
}

test('alternatives of required fields become a sentence, and patterns of strangers are not run', () => {
  const drawn = drawnSchema(triage)
  assert.ok(drawn)
  assert.deepEqual(drawn.alternatives, [['Case'], ['Text']])
  assert.equal(JSON.stringify(drawn.schema).includes('pattern'), false)
  assert.equal('anyOf' in drawn.schema, false)
  assert.equal(lacksAlternative(drawn, {}), true)
  assert.equal(lacksAlternative(drawn, { text: '' }), true)
  assert.equal(lacksAlternative(drawn, { text: 'x' }), false)
})

test('a schema that is huge, endless or no object is not drawn', () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, { type: 'string' }]))
  let deep: object = { type: 'string' }
  for (let i = 0; i < 20; i += 1) deep = { type: 'object', properties: { deeper: deep } }
  for (const schema of [undefined, true, { type: 'array' }, { type: 'object', properties: many }, deep])
    assert.equal(drawnSchema(schema), undefined)
})

test('what looks like a secret is never kept', () => {
  const drawn = drawnSchema({
    properties: { apiKey: { type: 'string' }, pin: { type: 'string', writeOnly: true }, q: {} },
  })
  assert.ok(drawn)
  assert.deepEqual(withoutSecrets(drawn, { apiKey: 'k', pin: '1', q: 'x' }), { q: 'x' })
})

test('a case can be given where its field is named, or any field may be', () => {
  assert.equal(takesCase(triage), true)
  assert.equal(takesCase(undefined), true)
  assert.equal(takesCase({ properties: {}, additionalProperties: false }), false)
})
