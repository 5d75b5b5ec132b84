import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { allow, caseDenials, dataDenials, deny, graphDenials } from '@switchboard/api'
import type { Outcome } from '@switchboard/api'
import { csvLine, openTable } from '../../../../server/src/data/table/index.ts'
import type { Lookup, Table } from '../../../../server/src/data/table/index.ts'
import { MemoryGraph } from './memory-graph.ts'
import { FileRefused } from './read-json-file.ts'
import type { Draft, RecordedAnswer, RelationDraft, WorldFile, WorldTable } from './world-schema.ts'

export interface Answered {
  readonly outcome: Outcome<unknown>
  /** Rows delivered, as the gate counts them. */
  readonly rows: number
}

/** Where the calls of a local run go once they are allowed. */
export interface World {
  /** Undefined: this world has no answer. */
  perform(call: {
    readonly method: string
    readonly operation: string
    readonly input: unknown
  }): Promise<Answered | undefined>
  /** Whether there is such a thing, which the gate finds out before it decides. Absent: only the call itself can tell. */
  has?(kind: 'case' | 'table', id: string): boolean
}

type Perform = (input: never) => Answered | Promise<Answered>

/**
 * A world in memory, from the files of `fixtures`. It answers as the server's operations do, with ids made from keys, so that
 * a result can be written down and compared. What is recorded under `answers` goes before everything else.
 *
 * @throws {FileRefused} for a relation without its entities, a case that is there twice, a table that breaks its own rules.
 */
export async function createWorld(files: ReadonlyMap<string, WorldFile>): Promise<World> {
  const graph = new MemoryGraph()
  const cases = new Map<string, MemoryCase>()
  const tables = new Map<string, { readonly of: WorldTable; readonly table: Table }>()
  const answers: RecordedAnswer[] = []
  for (const [file, world] of files) {
    if (world.graph !== undefined) {
      const { source, tlp = 'CLEAR', entities, relations = [] } = world.graph
      const written = graph.write({ source, tlp, entities, relations })
      if ('dangling' in written)
        throw new FileRefused(
          `${file}#/graph/relations`,
          `No entity has the key ${written.dangling.missing}.`,
        )
    }
    for (const one of world.cases ?? []) {
      if (cases.has(one.id)) throw new FileRefused(`${file}#/cases`, `${one.id} is there twice.`)
      cases.set(one.id, {
        id: one.id,
        title: one.title,
        tlp: one.tlp ?? 'AMBER',
        pap: one.pap ?? 'GREEN',
        notes: one.notes ?? [],
        attached: new Map(),
      })
    }
    for (const one of world.tables ?? []) tables.set(one.name, { of: one, table: await open(file, one) })
    answers.push(...(world.answers ?? []))
  }

  const operations: Readonly<Record<string, Perform>> = {
    'graph.search': (input: { q: string; type?: string; limit?: number }) => {
      const rows = graph.search(input)
      return { outcome: allow({ rows }), rows: rows.length }
    },
    'graph.entity': ({ id }: { id: string }) => {
      const found = graph.find(id)
      return found === undefined
        ? { outcome: deny(graphDenials, 'entity_unknown', { entity: id }), rows: 0 }
        : { outcome: allow(found), rows: 1 }
    },
    'graph.neighbours': (input: { id: string; type?: string; limit?: number }) => {
      const rows = graph.neighbours(input)
      return rows === undefined
        ? { outcome: deny(graphDenials, 'entity_unknown', { entity: input.id }), rows: 0 }
        : { outcome: allow({ rows }), rows: rows.length }
    },
    // Questions are understood by the server; here they are answered from what is recorded.
    'graph.ask': ({ question }: { question: string }) => ({
      outcome: deny(graphDenials, 'question_not_understood', {
        question: question.slice(0, 200),
        why: 'a local run translates no questions; record the answer in its fixtures',
        nearest: [],
      }),
      rows: 0,
    }),
    'case.read': ({ id }: { id: string }) => {
      const found = cases.get(id)
      if (found === undefined) return { outcome: deny(caseDenials, 'case_unknown', { case: id }), rows: 0 }
      return { outcome: allow(viewOf(found, graph)), rows: 1 }
    },
    'case.add_entities': (input: {
      id: string
      entities: readonly Draft[]
      relations?: readonly RelationDraft[]
    }) => {
      const found = cases.get(input.id)
      if (found === undefined)
        return { outcome: deny(caseDenials, 'case_unknown', { case: input.id }), rows: 0 }
      const source = { name: 'local run', version: '1', licence: 'NOASSERTION' }
      const { entities, relations = [] } = input
      const written = graph.write({ source, tlp: found.tlp, entities, relations, leaveOutDangling: true })
      assert(!('dangling' in written), 'relations to unknown ends were to be left out')
      for (const { key, citations = [] } of input.entities) found.attached.set(key, citations)
      return { outcome: allow(written), rows: input.entities.length }
    },
    'data.lookup': ({ table, key }: { table: string; key: string | number }) =>
      lookUp(tables.get(table), table, (rows) => rows.exact(key)),
    'data.range': ({ table, value }: { table: string; value: string }) =>
      lookUp(tables.get(table), table, (rows) => rows.range(value)),
  }

  return {
    has: (kind, id) => (kind === 'case' ? cases : tables).has(id),
    async perform({ method, operation, input }) {
      const recorded = answers.find(
        (one) => one.method === method && (one.args === undefined || isDeepStrictEqual(one.args, input)),
      )
      if (recorded !== undefined) return answerOf(recorded)
      const perform = Object.hasOwn(operations, operation) ? operations[operation] : undefined
      // Parsed against the operation's own schema just before.
      return await perform?.(input as never)
    },
  }
}

/** The operations that a world in memory performs by itself; any other method needs recorded answers. */
export const operationsInMemory: readonly string[] = [
  'graph.search',
  'graph.entity',
  'graph.neighbours',
  'graph.ask',
  'case.read',
  'case.add_entities',
  'data.lookup',
  'data.range',
]

interface MemoryCase {
  readonly id: string
  readonly title: string
  readonly tlp: string
  readonly pap: string
  readonly notes: readonly string[]
  /** Citations by key of the entity. */
  readonly attached: Map<string, readonly unknown[]>
}

// The start of every local world; a fixed one, so that results can be compared.
const openedAt = Date.UTC(2026, 0, 1)

function viewOf(found: MemoryCase, graph: MemoryGraph) {
  return {
    id: found.id,
    title: found.title,
    tlp: found.tlp,
    pap: found.pap,
    openedAt,
    notes: found.notes.map((text, i) => ({
      id: `note_${createHash('sha256').update(`${found.id} ${i}`).digest('hex').slice(0, 32)}`,
      text,
      by: 'Author',
      at: openedAt,
    })),
    entities: [...found.attached].map(([key, citations]) => ({
      entity: graph.find(key),
      citations,
      run: null,
    })),
  }
}

function answerOf(recorded: RecordedAnswer): Answered {
  if (recorded.denial === undefined)
    return { outcome: allow(recorded.answer ?? null), rows: recorded.rows ?? 0 }
  const { code, message = `The recorded answer is a refusal: ${code}.` } = recorded.denial
  const denial = {
    code,
    category: 'unavailable' as const,
    params: {},
    message,
    change: 'It is recorded so in fixtures.',
  }
  return { outcome: { ok: false, denial }, rows: 0 }
}

async function open(file: string, { name, columns, key, rows }: WorldTable): Promise<Table> {
  const lines = [columns.map((column) => column.name), ...rows].map(csvLine)
  const opened = await openTable({ csv: Buffer.from(lines.join('')) }, { file: 'rows', columns, key })
  if (opened.ok) return opened.table
  const { line, detail } = opened.problem
  throw new FileRefused(`${file}#/tables/${name}${line > 1 ? `/rows/${line - 2}` : ''}`, detail)
}

const keyRules = {
  wrong_type: 'must be of the type of the key column',
  too_long: 'is too long for the key column',
  malformed: 'must be a well-formed value of the key column, such as an IP address',
} as const

function lookUp(
  found: { readonly of: WorldTable; readonly table: Table } | undefined,
  name: string,
  find: (table: Table) => Lookup,
): Answered {
  if (found === undefined) return { outcome: deny(dataDenials, 'table_unknown', { table: name }), rows: 0 }
  const { of } = found
  const looked = find(found.table)
  if (looked.kind === 'refused') {
    const outcome =
      looked.reason === 'wrong_kind'
        ? deny(dataDenials, 'table_kind_mismatch', { table: name, wanted: of.key.kind })
        : deny(dataDenials, 'table_key_invalid', { table: name, rule: keyRules[looked.reason] })
    return { outcome, rows: 0 }
  }
  const { version = '1.0.0', licence = 'NOASSERTION' } = of
  const citation = { source: 'data', table: name, version, licence, row: looked.rowNumber }
  return { outcome: allow({ row: looked.row, citation }), rows: looked.kind === 'found' ? 1 : 0 }
}
