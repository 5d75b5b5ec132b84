import { Type } from 'typebox'
import { marketplaceDenials } from '../marketplace/denials.ts'
import { operation } from '../operation.ts'
import { closed, Cursor, Instant, Json, Limit, PackageName, Page } from '../schema.ts'
import { kvDenials as d } from './denials.ts'

const keyCharacters = '[!-~]'
const Key = Type.String({
  pattern: `^${keyCharacters}{1,200}$`,
  description: 'Up to 200 printable ASCII characters without spaces.',
})
const denials = {
  kv_plugins_only: d.kv_plugins_only,
  not_installed: marketplaceDenials.not_installed,
} as const

export const kvGet = operation({
  name: 'kv.get',
  summary: 'Read a kept value',
  description:
    'What the plugin kept under the key in any of its runs in this organisation; null where there is nothing. A plugin receives the bare value.',
  effect: 'read',
  capability: 'store:kv',
  input: closed({ key: Key }),
  output: closed({ value: Json }),
  denials,
})
export const kvSet = operation({
  name: 'kv.set',
  summary: 'Keep a value',
  description:
    'Keeps a JSON value of up to 64 KiB under the key, within a quota of 1,000 keys and 1 MiB per package. The value bears the strictest marking that the run was given.',
  effect: 'write',
  capability: 'store:kv',
  input: closed({ key: Key, value: Json }),
  output: closed({ key: Key, bytes: Type.Integer() }),
  denials: { ...denials, kv_quota_exceeded: d.kv_quota_exceeded, kv_value_invalid: d.kv_value_invalid },
})
export const kvDelete = operation({
  name: 'kv.delete',
  summary: 'Delete a kept value',
  description: 'Deletes what is kept under the key, if there is anything.',
  effect: 'write',
  capability: 'store:kv',
  input: closed({ key: Key }),
  output: closed({ deleted: Type.Boolean() }),
  denials,
})
export const kvList = operation({
  name: 'kv.list',
  summary: 'List kept keys',
  description: 'Keys that begin with `prefix`, in order, with the size of their values as JSON.',
  effect: 'read',
  capability: 'store:kv',
  input: closed({
    prefix: Type.Optional(Type.String({ pattern: `^${keyCharacters}{0,200}$` })),
    limit: Limit,
    cursor: Cursor,
  }),
  output: Page(closed({ key: Key, bytes: Type.Integer(), updatedAt: Instant })),
  denials,
})
export const kvUsage = operation({
  name: 'plugin.kv_usage',
  summary: 'Show what plugins keep',
  description: 'Keys and bytes that each package keeps between runs, against its quota; never the content.',
  effect: 'read',
  input: closed({}),
  output: closed({
    rows: Type.Array(
      closed({
        id: PackageName,
        keys: Type.Integer(),
        keysAllowed: Type.Integer(),
        bytes: Type.Integer(),
        bytesAllowed: Type.Integer(),
      }),
    ),
  }),
  denials: {},
  rest: { method: 'GET', path: '/plugin-values' },
  cli: { command: 'plugin kv-usage' },
})
export const kvClear = operation({
  name: 'plugin.kv_clear',
  summary: 'Clear what a plugin keeps',
  description: 'Deletes every value that the package keeps between runs; the package stays installed.',
  effect: 'write',
  input: closed({ id: PackageName }),
  output: closed({ id: PackageName, keys: Type.Integer() }),
  denials: { not_installed: marketplaceDenials.not_installed },
  rest: { method: 'DELETE', path: '/plugins/{id}/values' },
  cli: { command: 'plugin kv-clear', positional: ['id'] },
})
