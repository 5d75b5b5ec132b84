import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { misfit } from './guest-schema.ts'

test('a value is held against the schema that its package brought along', () => {
  const schema = {
    type: 'object',
    required: ['q'],
    properties: {
      q: { type: 'string', maxLength: 3 },
      n: { type: 'integer', minimum: 0 },
      list: { type: 'array', items: { enum: ['a', 'b'] } },
    },
    additionalProperties: false,
  }
  for (const fits of [{ q: 'abc' }, { q: '', n: 0 }, { q: 'x', list: ['a', 'b', 'a'] }])
    assert.equal(misfit(schema, fits), undefined)
  for (const [value, field] of [
    [{}, ''],
    [{ q: 1 }, '/q'],
    [{ q: 'abcd' }, '/q'],
    [{ q: 'x', n: -1 }, '/n'],
    [{ q: 'x', list: ['c'] }, '/list/0'],
    [{ q: 'x', more: 1 }, ''],
    [[], ''],
    [null, ''],
  ] as const) {
    const found = misfit(schema, value)
    assert.ok(found !== undefined, JSON.stringify(value))
    if (field !== '') assert.equal(found.field, field)
  }
})

test('what could make checking slow or endless is left out', () => {
  const patterns = {
    type: 'object',
    properties: { q: { pattern: '^(a+)+$' } },
    patternProperties: { '^(a+)+$': false },
  }
  assert.equal(misfit(patterns, { q: `${'a'.repeat(50_000)}!` }), undefined)
  assert.equal(misfit({ $ref: '#' }, 1), undefined)
  assert.equal(misfit({ $defs: { a: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }, 1), undefined)
  // A field may have the name of a keyword.
  assert.ok(misfit({ properties: { pattern: { type: 'string' } } }, { pattern: 1 }))
})

test('a schema that is itself broken is a misfit or passes, and never a fault', () => {
  const broken: Record<string, unknown>[] = [
    { type: 'nothing' },
    { type: 5 },
    { type: ['string', 'nothing'] },
    { required: 5 },
    { required: [1, null] },
    { properties: null },
    { properties: { a: null } },
    { properties: 5 },
    { items: 5 },
    { items: [null] },
    { anyOf: {} },
    { anyOf: [null] },
    { allOf: 'x' },
    { oneOf: 7 },
    { not: null },
    { enum: 5 },
    { const: { pattern: 'x' } },
    { minLength: 'x' },
    { maximum: '1' },
    { multipleOf: 0 },
    { uniqueItems: 'yes' },
    // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
    { if: 1, then: 2, else: 3 },
    { dependentSchemas: { a: 5 } },
    { additionalProperties: 5 },
    { '~kind': 'String' },
    { '~guard': { check: 'x' } },
    { '~refine': [{}] },
    { '~codec': { decode: 1 } },
    { __proto__: { type: 'string' } },
    JSON.parse('{"__proto__":{"type":"string"},"properties":{"__proto__":{"type":"string"}}}'),
  ]
  for (const schema of broken) {
    for (const value of [{ a: 1 }, [1, 2], 'text', 5, null, true]) misfit(schema, value)
  }
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom(
          'type',
          'anyOf',
          'items',
          'properties',
          'required',
          'not',
          'enum',
          'minItems',
          'contains',
        ),
        fc.jsonValue(),
      ),
      fc.jsonValue(),
      (schema, value) => {
        misfit(schema, value)
      },
    ),
  )
})

test('a schema is looked at only so deep, and one that is too large fits nothing', () => {
  let deep: Record<string, unknown> = { type: 'string' }
  for (let i = 0; i < 10_000; i += 1) deep = { items: deep }
  assert.equal(misfit(deep, []), undefined)
  const wide = { allOf: Array.from({ length: 50_000 }, () => ({ type: 'string' })) }
  assert.match(misfit(wide, 'x')?.rule ?? '', /more than 2000 parts/)
  let branching: Record<string, unknown> = { type: 'string' }
  for (let i = 0; i < 10_000; i += 1) branching = { anyOf: [branching, branching] }
  assert.ok(misfit(branching, 'x'))
})
