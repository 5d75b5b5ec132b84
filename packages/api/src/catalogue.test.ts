import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  catalogue,
  denialTableOf,
  deny,
  fieldsOf,
  surfaceDenials,
  textFromValue,
  valueFromText,
} from './index.ts'
import type { DenialTable, JsonSchema, OperationSpec } from './index.ts'

const specs: readonly OperationSpec[] = catalogue

test('a code means the same refusal wherever it is declared', () => {
  const known = new Map<string, unknown>()
  for (const spec of specs) {
    for (const [code, row] of Object.entries(denialTableOf(spec))) {
      assert.ok(known.get(code) === undefined || known.get(code) === row, `${spec.name} ${code}`)
      known.set(code, row)
    }
  }
  for (const code of Object.keys(surfaceDenials)) assert.ok(!known.has(code), code)
})

test('every denial renders its example: a message that names the rule, and what would change it', () => {
  const tables: DenialTable[] = [...specs.map(denialTableOf), surfaceDenials]
  for (const table of tables) {
    for (const [code, row] of Object.entries(table)) {
      const { denial } = deny(table, code, row.example as never)
      assert.doesNotMatch(`${denial.message} ${denial.change}`, /undefined|\[object|NaN/, code)
      assert.equal(denial.message, denial.message.trim(), code)
      assert.notEqual(denial.message, '', code)
      assert.notEqual(denial.change, '', code)
    }
  }
})

test('names, routes, fields and commands are each used once, and a path names fields of its input', () => {
  const once = (what: string, values: readonly string[]) =>
    assert.deepEqual(
      values.filter((value, at) => values.indexOf(value) !== at),
      [],
      what,
    )
  once(
    'name',
    specs.map((spec) => spec.name),
  )
  once(
    'route',
    specs.flatMap((spec) =>
      spec.rest === undefined ? [] : [`${spec.rest.method} ${spec.rest.path.replaceAll(/\{\w+\}/g, '{}')}`],
    ),
  )
  once(
    'graphql',
    specs.flatMap((spec) =>
      spec.graphql === undefined ? [] : [`${spec.graphql.kind} ${spec.graphql.field}`],
    ),
  )
  once(
    'command',
    specs.flatMap((spec) => (spec.cli === undefined ? [] : [spec.cli.command])),
  )
  for (const spec of specs) {
    const names = fieldsOf(spec.input).map((field) => field.name)
    for (const [, name = ''] of (spec.rest?.path ?? '').matchAll(/\{(\w+)\}/g))
      assert.ok(names.includes(name), `${spec.name} ${name}`)
  }
})

test('a value goes through an address and comes back as it was', () => {
  const key: JsonSchema = { anyOf: [{ type: 'string' }, { type: 'integer' }] }
  const kinds: readonly [JsonSchema, fc.Arbitrary<unknown>][] = [
    [
      key,
      fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.integer(),
        fc.integer().map(String),
        fc.string().map((text) => JSON.stringify(text)),
      ),
    ],
    [{ type: 'string' }, fc.string({ unit: 'grapheme' })],
    [{ type: 'integer' }, fc.integer()],
    [{ type: 'boolean' }, fc.boolean()],
  ]
  for (const [schema, values] of kinds) {
    fc.assert(
      fc.property(values, (value) =>
        assert.deepEqual(valueFromText(schema, textFromValue(schema, value)), value),
      ),
    )
  }
})
