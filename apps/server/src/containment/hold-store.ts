import type { MigrationStep, Reader, Tx } from '../kernel/db/index.ts'
import { prepared } from '../kernel/db/index.ts'
import { textPlace } from '../kernel/subject-place.ts'

export interface HoldRow {
  organisation: string
  /** '' holds every package of the organisation. */
  package: string
  reason: string
  by: string
  by_name: string
  at: number
}

declare module '../kernel/db/tables.ts' {
  interface Tables {
    holds: HoldRow
  }
}

export const containmentMigrations: readonly MigrationStep[] = [
  {
    name: 'containment/0001-holds',
    async up(db, types) {
      await db.schema
        .createTable('holds')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('package', 'text', (c) => c.notNull())
        .addColumn('reason', 'text', (c) => c.notNull())
        .addColumn('by', 'text', (c) => c.notNull())
        .addColumn('by_name', 'text', (c) => c.notNull())
        .addColumn('at', types.integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('holds_key', ['organisation', 'package'])
        .execute()
    },
  },
]

export const everything = ''

/** What holds a package: the stop of everything first, then its own quarantine. Asked before each call of a plugin. */
export async function holdsOn(
  db: Reader | Tx,
  organisation: string,
  packageName: string,
): Promise<readonly HoldRow[]> {
  return (await holdsOnPackage(db, { organisation, packageName })).rows
}
const holdsOnPackage = prepared(
  (db: Reader, { organisation, packageName }: { organisation: string; packageName: string }) =>
    db
      .selectFrom('holds')
      .selectAll()
      .where('organisation', '=', organisation)
      .where((either) => either.or([either('package', '=', everything), either('package', '=', packageName)]))
      .orderBy('package'),
)

export async function findHold(
  db: Reader | Tx,
  organisation: string,
  packageName: string,
): Promise<HoldRow | undefined> {
  return (await holdsOn(db, organisation, packageName)).find((row) => row.package === packageName)
}

export async function allHolds(db: Reader | Tx, organisation: string): Promise<readonly HoldRow[]> {
  return await db
    .selectFrom('holds')
    .selectAll()
    .where('organisation', '=', organisation)
    .orderBy('package')
    .execute()
}

/** False when it is held already. Of two at once, one gets true. */
export async function insertHold(tx: Tx, row: HoldRow): Promise<boolean> {
  const result = await tx
    .insertInto('holds')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function deleteHold(tx: Tx, organisation: string, packageName: string): Promise<boolean> {
  const result = await tx
    .deleteFrom('holds')
    .where('organisation', '=', organisation)
    .where('package', '=', packageName)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

export async function deleteHoldsOf(tx: Tx, organisation: string): Promise<number> {
  const result = await tx.deleteFrom('holds').where('organisation', '=', organisation).executeTakeFirst()
  return Number(result.numDeletedRows)
}

export const stopsPlace = textPlace({
  place: 'stops and quarantines',
  table: 'holds',
  id: 'package',
  texts: { reason: 'replace' },
  names: ['by_name'],
})
