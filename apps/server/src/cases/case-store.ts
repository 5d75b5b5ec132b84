import type { MigrationStep, Reader, Tx } from '../kernel/db/index.ts'
import { textPlace } from '../kernel/subject-place.ts'
import type { SubjectPlace } from '../kernel/subject-place.ts'

export interface CaseRow {
  id: string
  organisation: string
  title: string
  tlp: string
  /** Permissible Actions Protocol. */
  pap: string
  opened_at: number
  /** User id. */
  opened_by: string
  opened_by_name: string
  demo: number
}
export interface NoteRow {
  id: string
  case_id: string
  organisation: string
  text: string
  by: string
  at: number
}
export interface CaseEntityRow {
  case_id: string
  organisation: string
  entity_id: string
  /** JSON array. */
  citations: string
  run: string | null
  at: number
}

declare module '../kernel/db/tables.ts' {
  interface Tables {
    cases: CaseRow
    case_notes: NoteRow
    case_entities: CaseEntityRow
  }
}

export const caseMigrations: readonly MigrationStep[] = [
  {
    name: 'cases/0001-cases',
    async up(db, types) {
      await db.schema
        .createTable('cases')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('title', 'text', (c) => c.notNull())
        .addColumn('tlp', 'text', (c) => c.notNull())
        .addColumn('opened_at', types.integer, (c) => c.notNull())
        .addColumn('opened_by', 'text', (c) => c.notNull())
        .addColumn('opened_by_name', 'text', (c) => c.notNull())
        .addColumn('demo', types.integer, (c) => c.notNull())
        .execute()
      await db.schema.createIndex('cases_organisation').on('cases').columns(['organisation', 'id']).execute()
      await db.schema
        .createTable('case_notes')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('case_id', 'text', (c) => c.notNull())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('text', 'text', (c) => c.notNull())
        .addColumn('by', 'text', (c) => c.notNull())
        .addColumn('at', types.integer, (c) => c.notNull())
        .execute()
      await db.schema.createIndex('case_notes_case').on('case_notes').columns(['case_id', 'id']).execute()
      await db.schema
        .createTable('case_entities')
        .addColumn('case_id', 'text', (c) => c.notNull())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('entity_id', 'text', (c) => c.notNull())
        .addColumn('citations', 'text', (c) => c.notNull())
        .addColumn('run', 'text')
        .addColumn('at', types.integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('case_entities_key', ['case_id', 'entity_id'])
        .execute()
      await db.schema
        .createIndex('case_entities_run')
        .on('case_entities')
        .columns(['organisation', 'run'])
        .execute()
    },
  },
  {
    name: 'cases/0002-pap',
    async up(db) {
      await db.schema
        .alterTable('cases')
        .addColumn('pap', 'text', (c) => c.notNull().defaultTo('GREEN'))
        .execute()
    },
  },
]

export async function insertCase(tx: Tx, row: CaseRow): Promise<void> {
  await tx.insertInto('cases').values(row).execute()
}

export async function findCase(
  db: Reader | Tx,
  organisation: string,
  id: string,
): Promise<CaseRow | undefined> {
  return await db
    .selectFrom('cases')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Newest first; ids sort by creation. @param page with `entity`, only cases that it is attached to. */
export async function listCases(
  db: Reader,
  organisation: string,
  page: {
    readonly limit: number
    readonly before?: string | undefined
    readonly entity?: string | undefined
  },
): Promise<readonly (CaseRow & { notes: number; entities: number })[]> {
  let query = db
    .selectFrom('cases')
    .selectAll('cases')
    .select((c) => [
      c
        .selectFrom('case_notes')
        .whereRef('case_notes.case_id', '=', 'cases.id')
        .select((n) => n.fn.countAll<number>().as('count'))
        .as('notes'),
      c
        .selectFrom('case_entities')
        .whereRef('case_entities.case_id', '=', 'cases.id')
        .select((n) => n.fn.countAll<number>().as('count'))
        .as('entities'),
    ])
    .where('organisation', '=', organisation)
  const { before, entity } = page
  if (before !== undefined) query = query.where('id', '<', before)
  if (entity !== undefined)
    query = query.where((c) =>
      c.exists(
        c
          .selectFrom('case_entities')
          .select('entity_id')
          .whereRef('case_entities.case_id', '=', 'cases.id')
          .where('entity_id', '=', entity),
      ),
    )
  const rows = await query.orderBy('id', 'desc').limit(page.limit).execute()
  return rows.map((row) => ({ ...row, notes: Number(row.notes), entities: Number(row.entities) }))
}

export async function setTlp(tx: Tx, organisation: string, id: string, tlp: string): Promise<void> {
  await tx
    .updateTable('cases')
    .set({ tlp })
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .execute()
}

export async function setPap(tx: Tx, organisation: string, id: string, pap: string): Promise<void> {
  await tx
    .updateTable('cases')
    .set({ pap })
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .execute()
}

export async function insertNote(tx: Tx, row: NoteRow): Promise<void> {
  await tx.insertInto('case_notes').values(row).execute()
}

export async function notesOf(db: Reader, organisation: string, caseId: string): Promise<readonly NoteRow[]> {
  return await db
    .selectFrom('case_notes')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('case_id', '=', caseId)
    .orderBy('id')
    .execute()
}

export async function entitiesOf(
  db: Reader | Tx,
  organisation: string,
  caseId: string,
): Promise<readonly CaseEntityRow[]> {
  return await db
    .selectFrom('case_entities')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('case_id', '=', caseId)
    .orderBy('at')
    .orderBy('entity_id')
    .execute()
}

/** Attaches, or adds citations to what is attached already. The first run stays its provenance. */
export async function attachEntity(tx: Tx, row: CaseEntityRow): Promise<void> {
  const known = await tx
    .selectFrom('case_entities')
    .select('citations')
    .where('case_id', '=', row.case_id)
    .where('entity_id', '=', row.entity_id)
    .executeTakeFirst()
  if (known === undefined) {
    await tx.insertInto('case_entities').values(row).execute()
    return
  }
  const merged = new Set(
    [...(JSON.parse(known.citations) as unknown[]), ...(JSON.parse(row.citations) as unknown[])].map((c) =>
      JSON.stringify(c),
    ),
  )
  await tx
    .updateTable('case_entities')
    .set({ citations: `[${[...merged].join(',')}]` })
    .where('case_id', '=', row.case_id)
    .where('entity_id', '=', row.entity_id)
    .execute()
}

/** Which of the entities somebody else than the run has attached to a case. */
export async function heldByOthers(
  tx: Tx,
  organisation: string,
  run: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const held = new Set<string>()
  // No statement with more parameters than either engine takes gladly.
  for (let start = 0; start < ids.length; start += 500) {
    const rows = await tx
      .selectFrom('case_entities')
      .select('entity_id')
      .distinct()
      .where('organisation', '=', organisation)
      .where('entity_id', 'in', ids.slice(start, start + 500))
      .where((either) => either.or([either('run', 'is', null), either('run', '!=', run)]))
      .execute()
    for (const row of rows) held.add(row.entity_id)
  }
  return held
}

/** Cases that a run attached something to, or that hold one of the entities, whoever attached it. */
export async function casesOfUndo(
  tx: Tx,
  organisation: string,
  run: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const of = tx
    .selectFrom('case_entities')
    .select('case_id')
    .distinct()
    .where('organisation', '=', organisation)
  const cases = new Set((await of.where('run', '=', run).execute()).map((row) => row.case_id))
  for (let start = 0; start < ids.length; start += 500) {
    const rows = await of.where('entity_id', 'in', ids.slice(start, start + 500)).execute()
    for (const row of rows) cases.add(row.case_id)
  }
  return [...cases]
}

export async function detachRun(tx: Tx, organisation: string, run: string): Promise<number> {
  const result = await tx
    .deleteFrom('case_entities')
    .where('organisation', '=', organisation)
    .where('run', '=', run)
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

export async function detachEntities(tx: Tx, organisation: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await tx
    .deleteFrom('case_entities')
    .where('organisation', '=', organisation)
    .where('entity_id', 'in', ids)
    .execute()
}

export async function deleteCasesOf(tx: Tx, organisation: string): Promise<{ cases: number; notes: number }> {
  await tx.deleteFrom('case_entities').where('organisation', '=', organisation).execute()
  const notes = await tx.deleteFrom('case_notes').where('organisation', '=', organisation).executeTakeFirst()
  const cases = await tx.deleteFrom('cases').where('organisation', '=', organisation).executeTakeFirst()
  return { cases: Number(cases.numDeletedRows), notes: Number(notes.numDeletedRows) }
}

export async function tlpsOf(
  db: Reader,
  organisation: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('cases')
    .select(['id', 'tlp'])
    .where('organisation', '=', organisation)
    .where('id', 'in', ids)
    .execute()
  return new Map(rows.map((row) => [row.id, row.tlp]))
}

/** Where cases keep people. */
export const casePlaces: readonly SubjectPlace[] = [
  textPlace({
    place: 'cases',
    table: 'cases',
    id: 'id',
    case: 'id',
    texts: { title: 'replace' },
    names: ['opened_by_name'],
  }),
  textPlace({
    place: 'notes of cases',
    table: 'case_notes',
    id: 'id',
    case: 'case_id',
    texts: { text: 'replace' },
    names: ['by'],
  }),
  textPlace({
    place: 'citations in cases',
    table: 'case_entities',
    id: 'entity_id',
    case: 'case_id',
    texts: { citations: 'empty list' },
  }),
]

/** The cases that any of the entities is attached to. */
export async function casesWith(
  db: Reader,
  organisation: string,
  entities: readonly string[],
): Promise<readonly string[]> {
  if (entities.length === 0) return []
  const rows = await db
    .selectFrom('case_entities')
    .select(['case_id', 'entity_id'])
    .where('organisation', '=', organisation)
    .execute()
  // An organisation attaches far fewer entities than it knows; a person may be in more than a statement takes parameters.
  const asked = new Set(entities)
  return [...new Set(rows.filter((row) => asked.has(row.entity_id)).map((row) => row.case_id))]
}
