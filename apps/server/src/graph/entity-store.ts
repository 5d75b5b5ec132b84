import { sql } from 'kysely'
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import { prepared } from '../kernel/db/index.ts'
import type { MigrationStep, Reader, Tables, Tx } from '../kernel/db/index.ts'
import { createTextIndexTable } from '../kernel/db/index.ts'
import type { Ceilings } from '../kernel/handler.ts'
import { tlpsWithin } from '../kernel/tlp.ts'

export interface EntityRow {
  /** Grows with each entity; the key of the text index. */
  seq: number
  id: string
  organisation: string
  key: string
  type: string
  name: string
  properties: string
  tlp: string
  confidence: number
  source_name: string
  source_version: string
  source_licence: string
  /** JSON array: where plugins that wrote it found it. */
  citations: string
  /** The run that wrote it last, by itself or by a proposal; null for imports and people. */
  run: string | null
  updated_at: number
}
export interface RelationRow {
  id: string
  organisation: string
  from_id: string
  to_id: string
  type: string
  confidence: number
  tlp: string
  source_name: string
  run: string | null
}
interface GraphChangeRow {
  organisation: string
  run: string
  kind: 'entity' | 'relation'
  id: string
  /** JSON of the row as it was; null when the run created it. */
  before: string | null
}

declare module '../kernel/db/tables.ts' {
  interface Tables {
    entities: EntityRow
    relations: RelationRow
    graph_changes: GraphChangeRow
  }
}

/** Statements with more parameters than this are refused by one engine or slow on the other. */
const keysAStatement = 500
const rowsAStatement = 200

export const graphMigrations: readonly MigrationStep[] = [
  {
    name: 'graph/0001-entities',
    async up(db, types) {
      await db.schema
        .createTable('entities')
        .addColumn('seq', types.integer, (c) => c.primaryKey())
        .addColumn('id', 'text', (c) => c.notNull().unique())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('key', 'text', (c) => c.notNull())
        .addColumn('type', 'text', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('properties', 'text', (c) => c.notNull())
        .addColumn('tlp', 'text', (c) => c.notNull())
        .addColumn('confidence', types.real, (c) => c.notNull())
        .addColumn('source_name', 'text', (c) => c.notNull())
        .addColumn('source_version', 'text', (c) => c.notNull())
        .addColumn('source_licence', 'text', (c) => c.notNull())
        .addColumn('run', 'text')
        .addColumn('updated_at', types.integer, (c) => c.notNull())
        .addUniqueConstraint('entities_key', ['organisation', 'key'])
        .execute()
      await db.schema
        .createTable('relations')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('from_id', 'text', (c) => c.notNull())
        .addColumn('to_id', 'text', (c) => c.notNull())
        .addColumn('type', 'text', (c) => c.notNull())
        .addColumn('confidence', types.real, (c) => c.notNull())
        .addColumn('source_name', 'text', (c) => c.notNull())
        .addColumn('run', 'text')
        .addUniqueConstraint('relations_ends', ['from_id', 'to_id', 'type'])
        .execute()
      await db.schema.createIndex('relations_to').on('relations').columns(['to_id', 'type']).execute()
      await db.schema
        .createTable('graph_changes')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('run', 'text', (c) => c.notNull())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('id', 'text', (c) => c.notNull())
        .addColumn('before', 'text')
        .addPrimaryKeyConstraint('graph_changes_key', ['run', 'kind', 'id'])
        .execute()
      await createTextIndexTable(db, types.dialect, 'entity_words')
    },
  },
  {
    name: 'graph/0002-relation-tlp',
    async up(db) {
      await db.schema
        .alterTable('relations')
        .addColumn('tlp', 'text', (c) => c.notNull().defaultTo('CLEAR'))
        .execute()
    },
  },
  {
    name: 'graph/0003-citations',
    async up(db) {
      await db.schema
        .alterTable('entities')
        .addColumn('citations', 'text', (c) => c.notNull().defaultTo('[]'))
        .execute()
    },
  },
  {
    name: 'graph/0004-types-and-names',
    async up(db) {
      // Questions ask which types there are, how many of each, and who is called so.
      await db.schema
        .createIndex('entities_type')
        .on('entities')
        .columns(['organisation', 'type', 'key'])
        .execute()
      await db.schema
        .createIndex('relations_type')
        .on('relations')
        .columns(['organisation', 'type'])
        .execute()
      await db.schema.createIndex('entities_name').on('entities').columns(['organisation', 'name']).execute()
    },
  },
]

export async function findByKeys(
  db: Reader | Tx,
  organisation: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, EntityRow>> {
  const found = new Map<string, EntityRow>()
  for (let start = 0; start < keys.length; start += keysAStatement) {
    const rows = await db
      .selectFrom('entities')
      .selectAll()
      .where('organisation', '=', organisation)
      .where('key', 'in', keys.slice(start, start + keysAStatement))
      .execute()
    for (const row of rows) found.set(row.key, row)
  }
  return found
}

/** The ids behind natural keys, for those who need no more of the rows. */
export async function findIds(
  db: Reader | Tx,
  organisation: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (let start = 0; start < keys.length; start += keysAStatement) {
    const rows = await db
      .selectFrom('entities')
      .select(['key', 'id'])
      .where('organisation', '=', organisation)
      .where('key', 'in', keys.slice(start, start + keysAStatement))
      .execute()
    for (const { key, id } of rows) found.set(key, id)
  }
  return found
}

/** By id or natural key. */
export async function findEntity(
  db: Reader | Tx,
  organisation: string,
  idOrKey: string,
): Promise<EntityRow | undefined> {
  return (await entityNamed(db, { organisation, idOrKey })).rows[0]
}

const entityNamed = prepared(
  (db: Reader, { organisation, idOrKey }: { organisation: string; idOrKey: string }) =>
    db
      .selectFrom('entities')
      .selectAll()
      .where('organisation', '=', organisation)
      .where((either) => either.or([either('id', '=', idOrKey), either('key', '=', idOrKey)])),
)

export async function entitiesBySeq(
  db: Reader,
  organisation: string,
  seqs: readonly number[],
): Promise<readonly EntityRow[]> {
  if (seqs.length === 0) return []
  const rows = await db
    .selectFrom('entities')
    .selectAll()
    .where('seq', 'in', seqs)
    // As an expression no index serves it: SQLite would otherwise walk the organisation's whole index, 14 ms for 184,000 entities.
    .where(sql<string>`organisation || ''`, '=', organisation)
    .execute()
  const bySeq = new Map(rows.map((row) => [row.seq, row]))
  return seqs.flatMap((seq) => bySeq.get(seq) ?? [])
}

export async function entitiesById(
  db: Reader | Tx,
  organisation: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, EntityRow>> {
  const found = new Map<string, EntityRow>()
  for (let start = 0; start < ids.length; start += keysAStatement) {
    const rows = await db
      .selectFrom('entities')
      .selectAll()
      .where('organisation', '=', organisation)
      .where('id', 'in', ids.slice(start, start + keysAStatement))
      .execute()
    for (const row of rows) found.set(row.id, row)
  }
  return found
}

export async function relationsOf(
  db: Reader | Tx,
  organisation: string,
  entity: string,
  filter: { readonly type?: string | undefined; readonly limit: number },
): Promise<readonly RelationRow[]> {
  // Two indexed look-ups; an OR over both ends would scan.
  const ends = await Promise.all(
    (['from_id', 'to_id'] as const).map((end) => {
      let query = db
        .selectFrom('relations')
        .selectAll()
        .where('organisation', '=', organisation)
        .where(end, '=', entity)
      // What relates to itself is found by its start.
      if (end === 'to_id') query = query.where('from_id', '!=', entity)
      if (filter.type !== undefined) query = query.where('type', '=', filter.type)
      return query.orderBy('id').limit(filter.limit).execute()
    }),
  )
  return ends.flat().slice(0, filter.limit)
}

/** Relations with both ends among the entities, in the order of their ids within each statement; at most so many. */
export async function relationsAmong(
  db: Reader | Tx,
  organisation: string,
  ids: readonly string[],
  most: number,
): Promise<readonly RelationRow[]> {
  const found: RelationRow[] = []
  for (const from of chunksOf(ids))
    for (const to of chunksOf(ids)) {
      if (found.length >= most) return found
      const rows = await db
        .selectFrom('relations')
        .selectAll()
        .where('organisation', '=', organisation)
        .where('from_id', 'in', from)
        .where('to_id', 'in', to)
        .orderBy('id')
        .limit(most - found.length)
        .execute()
      found.push(...rows)
    }
  return found
}

/** Whether each of these relations is stored, in their order. */
export async function relationsThere(
  db: Reader | Tx,
  organisation: string,
  wanted: readonly Pick<RelationRow, 'from_id' | 'to_id' | 'type'>[],
): Promise<readonly boolean[]> {
  const there = new Set<string>()
  for (const some of chunksOf(wanted)) {
    const rows = await db
      .selectFrom('relations')
      .select(['from_id', 'to_id', 'type'])
      .where('organisation', '=', organisation)
      // Each by all of its name: every start with every end would be as many as the graph has among them.
      .where(
        sql<boolean>`(from_id, to_id, type) in (values ${sql.join(
          some.map(({ from_id, to_id, type }) => sql`(${from_id}, ${to_id}, ${type})`),
        )})`,
      )
      .execute()
    for (const row of rows) there.add(nameOf(row))
  }
  return wanted.map((each) => there.has(nameOf(each)))
}

function nameOf({ from_id, to_id, type }: Pick<RelationRow, 'from_id' | 'to_id' | 'type'>): string {
  return `${from_id} ${to_id} ${type}`
}

/** As far as somebody with these ceilings may know of them: a name tells that there is something of it. */
export async function entityTypes(
  db: Reader,
  organisation: string,
  ceilings: Ceilings | undefined,
): Promise<ReadonlySet<string>> {
  return await distinctTypes((after) => {
    const query = db
      .selectFrom('entities')
      .select('type')
      .where('organisation', '=', organisation)
      .where('type', '>', after)
    const visible = ceilings === undefined ? query : query.where((e) => e.and(entityWithin(e, ceilings)))
    return visible.orderBy('type').limit(1).executeTakeFirst()
  })
}
export async function relationTypes(
  db: Reader,
  organisation: string,
  ceilings: Ceilings | undefined,
): Promise<ReadonlySet<string>> {
  return await distinctTypes((after) => {
    const query = db
      .selectFrom('relations')
      .select('relations.type')
      .where('relations.organisation', '=', organisation)
      .where('relations.type', '>', after)
    // The word itself may tell of an end that is beyond the ceilings, so both ends must be within.
    const visible =
      ceilings === undefined
        ? query
        : query.where('relations.tlp', 'in', tlpsWithin(ceilings.tlp)).where((e) =>
            e.and(
              (['relations.from_id', 'relations.to_id'] as const).map((end) =>
                e.exists(
                  e
                    .selectFrom('entities')
                    .select('entities.id')
                    .whereRef('entities.id', '=', end)
                    .where('entities.organisation', '=', organisation)
                    .where((of) => of.and(entityWithin(of, ceilings))),
                ),
              ),
            ),
          )
    return visible.orderBy('relations.type').limit(1).executeTakeFirst()
  })
}

/** One step in the index per type, not one per row: a graph has thousands of rows for each. */
async function distinctTypes(
  next: (after: string) => Promise<{ readonly type: string } | undefined>,
): Promise<ReadonlySet<string>> {
  const types = new Set<string>()
  for (let after = ''; ;) {
    const row = await next(after)
    if (row === undefined || types.size >= mostTypes) return types
    types.add(row.type)
    after = row.type
  }
}

/** {@link isWithin} as conditions of a query. */
function entityWithin(
  e: ExpressionBuilder<Tables, 'entities'>,
  { tlp, licences }: Ceilings,
): Expression<SqlBool>[] {
  const marked = e('entities.tlp', 'in', tlpsWithin(tlp))
  return licences.includes('*') ? [marked] : [marked, e('entities.source_licence', 'in', licences)]
}

/** Types are made up by whoever writes; beyond these a question finds them by search alone. */
const mostTypes = 500

/** By the whole name as it is written. */
export async function entitiesNamed(
  db: Reader,
  organisation: string,
  name: string,
): Promise<readonly EntityRow[]> {
  return await db
    .selectFrom('entities')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('name', '=', name)
    .orderBy('key')
    .limit(11)
    .execute()
}

export async function entitiesOfType(
  db: Reader,
  organisation: string,
  type: string,
  asked: { readonly ceilings: Ceilings | undefined; readonly limit: number },
): Promise<readonly EntityRow[]> {
  let query = db
    .selectFrom('entities')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('type', '=', type)
  const { ceilings } = asked
  if (ceilings !== undefined) query = query.where((e) => e.and(entityWithin(e, ceilings)))
  return await query.orderBy('key').limit(asked.limit).execute()
}

export async function countOfType(
  db: Reader,
  organisation: string,
  type: string,
  ceilings: Ceilings | undefined,
): Promise<number> {
  let query = db
    .selectFrom('entities')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('organisation', '=', organisation)
    .where('type', '=', type)
  if (ceilings !== undefined) query = query.where((e) => e.and(entityWithin(e, ceilings)))
  return Number((await query.executeTakeFirst())?.count ?? 0)
}

/** Relations that an entity has, both ways, as far as somebody with these ceilings may follow them. */
export async function relationCount(
  db: Reader,
  organisation: string,
  entity: string,
  ceilings: Ceilings | undefined,
): Promise<number> {
  let sum = 0
  for (const [end, other] of [
    ['from_id', 'to_id'],
    ['to_id', 'from_id'],
  ] as const) {
    let query = db
      .selectFrom('relations')
      .select((e) => e.fn.countAll<number>().as('count'))
      .where('relations.organisation', '=', organisation)
      .where(end, '=', entity)
    if (ceilings !== undefined)
      query = query.where('relations.tlp', 'in', tlpsWithin(ceilings.tlp)).where((e) =>
        e.exists(
          e
            .selectFrom('entities')
            .select('entities.id')
            .whereRef('entities.id', '=', `relations.${other}`)
            .where((inner) => inner.and(entityWithin(inner as never, ceilings))),
        ),
      )
    sum += Number((await query.executeTakeFirst())?.count ?? 0)
  }
  return sum
}

export async function largestSeq(tx: Tx): Promise<number> {
  const row = await tx
    .selectFrom('entities')
    .select((e) => e.fn.max('seq').as('largest'))
    .executeTakeFirst()
  return Number(row?.largest ?? 0)
}

export async function insertEntities(tx: Tx, rows: readonly EntityRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsAStatement) {
    await tx
      .insertInto('entities')
      .values(rows.slice(start, start + rowsAStatement))
      .execute()
  }
}

export async function updateEntity(tx: Tx, row: EntityRow): Promise<void> {
  const { seq: _seq, id, organisation, ...changed } = row
  await tx
    .updateTable('entities')
    .set(changed)
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .execute()
}

/** Inserts what is new; answers the ids that were. */
export async function insertRelations(tx: Tx, rows: readonly RelationRow[]): Promise<readonly string[]> {
  const inserted: string[] = []
  for (let start = 0; start < rows.length; start += rowsAStatement) {
    const added = await tx
      .insertInto('relations')
      .values(rows.slice(start, start + rowsAStatement))
      .onConflict((conflict) => conflict.columns(['from_id', 'to_id', 'type']).doNothing())
      .returning('id')
      .execute()
    inserted.push(...added.map((row) => row.id))
  }
  return inserted
}

export async function recordChanges(tx: Tx, rows: readonly GraphChangeRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsAStatement) {
    await tx
      .insertInto('graph_changes')
      .values(rows.slice(start, start + rowsAStatement))
      // The first state before the run is the one to restore, however often it wrote.
      .onConflict((conflict) => conflict.columns(['run', 'kind', 'id']).doNothing())
      .execute()
  }
}

export async function changesOf(
  db: Reader | Tx,
  organisation: string,
  run: string,
): Promise<readonly GraphChangeRow[]> {
  return await db
    .selectFrom('graph_changes')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('run', '=', run)
    .execute()
}

export async function runsThatWrote(
  tx: Tx,
  organisation: string,
  runs: readonly string[],
): Promise<ReadonlySet<string>> {
  const wrote = new Set<string>()
  for (const some of chunksOf(runs)) {
    const rows = await tx
      .selectFrom('graph_changes')
      .select('run')
      .distinct()
      .where('organisation', '=', organisation)
      .where('run', 'in', some)
      .execute()
    for (const { run } of rows) wrote.add(run)
  }
  return wrote
}

export async function forgetChanges(tx: Tx, organisation: string, run: string): Promise<void> {
  await tx
    .deleteFrom('graph_changes')
    .where('organisation', '=', organisation)
    .where('run', '=', run)
    .execute()
}

/** Deletes those of the relations that this run wrote; answers how many. */
export async function deleteRelations(
  tx: Tx,
  organisation: string,
  ids: readonly string[],
  run: string,
): Promise<number> {
  let deleted = 0
  for (const some of chunksOf(ids)) {
    const result = await tx
      .deleteFrom('relations')
      .where('organisation', '=', organisation)
      .where('id', 'in', some)
      .where('run', '=', run)
      .executeTakeFirst()
    deleted += Number(result.numDeletedRows)
  }
  return deleted
}

/** Which of the entities still have a relation. */
export async function relatedAmong(
  tx: Tx,
  organisation: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const related = new Set<string>()
  for (const some of chunksOf(ids)) {
    for (const end of ['from_id', 'to_id'] as const) {
      const rows = await tx
        .selectFrom('relations')
        .select(`${end} as id`)
        .distinct()
        .where('organisation', '=', organisation)
        .where(end, 'in', some)
        .execute()
      for (const { id } of rows) related.add(id)
    }
  }
  return related
}

export async function deleteEntities(tx: Tx, organisation: string, ids: readonly string[]): Promise<void> {
  for (const some of chunksOf(ids))
    await tx.deleteFrom('entities').where('organisation', '=', organisation).where('id', 'in', some).execute()
}

function* chunksOf<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += keysAStatement)
    yield all.slice(start, start + keysAStatement)
}

export async function deleteGraphOf(
  tx: Tx,
  organisation: string,
): Promise<{ entities: number; relations: number }> {
  const relations = await tx
    .deleteFrom('relations')
    .where('organisation', '=', organisation)
    .executeTakeFirst()
  await tx.deleteFrom('graph_changes').where('organisation', '=', organisation).execute()
  const entities = await tx.deleteFrom('entities').where('organisation', '=', organisation).executeTakeFirst()
  return { entities: Number(entities.numDeletedRows), relations: Number(relations.numDeletedRows) }
}
