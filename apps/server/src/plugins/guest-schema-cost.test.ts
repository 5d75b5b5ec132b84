import assert from 'node:assert/strict'
import { test } from 'node:test'
import { misfit } from './guest-schema.ts'

const tooMuch = /more than \d+ steps/
const branches = Array.from({ length: 1_800 }, () => ({ type: 'number' }))
const names = Array.from({ length: 1_800 }, (_, i) => `p${i}`)
const fieldsFor = (list: readonly string[]) => Object.fromEntries(list.map((name) => [name, {}]))

// Unbounded, each of these holds the server's only thread for seconds or minutes: for all organisations.
test('a schema and a value that would take long together are a misfit that says so', () => {
  for (const [schema, value] of [
    [{ items: { allOf: branches } }, Array(100_000).fill(1)],
    [{ items: { anyOf: branches } }, Array(100_000).fill('none fits')],
    [{ items: { oneOf: branches } }, Array(100_000).fill(1)],
    [{ allOf: Array(1_000).fill({ enum: Array(10_000).fill('x') }) }, 'y'],
    [{ allOf: Array(1_000).fill({ maxLength: 1e9 }) }, 'é'.repeat(1_000_000)],
    [{ allOf: Array(1_000).fill({ const: Array(1_000).fill(1) }) }, Array(1_000).fill(1)],
    [{ items: { properties: fieldsFor(names) } }, Array(100_000).fill({})],
    [{ items: { required: names } }, Array(100_000).fill({})],
    [{ allOf: Array(900).fill({ additionalProperties: true }) }, fieldsFor(names)],
    [{ contains: { allOf: branches } }, Array(100_000).fill(1)],
    [
      { type: Array(10_000).fill('string'), items: { type: Array(10_000).fill('string') } },
      Array(10_000).fill(1),
    ],
  ] as [Record<string, unknown>, unknown][]) {
    assert.match(misfit(schema, value)?.rule ?? '', tooMuch, JSON.stringify(schema).slice(0, 100))
  }
})

test('keywords that the library has of its own, and one whose error is quadratic to tell, are not read', () => {
  for (const schema of [
    { '~guard': { check: 1 } },
    { '~refine': [1] },
    { '~codec': 5 },
    { $id: 'x', $ref: '#' },
  ]) {
    assert.equal(misfit(schema, { a: 1 }), undefined)
  }
  assert.equal(misfit({ uniqueItems: true }, Array(500_000).fill(1)), undefined)
})

test('the largest proposal of ordinary rows is checked', () => {
  const text = { type: 'string', maxLength: 500 }
  const citation = {
    type: 'object',
    required: ['source'],
    properties: { source: { const: 'data' }, table: text, row: { type: 'integer' } },
  }
  const row = {
    type: 'object',
    required: ['key', 'name'],
    additionalProperties: false,
    properties: { key: text, type: text, name: text, citations: { items: citation } },
  }
  const schema = { properties: { entities: { type: 'array', items: row } } }
  const rows = (name: unknown) => ({
    entities: Array.from({ length: 10_000 }, (_, i) => ({
      key: `ip:${i}`,
      type: 'ip',
      name,
      citations: [{ source: 'data', table: 'ip-asn', row: i }],
    })),
  })
  assert.equal(misfit(schema, rows('a')), undefined)
  assert.equal(misfit(schema, rows(1))?.field, '/entities/0/name')
})
