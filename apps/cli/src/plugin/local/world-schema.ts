import { findOperation } from '@switchboard/api'
import { Type } from 'typebox'
import type { Static, TProperties } from 'typebox'

const closed = <const P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })
const Tlp = Type.Enum(['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'])
const CaseId = Type.String({ pattern: '^case_[0-9a-f]{32}$' })

// What `switchboard graph import` takes, so that one file serves both.
const Graph = Type.Unsafe<GraphImport>(findOperation('graph.import')?.input ?? {})

export interface GraphImport {
  readonly source: { readonly name: string; readonly version: string; readonly licence: string }
  readonly tlp?: string
  readonly entities: readonly Draft[]
  readonly relations?: readonly RelationDraft[]
}
export interface Draft {
  readonly key: string
  readonly type: string
  readonly name: string
  readonly properties?: Readonly<Record<string, unknown>>
  readonly confidence?: number
  readonly tlp?: string
  readonly citations?: readonly unknown[]
}
export interface RelationDraft {
  readonly from: string
  readonly to: string
  readonly type: string
  readonly confidence?: number
}

const Column = closed({
  name: Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$' }),
  type: Type.Enum(['ip', 'integer', 'string']),
})
const Table = closed({
  name: Type.String({ pattern: '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$' }),
  version: Type.Optional(Type.String({ maxLength: 100 })),
  licence: Type.Optional(Type.String({ maxLength: 200 })),
  columns: Type.Array(Column, { minItems: 1, maxItems: 64 }),
  key: Type.Union([
    closed({ kind: Type.Literal('range'), from: Type.String(), to: Type.String() }),
    closed({ kind: Type.Literal('exact'), column: Type.String() }),
  ]),
  rows: Type.Array(Type.Array(Type.Union([Type.String(), Type.Integer()])), { maxItems: 100_000 }),
})
const Answer = closed({
  method: Type.String({ description: 'As on api, such as graph.search.' }),
  args: Type.Optional(Type.Unknown()),
  answer: Type.Optional(Type.Unknown()),
  denial: Type.Optional(closed({ code: Type.String(), message: Type.Optional(Type.String()) })),
  rows: Type.Optional(Type.Integer({ minimum: 0 })),
})

/** A file in `fixtures`: a part of the world that a plugin is tried in. Several files add up. */
export const WorldFile = closed({
  graph: Type.Optional(Graph),
  cases: Type.Optional(
    Type.Array(
      closed({
        id: CaseId,
        title: Type.String({ minLength: 1, maxLength: 300 }),
        tlp: Type.Optional(Tlp),
        pap: Type.Optional(Type.Enum(['CLEAR', 'GREEN', 'AMBER', 'RED'])),
        notes: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200_000 }))),
      }),
    ),
  ),
  tables: Type.Optional(Type.Array(Table)),
  answers: Type.Optional(Type.Array(Answer)),
})
export type WorldFile = Static<typeof WorldFile>
export type RecordedAnswer = Static<typeof Answer>
export type WorldTable = Static<typeof Table>
