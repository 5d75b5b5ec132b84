import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { wordsIn, wordsInJson } from './db/index.ts'
import type { Reader, Tables, Tx } from './db/index.ts'

/** Whom a request is about: somebody with an account here, or somebody of whom something is written here. */
export type Subject =
  | { readonly kind: 'user'; readonly user: string; readonly name: string }
  /** A name, an address, a number: found wherever these words stand one after the other, however they are written. */
  | { readonly kind: 'text'; readonly text: string }

export interface FoundThere {
  readonly count: number
  /** At most {@link mostNamed}. */
  readonly ids: readonly string[]
  /** All cases that any of it belongs to: a legal hold on one of them keeps it. */
  readonly cases: readonly string[]
}

/** Work beside the store that an erasure needs: done before its transaction, counted with it, ended after it. */
export interface PreparedErasure {
  /** @throws {Fault} retryable, when something has changed since it was prepared. */
  apply(tx: Tx): Promise<number>
  /** Once the transaction is durable. */
  finish(): void
}

/** One kind of place in which the product keeps something of people. */
export interface SubjectPlace {
  /** As people are told. */
  readonly place: string
  /** The columns it answers for, by table. A test holds all places together against the store's schema. */
  readonly columns: { readonly [table in keyof Tables]?: readonly string[] }
  find(db: Reader, organisation: string, subject: Subject): Promise<FoundThere>
  /** Takes the person out; answers in how many rows they were. */
  erase(tx: Tx, organisation: string, subject: Subject): Promise<number>
  /** What of it lies in files that must be written anew; the count adds to that of `erase`. */
  prepare?(db: Reader, organisation: string, subject: Subject): Promise<PreparedErasure>
}

export const mostNamed = 20
/** What stands where a person stood. */
export const erasedText = '[erased]'

/** What becomes of a text that names the person: the row goes, or the column is emptied in its own way. */
type Ending = 'delete row' | 'replace' | 'null' | 'empty object' | 'empty list'

export interface TextPlace {
  readonly place: string
  readonly table: keyof Tables
  readonly id: string
  /** Columns that may hold anything. */
  readonly texts?: Readonly<Record<string, Ending>>
  /** Columns that hold the name of a user, which is one person's in an organisation, and nothing else. */
  readonly names?: readonly string[]
  /** Columns of JSON that hold such a name among other things. */
  readonly namesWithin?: readonly string[]
  /** Rows that hold the person because their erasure is being asked for: they go with the rest and are not counted. */
  readonly asking?: RawBuilder<boolean>
  /** The column with the case that the row belongs to, or with the run whose case that is. */
  readonly case?: string
  readonly caseOfRun?: string
}

/** A place that is columns of one table. */
export function textPlace(declared: TextPlace): SubjectPlace {
  const { place, table, id, texts = {}, names = [], namesWithin = [] } = declared

  /** What is to be emptied where it holds the person, and how; a text request finds names as well. */
  function ends(
    subject: Subject,
  ): readonly { holds: RawBuilder<boolean>; column: string; to: RawBuilder<unknown> }[] {
    if (subject.kind === 'text') {
      const all = { ...texts, ...Object.fromEntries(names.map((column) => [column, 'replace' as const])) }
      return Object.entries(all).map(([column, ending]) => ({
        column,
        holds: containsText(column, subject.text),
        to: emptied(ending),
      }))
    }
    const within = JSON.stringify(subject.name)
    return [
      ...names.map((column) => ({
        column,
        holds: sql<boolean>`${sql.ref(column)} = ${subject.name}`,
        to: sql.lit(erasedText),
      })),
      ...namesWithin.map((column) => ({
        column,
        holds: sql<boolean>`(replace(${sql.ref(column)}, ${within}, '') <> ${sql.ref(column)})`,
        to: sql`(replace(${sql.ref(column)}, ${within}, ${JSON.stringify(erasedText)}))`,
      })),
    ]
  }

  function where(organisation: string, subject: Subject): RawBuilder<unknown> {
    const held = ends(subject).map(({ holds }) => holds)
    return sql`where organisation = ${organisation} and ${held.length === 0 ? sql`1 = 0` : sql`(${sql.join(held, sql` or `)})`}`
  }

  function caseColumn(): RawBuilder<unknown> {
    if (declared.case !== undefined) return sql.ref(declared.case)
    if (declared.caseOfRun === undefined) return sql`null`
    return sql`(select runs.case_id from runs where runs.id = ${sql.ref(`${table}.${declared.caseOfRun}`)})`
  }

  return {
    place,
    columns: { [table]: [...Object.keys(texts), ...names, ...namesWithin] },
    async find(db, organisation, subject) {
      const { rows } = await sql<{ id: string; case_id: string | null }>`
        select ${sql.ref(id)} as id, ${caseColumn()} as case_id from ${sql.table(table)}
        ${where(organisation, subject)}${declared.asking === undefined ? sql`` : sql` and not (${declared.asking})`} order by 1`.execute(
        db,
      )
      return foundIn(rows)
    },
    async erase(tx: Tx, organisation, subject) {
      const all = ends(subject)
      if (all.length === 0) return 0
      const which = where(organisation, subject)
      if (subject.kind === 'text' && Object.values(texts).includes('delete row')) {
        const deleted = await sql`delete from ${sql.table(table)} ${which}`.execute(tx)
        return Number(deleted.numAffectedRows ?? 0n)
      }
      const sets = all.map(
        ({ column, holds, to }) =>
          sql`${sql.ref(column)} = case when ${holds} then ${to} else ${sql.ref(column)} end`,
      )
      const updated = await sql`update ${sql.table(table)} set ${sql.join(sets)} ${which}`.execute(tx)
      return Number(updated.numAffectedRows ?? 0n)
    },
  }
}

export function foundIn(
  rows: readonly { readonly id: string; readonly case_id: string | null }[],
): FoundThere {
  const cases = rows.flatMap((row) => (row.case_id === null ? [] : [row.case_id]))
  return {
    count: rows.length,
    ids: rows.slice(0, mostNamed).map((row) => String(row.id)),
    cases: [...new Set(cases)],
  }
}

export const nothingThere: FoundThere = { count: 0, ids: [], cases: [] }

/** Whether a text of ours holds what is looked for, as the store is asked. */
export function holdsText(text: string, wanted: string): boolean {
  const words = wordsIn(wanted)
  return wordsIn(text).includes(words) || wordsInJson(text).includes(words)
}

/** That a column holds these words one after the other, however they are written; as a text, or as JSON escapes it. */
export function containsText(column: string, text: string): RawBuilder<boolean> {
  const within = sql`'%' || words(${text}) || '%'`
  return sql`(words(${sql.ref(column)}) like ${within} or json_words(${sql.ref(column)}) like ${within})`
}

function emptied(ending: Ending): RawBuilder<unknown> {
  switch (ending) {
    case 'replace':
      return sql.lit(erasedText)
    case 'empty object':
      return sql.lit('{}')
    case 'empty list':
      return sql.lit('[]')
    case 'null':
    case 'delete row':
      return sql`null`
  }
}
