import type { Draw } from './draw.ts'
import type { Run } from './oracle.ts'
import { hosts } from './outside.ts'
import { nameOf, tables } from './world.ts'
import type { Side } from './world.ts'

interface Aim {
  readonly run: Run
  readonly own: Side
  /** Of the tenant that the run does not belong to. */
  readonly others: Side
  readonly draw: Draw
  /** Of the call, among those of its tenant. */
  readonly number: number
  /** Where the hosts of the outside listen. */
  readonly port: number
}
type MakeInput = (aim: Aim) => Record<string, unknown>

/** Mostly what is the tenant's own; often enough what is somebody else's, or nobody's. */
function keyOf({ own, others, draw }: Aim): string {
  if (draw.chance(0.2)) return draw.one(others.keys)
  return draw.chance(0.05) ? 'k:nowhere' : draw.one([...own.tenant.things.keys()])
}
function caseOf({ run, own, others, draw }: Aim): string {
  if (run.on !== undefined && draw.chance(0.6)) return run.on.id
  return draw.one(draw.chance(0.4) ? others.tenant.cases : own.tenant.cases).id
}
function draftsOf({ run, draw, number }: Aim): unknown[] {
  return Array.from({ length: 1 + draw.number(2) }, (_, i) => {
    // A few keys for all: the same as the other tenant's, so that a write that strays would be seen.
    const key = `k:w${(number + i) % 12}`
    return {
      key,
      type: 'thing',
      name: nameOf(run.tenant, key),
      properties: { number },
      ...(draw.chance(0.3) ? { tlp: draw.one(['CLEAR', 'AMBER']) } : {}),
    }
  })
}
const tableOf = ({ draw }: Aim): string => draw.one(tables)
const valueKey = ({ draw }: Aim): string => `v${draw.number(48)}`

/** How to ask each method of the plugins' api. */
export const inputs: Readonly<Record<string, MakeInput>> = {
  'graph.search': () => ({ q: 'thing', limit: 1000 }),
  'graph.entity': (aim) => ({ id: keyOf(aim) }),
  'graph.neighbours': (aim) => ({ id: keyOf(aim), limit: 1000 }),
  'graph.upsert': (aim) => ({ entities: draftsOf(aim) }),
  'cases.read': (aim) => ({ id: caseOf(aim) }),
  'cases.addEntities': (aim) => ({ id: caseOf(aim), entities: draftsOf(aim) }),
  'data.lookup': (aim) => ({ table: tableOf(aim), key: 22 }),
  'data.range': (aim) => ({ table: tableOf(aim), value: '22' }),
  'net.fetch': ({ draw, port }) => ({
    url: `https://${draw.chance(0.9) ? hosts.declared : hosts.undeclared}:${port}/${draw.number(2)}`,
    ...(draw.chance(0.5) ? { auth: { secret: 'api-key', as: 'bearer' } } : {}),
  }),
  nl2cypher: (aim) => ({
    question: aim.draw.chance(0.5) ? 'how many things are there' : `what is ${keyOf(aim)}`,
    run: true,
  }),
  'kv.get': (aim) => ({ key: valueKey(aim) }),
  'kv.set': (aim) => ({
    key: valueKey(aim),
    value: `${aim.run.tenant.name} ${'x'.repeat(aim.draw.chance(0.7) ? 60_000 : aim.draw.number(100))}`,
  }),
  'kv.delete': (aim) => ({ key: valueKey(aim) }),
  'kv.list': () => ({ limit: 1000 }),
}

interface Rows {
  readonly rows: readonly Record<string, unknown>[]
}
const keys = (rows: readonly Record<string, unknown>[], of?: string): string[] =>
  rows
    .map((row) => String((of === undefined ? row : (row[of] as Record<string, unknown>))['key']))
    .toSorted((a, b) => (a < b ? -1 : 1))

/** What of an answer the model speaks about. */
export const essences: Readonly<Record<string, (value: never) => unknown>> = {
  'graph.search': ({ rows }: Rows) => keys(rows),
  'graph.entity': ({ key }: { key: string }) => key,
  'graph.neighbours': ({ rows }: Rows) => keys(rows, 'entity'),
  'graph.upsert': (value: unknown) => value,
  'cases.read': ({ entities }: { entities: Rows['rows'] }) => keys(entities, 'entity'),
  'cases.addEntities': (value: unknown) => value,
  'data.lookup': ({ row }: { row: unknown }) => row,
  'data.range': ({ row }: { row: unknown }) => row,
  // A new answer has a number that the model cannot know; a kept one must be the very same.
  'net.fetch': ({ cached, body }: { cached: boolean; body: string }) =>
    cached ? { cached, body } : { cached, owner: body.replace(/^answer \d+ for /, '') },
  nl2cypher: ({ rows }: Rows) =>
    rows[0] !== undefined && 'count' in rows[0] ? rows[0]['count'] : keys(rows, 'entity'),
  'kv.get': ({ value }: { value: unknown }) => value,
  'kv.set': ({ bytes }: { bytes: number }) => bytes,
  'kv.delete': ({ deleted }: { deleted: boolean }) => deleted,
  'kv.list': ({ rows }: Rows) => keys(rows),
}
