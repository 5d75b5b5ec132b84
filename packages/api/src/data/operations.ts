import { Type } from 'typebox'
import { operation } from '../operation.ts'
import { closed, Json, PackageName, Version } from '../schema.ts'
import { dataDenials as d } from './denials.ts'

const Answer = closed(
  {
    row: Json,
    citation: closed({
      source: Type.Literal('data'),
      table: PackageName,
      version: Version,
      licence: Type.String(),
      row: Type.Union([
        Type.Integer({ description: 'Row number in the signed table, from 1.' }),
        Type.Null(),
      ]),
    }),
  },
  { title: 'TableAnswer' },
)
const denials = {
  table_unknown: d.table_unknown,
  table_key_invalid: d.table_key_invalid,
  table_kind_mismatch: d.table_kind_mismatch,
} as const

export const dataLookup = operation({
  name: 'data.lookup',
  summary: 'Look a key up in a data package',
  description: "The row whose key equals `key`, or null, with the table's version and licence as citation.",
  effect: 'read',
  capability: (input) => `read:data:${input.table}`,
  input: closed({ table: PackageName, key: Type.Union([Type.String({ maxLength: 500 }), Type.Integer()]) }),
  output: Answer,
  denials,
  rest: { method: 'GET', path: '/data/{table}/lookup' },
  cli: { command: 'data lookup', positional: ['table', 'key'] },
})
export const dataRange = operation({
  name: 'data.range',
  summary: 'Look a value up in a table of ranges',
  description:
    'The row whose range holds `value` (an IP address, say), or null, with version and licence as citation.',
  effect: 'read',
  capability: (input) => `read:data:${input.table}`,
  input: closed({ table: PackageName, value: Type.String({ maxLength: 500 }) }),
  output: Answer,
  denials,
  rest: { method: 'GET', path: '/data/{table}/range' },
  cli: { command: 'data range', positional: ['table', 'value'] },
})
export const dataList = operation({
  name: 'data.list',
  summary: 'List installed data packages',
  description: 'Tables that plugins may be granted, with version, licence, sources and size.',
  effect: 'read',
  input: closed({}),
  output: closed({
    rows: Type.Array(
      closed({
        table: PackageName,
        version: Version,
        licence: Type.String(),
        rowCount: Type.Integer(),
        kind: Type.String(),
        sources: Json,
      }),
    ),
  }),
  denials: {},
  rest: { method: 'GET', path: '/data' },
  cli: { command: 'data list' },
})
