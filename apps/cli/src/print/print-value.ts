import { choicesOf, fieldsOf, withoutNull } from '@switchboard/api'
import type { Field, JsonSchema } from '@switchboard/api'
import { formatScalar, visible } from './format-scalar.ts'
import { labelOf } from './label.ts'
import { alignColumns, printTable } from './table.ts'
import type { Column } from './table.ts'

const digest = /^[0-9a-f]{64}$/

const shortWord = 20

type Fields = Readonly<Record<string, unknown>>

/** An answer as people read it: lists as tables, the rest as aligned pairs, whatever is free JSON as JSON. */
export function printValue(value: unknown, schema: unknown, width: number): string {
  return block(value, schema as JsonSchema, width, '')
}

function block(value: unknown, given: JsonSchema, width: number, indent: string): string {
  const { schema } = withoutNull(given)
  const rows = (value as Fields | null)?.['rows']
  const rowSchema = schema.properties?.['rows']?.items
  if (Array.isArray(rows) && rowSchema?.properties !== undefined) {
    const rest = fieldsOf(schema).filter((field) => field.name !== 'rows')
    return `${table(rows as Fields[], rowSchema, width)}${pairs(value as Fields, rest, width, indent)}`
  }
  if (schema.properties !== undefined && value !== null)
    return pairs(value as Fields, fieldsOf(schema), width, indent)
  return `${indent}${visible(JSON.stringify(value, null, 2)).replaceAll('\n', `\n${indent}`)}\n`
}

function pairs(value: Fields, fields: readonly Field[], width: number, indent: string): string {
  const present = fields.filter(({ name }) => value[name] !== undefined && value[name] !== null)
  const short = present.filter((field) => isShort(value[field.name], field.schema))
  const lines = alignColumns(
    short.map(({ name, schema }) => [labelOf(name), shortText(value[name], schema, name)]),
  )
  const long = present
    .filter((field) => !short.includes(field))
    .map(
      ({ name, schema }) =>
        `${indent}${labelOf(name)}\n${longText(value[name], schema, width, `${indent}  `)}`,
    )
  return `${lines.map((line) => `${indent}${line}\n`).join('')}${long.join('')}`
}

function isShort(value: unknown, given: JsonSchema): boolean {
  if (typeof value === 'string') return !value.includes('\n')
  if (Array.isArray(value)) return value.every((one) => typeof one !== 'object')
  return typeof value !== 'object' && given.properties === undefined
}

function shortText(value: unknown, schema: JsonSchema, name: string): string {
  if (!Array.isArray(value)) return formatScalar(value, schema, name)
  return value.length === 0
    ? '(none)'
    : value.map((one) => formatScalar(one, schema.items ?? {}, name)).join(', ')
}

function longText(value: unknown, given: JsonSchema, width: number, indent: string): string {
  const { schema } = withoutNull(given)
  if (typeof value === 'string')
    return `${visible(value)
      .trimEnd()
      .replaceAll(/^(?!$)/gm, indent)}\n`
  const items = schema.items
  if (Array.isArray(value) && items?.properties !== undefined) {
    return table(value as Fields[], items, width - indent.length)
      .replaceAll(/^/gm, indent)
      .trimEnd()
      .concat('\n')
  }
  return block(value, schema, width, indent)
}

function table(rows: readonly Fields[], schema: JsonSchema, width: number): string {
  if (rows.length === 0) return '(none)\n'
  const columns = fieldsOf(schema).flatMap((field) => columnsOf(field, rows, ''))
  return printTable(columns, width)
}

/** A nested object shows what names it; free JSON is left to --json and the detail commands. */
function columnsOf(field: Field, rows: readonly (Fields | undefined)[], prefix: string): Column[] {
  const { schema } = withoutNull(field.schema)
  if (schema.properties !== undefined) {
    const naming = fieldsOf(schema).filter(({ name }) => ['id', 'key', 'name', 'type'].includes(name))
    const inner = rows.map((row) => row?.[field.name] as Fields | undefined)
    return naming.flatMap((one) => columnsOf(one, inner, `${prefix}${field.name}.`))
  }
  const title = `${prefix}${labelOf(field.name)}`
  const texts = rows.map((row) => shortText(row?.[field.name], field.schema, field.name))
  // The front of a digest is enough to see whether two are the same; --json has it whole.
  const cells = texts.map((text) =>
    digest.test(text) ? `${text.slice(0, 12)}…` : text.replaceAll(/\s*\n\s*/g, ' '),
  )
  return [{ title, cells, kind: kindOf(field, schema, texts) }]
}

function kindOf(field: Field, schema: JsonSchema, texts: readonly string[]): Column['kind'] {
  if (texts.some((text) => digest.test(text) || text.includes('-----BEGIN') || /^[0-9a-f]{16}$/.test(text)))
    return 'detail'
  if (['id', 'key', 'name'].includes(field.name)) return 'name'
  const free = schema.type === undefined && schema.anyOf === undefined && choicesOf(schema) === undefined
  const text = schema.type === 'string' && schema.pattern === undefined
  // A word of a closed set of words is a fact, however the schema spells it.
  return (free || text) && texts.some((one) => one.length > shortWord) ? 'prose' : 'fact'
}
