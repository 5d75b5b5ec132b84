import { inTurn } from '../kernel/db/index.ts'
import type { MigrationStep, Reader, Tx } from '../kernel/db/index.ts'
import { textPlace } from '../kernel/subject-place.ts'

/** A value that a package keeps between its runs, in one organisation. */
export interface PluginValueRow {
  organisation: string
  package: string
  key: string
  /** Canonical JSON. */
  value: string
  /** Of the value in UTF-8. */
  bytes: number
  tlp: string
  pap: string
  /** The installation's word, which the residue scan searches for. */
  canary: string
  updated_at: number
}

declare module '../kernel/db/tables.ts' {
  interface Tables {
    plugin_values: PluginValueRow
  }
}

export const valueMigrations: readonly MigrationStep[] = [
  {
    name: 'plugins/0003-values',
    async up(db, types) {
      await db.schema
        .createTable('plugin_values')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('package', 'text', (c) => c.notNull())
        .addColumn('key', 'text', (c) => c.notNull())
        .addColumn('value', 'text', (c) => c.notNull())
        .addColumn('bytes', types.integer, (c) => c.notNull())
        .addColumn('tlp', 'text', (c) => c.notNull())
        .addColumn('canary', 'text', (c) => c.notNull())
        .addColumn('updated_at', types.integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('plugin_values_key', ['organisation', 'package', 'key'])
        .execute()
    },
  },
  {
    name: 'plugins/0004-value-pap',
    async up(db) {
      await db.schema
        .alterTable('plugin_values')
        // Of what was kept before it was noted nothing is known, so nothing is permitted with it.
        .addColumn('pap', 'text', (c) => c.notNull().defaultTo('RED'))
        .execute()
    },
  },
]

/** Whose values are meant. Every function here names both: there is no look across packages or organisations. */
export interface Owner {
  readonly organisation: string
  readonly package: string
}

/** Writers of one owner take turns, so that a quota counted is a quota held and nothing is kept after an uninstall. */
export async function valuesInTurn(tx: Tx, { organisation, package: name }: Owner): Promise<void> {
  await inTurn(tx, `values/${organisation}/${name}`)
}

export async function findValue(
  db: Reader | Tx,
  owner: Owner,
  key: string,
): Promise<PluginValueRow | undefined> {
  return await db
    .selectFrom('plugin_values')
    .selectAll()
    .where('organisation', '=', owner.organisation)
    .where('package', '=', owner.package)
    .where('key', '=', key)
    .executeTakeFirst()
}

/** In the order of the bytes of their keys, which are ASCII. */
export async function listValues(
  db: Reader,
  owner: Owner,
  page: { readonly prefix: string; readonly after: string | undefined; readonly limit: number },
): Promise<readonly Omit<PluginValueRow, 'value'>[]> {
  const { prefix, after, limit } = page
  const rows = await db
    .selectFrom('plugin_values')
    .select(['organisation', 'package', 'key', 'bytes', 'tlp', 'pap', 'canary', 'updated_at'])
    .where('organisation', '=', owner.organisation)
    .where('package', '=', owner.package)
    .execute()
  // A quota of keys bounds them; sorting here means the same order whatever a database's collation.
  return rows
    .filter(({ key }) => key.startsWith(prefix) && (after === undefined || key > after))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, limit)
}

export async function usageOf(db: Reader | Tx, owner: Owner): Promise<{ keys: number; bytes: number }> {
  const row = await db
    .selectFrom('plugin_values')
    .select((v) => [v.fn.countAll<number>().as('keys'), v.fn.sum<number | null>('bytes').as('bytes')])
    .where('organisation', '=', owner.organisation)
    .where('package', '=', owner.package)
    .executeTakeFirst()
  return { keys: Number(row?.keys ?? 0), bytes: Number(row?.bytes ?? 0) }
}

export async function usageByPackage(
  db: Reader,
  organisation: string,
): Promise<readonly { package: string; keys: number; bytes: number }[]> {
  const rows = await db
    .selectFrom('plugin_values')
    .select((v) => [
      'package',
      v.fn.countAll<number>().as('keys'),
      v.fn.sum<number | null>('bytes').as('bytes'),
    ])
    .where('organisation', '=', organisation)
    .groupBy('package')
    .orderBy('package')
    .execute()
  return rows.map((row) => ({
    package: row.package,
    keys: Number(row.keys),
    bytes: Number(row.bytes),
  }))
}

export async function putValue(tx: Tx, row: PluginValueRow): Promise<void> {
  const { value, bytes, tlp, pap, canary, updated_at } = row
  await tx
    .insertInto('plugin_values')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['organisation', 'package', 'key'])
        .doUpdateSet({ value, bytes, tlp, pap, canary, updated_at }),
    )
    .execute()
}

export async function deleteValue(tx: Tx, owner: Owner, key: string): Promise<boolean> {
  const result = await tx
    .deleteFrom('plugin_values')
    .where('organisation', '=', owner.organisation)
    .where('package', '=', owner.package)
    .where('key', '=', key)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Everything that a package keeps, or every package of an organisation. */
export async function deleteValuesOf(tx: Tx, organisation: string, name?: string): Promise<number> {
  let query = tx.deleteFrom('plugin_values').where('organisation', '=', organisation)
  if (name !== undefined) {
    await valuesInTurn(tx, { organisation, package: name })
    query = query.where('package', '=', name)
  }
  return Number((await query.executeTakeFirst()).numDeletedRows)
}

/** What packages keep between their runs. */
export const valuesPlace = textPlace({
  place: 'values that plugins keep',
  table: 'plugin_values',
  id: 'key',
  texts: { key: 'delete row', value: 'delete row' },
})
