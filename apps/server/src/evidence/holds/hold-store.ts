import { besideOthers, inTurn } from '../../kernel/db/index.ts'
import type { MigrationStep, Reader, Tx } from '../../kernel/db/index.ts'
import type { HoldId } from '../../kernel/ids.ts'
import { textPlace } from '../../kernel/subject-place.ts'

declare module '../../kernel/db/tables.ts' {
  interface Tables {
    legal_holds: LegalHoldRow
  }
}

export interface LegalHoldRow {
  id: HoldId
  organisation: string
  case_id: string
  reason: string
  by: string
  /** As it was then; names do not change hands. */
  by_name: string
  at: number
  /** Null while it stands, as are the other columns of its end. */
  lifted_at: number | null
  lifted_by: string | null
  lifted_by_name: string | null
  lifted_reason: string | null
}

export const legalHolds: MigrationStep = {
  name: 'evidence/holds-0001',
  async up(db, types) {
    await db.schema
      .createTable('legal_holds')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('organisation', 'text', (c) => c.notNull())
      .addColumn('case_id', 'text', (c) => c.notNull())
      .addColumn('reason', 'text', (c) => c.notNull())
      .addColumn('by', 'text', (c) => c.notNull())
      .addColumn('by_name', 'text', (c) => c.notNull())
      .addColumn('at', types.integer, (c) => c.notNull())
      .addColumn('lifted_at', types.integer)
      .addColumn('lifted_by', 'text')
      .addColumn('lifted_by_name', 'text')
      .addColumn('lifted_reason', 'text')
      .execute()
    await db.schema
      .createIndex('legal_holds_of_case')
      .on('legal_holds')
      .columns(['organisation', 'case_id'])
      .execute()
  },
}

const claimOf = (organisation: string): string => `legal holds of ${organisation}`

/** Waits until no transaction that takes something away is under way: a hold counts from its commit on, for all of them. */
export async function insertLegalHold(tx: Tx, row: LegalHoldRow): Promise<void> {
  await inTurn(tx, claimOf(row.organisation))
  await tx.insertInto('legal_holds').values(row).execute()
}

/** Keeps holds from being placed until this transaction ends. Whatever takes something away calls it before it looks. */
export async function keepHoldsAsTheyAre(tx: Tx, organisation: string): Promise<void> {
  await besideOthers(tx, claimOf(organisation))
}

export async function findLegalHold(
  db: Reader,
  organisation: string,
  id: string,
): Promise<LegalHoldRow | undefined> {
  return await db
    .selectFrom('legal_holds')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('id', '=', id as HoldId)
    .executeTakeFirst()
}

/** False when it has been lifted before; of two at once one gets true. */
export async function endLegalHold(
  tx: Tx,
  organisation: string,
  id: HoldId,
  end: { readonly at: number; readonly by: string; readonly byName: string; readonly reason: string },
): Promise<boolean> {
  const result = await tx
    .updateTable('legal_holds')
    .set({
      lifted_at: end.at,
      lifted_by: end.by,
      lifted_by_name: end.byName,
      lifted_reason: end.reason,
    })
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .where('lifted_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** Newest first. */
export async function listLegalHolds(
  db: Reader,
  organisation: string,
  filter: {
    readonly case?: string | undefined
    /** Those that were lifted too. */
    readonly lifted: boolean
    readonly before?: string | undefined
    readonly limit: number
  },
): Promise<readonly LegalHoldRow[]> {
  let query = db.selectFrom('legal_holds').selectAll().where('organisation', '=', organisation)
  if (filter.case !== undefined) query = query.where('case_id', '=', filter.case)
  if (!filter.lifted) query = query.where('lifted_at', 'is', null)
  if (filter.before !== undefined) query = query.where('id', '<', filter.before as HoldId)
  return await query.orderBy('id', 'desc').limit(filter.limit).execute()
}

/** The holds that stand, oldest first: all of an organisation, or those on some of its cases. */
export async function holdsOn(
  db: Reader,
  organisation: string,
  cases?: readonly string[],
): Promise<readonly LegalHoldRow[]> {
  const all = await db
    .selectFrom('legal_holds')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('lifted_at', 'is', null)
    .orderBy('id')
    .execute()
  if (cases === undefined) return all
  // Holds are few, the cases of an import may be more than a statement takes parameters.
  const asked = new Set(cases)
  return all.filter((row) => asked.has(row.case_id))
}

export async function deleteLegalHoldsOf(tx: Tx, organisation: string): Promise<number> {
  const result = await tx
    .deleteFrom('legal_holds')
    .where('organisation', '=', organisation)
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

export const legalHoldsPlace = textPlace({
  place: 'legal holds',
  table: 'legal_holds',
  id: 'id',
  case: 'case_id',
  texts: { reason: 'replace', lifted_reason: 'replace' },
  names: ['by_name', 'lifted_by_name'],
})
