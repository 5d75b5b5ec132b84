import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InputOf, OperationByName, OutputOf } from '@switchboard/api'
import { operationBehind, pluginMethods } from '../../../apps/server/src/sandbox/capabilities/index.ts'
import type { PluginApi } from './index.ts'

// What the types say is compared with what the server offers in two steps: this list has to be that of the types, or the
// compiler complains; and that of the server, or the test does.
const typed = {
  'graph.search': { operation: 'graph.search', unwrap: 'rows' },
  'graph.entity': { operation: 'graph.entity' },
  'graph.neighbours': { operation: 'graph.neighbours', unwrap: 'rows' },
  'graph.upsert': { operation: 'graph.upsert' },
  'kv.get': { operation: 'kv.get', unwrap: 'value' },
  'kv.set': { operation: 'kv.set' },
  'kv.delete': { operation: 'kv.delete' },
  'kv.list': { operation: 'kv.list' },
  'cases.read': { operation: 'case.read' },
  'cases.addEntities': { operation: 'case.add_entities' },
  'data.lookup': { operation: 'data.lookup' },
  'data.range': { operation: 'data.range' },
  'net.fetch': { operation: 'net.fetch' },
  nl2cypher: { operation: 'graph.ask' },
} as const satisfies Record<OfferedMethod, { operation: string; unwrap?: 'rows' | 'value' }>

/** `group.verb` or `verb`, for every method of the types but those that the sandbox itself answers. */
type OfferedMethod = Exclude<MethodOf<PluginApi>, 'log' | 'sleep' | `budget.${string}`>
type MethodOf<Api> = {
  [Name in keyof Api & string]: Api[Name] extends (...args: never) => unknown
    ? Name
    : `${Name}.${keyof Api[Name] & string}`
}[keyof Api & string]

type Method<Name> = Name extends `${infer Group}.${infer Verb}`
  ? Group extends keyof PluginApi
    ? Verb extends keyof PluginApi[Group]
      ? PluginApi[Group][Verb]
      : never
    : never
  : Name extends keyof PluginApi
    ? PluginApi[Name]
    : never
type ArgumentOf<Name> = Method<Name> extends (argument: infer Argument) => unknown ? Argument : never
type AnswerOf<Name> = Method<Name> extends (...args: never) => Promise<infer Answer> ? Answer : never

type Typed = typeof typed
type Operation<Name extends keyof Typed> = OperationByName<Typed[Name]['operation']>
type Delivered<Name extends keyof Typed> = Typed[Name] extends { unwrap: infer Member }
  ? Member extends keyof OutputOf<Operation<Name>>
    ? OutputOf<Operation<Name>>[Member]
    : never
  : OutputOf<Operation<Name>>

/** Lists without writing, and JSON that a schema leaves open as anything, so that shapes are what is compared. */
type Loose<T> = unknown extends T
  ? // oxlint-disable-next-line typescript/no-explicit-any -- what is open on one side fits whatever the other says
    any
  : T extends readonly (infer Item)[]
    ? readonly Loose<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Loose<T[Key]> }
      : T

/** The names of methods whose types promise what their operations do not keep. */
type Wrong = {
  [Name in keyof Typed]: [Loose<ArgumentOf<Name>>] extends [Loose<InputOf<Operation<Name>>>]
    ? [Loose<Delivered<Name>>] extends [Loose<AnswerOf<Name>>]
      ? never
      : Name
    : Name
}[keyof Typed]
const agreed: [Wrong] extends [never] ? true : Wrong = true

test('every method that the server offers has a type, and none is typed that it does not offer', () => {
  const offered = Object.fromEntries(
    pluginMethods.map((method) => {
      const { operation, unwrap } = operationBehind(method) ?? assert.fail(method)
      return [method, { operation, ...(unwrap === undefined ? {} : { unwrap }) }]
    }),
  )
  assert.deepEqual(offered, typed)
  assert.ok(agreed)
})

/** Never called: the compiler reads it. */
export async function wrongUses(api: PluginApi): Promise<void> {
  // @ts-expect-error: a query is an object, whatever one might type in a hurry.
  await api.graph.search('example')
  // @ts-expect-error: the words are required.
  await api.graph.search({ limit: 5 })
  // @ts-expect-error: there is no such option, and the server refuses what it does not know.
  await api.graph.search({ q: 'example', page: 2 })
  const [hit] = await api.graph.search({ q: 'example' })
  // @ts-expect-error: there may be no hit.
  hit.name.trim()
  // @ts-expect-error: what the graph answers is not the plugin's to change.
  if (hit !== undefined) hit.name = 'other'
  const [neighbour] = await api.graph.neighbours({ id: 'as:64500' })
  // @ts-expect-error: a neighbour is a relation with the entity inside.
  neighbour?.name.trim()
  // @ts-expect-error: a row may be missing from the table.
  ;(await api.data.lookup({ table: 'ports', key: 22 })).row['name']?.toString()
  // @ts-expect-error: nobody offers this.
  await api.files.read({ path: '/etc/passwd' })
  // @ts-expect-error: an entity without a key could not be found again.
  await api.cases.addEntities({ id: 'case_1', entities: [{ type: 'ip', name: '192.0.2.1' }] })
}
