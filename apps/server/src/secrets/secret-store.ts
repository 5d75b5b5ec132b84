import type { MigrationStep, Reader, Tx } from '../kernel/db/index.ts'

interface SecretTable {
  organisation: string
  package: string
  name: string
  /** JSON: the hosts it may be sent to, sorted. */
  hosts: string
  /** Sealed by `secret-box.ts`, which also says under which key. */
  sealed: string
  set_at: number
  set_by: string
}

declare module '../kernel/db/tables.ts' {
  interface Tables {
    secrets: SecretTable
  }
}

export type SecretRow = Readonly<SecretTable>

export const secretMigrations: readonly MigrationStep[] = [
  {
    name: 'secrets/0001-secrets',
    async up(db, types) {
      await db.schema
        .createTable('secrets')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('package', 'text', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('hosts', 'text', (c) => c.notNull())
        .addColumn('sealed', 'text', (c) => c.notNull())
        .addColumn('set_at', types.integer, (c) => c.notNull())
        .addColumn('set_by', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('secrets_key', ['organisation', 'package', 'name'])
        .execute()
    },
  },
]

/** Of no organisation at all: only then may the key that would open them be missing. */
export async function hasNoSecrets(db: Reader): Promise<boolean> {
  return (await db.selectFrom('secrets').select('name').limit(1).executeTakeFirst()) === undefined
}

export async function secretsOf(
  db: Reader | Tx,
  organisation: string,
  packageName?: string,
): Promise<readonly SecretRow[]> {
  let rows = db.selectFrom('secrets').selectAll().where('organisation', '=', organisation)
  if (packageName !== undefined) rows = rows.where('package', '=', packageName)
  return await rows.orderBy('package').orderBy('name').execute()
}

export async function putSecret(tx: Tx, row: SecretRow): Promise<void> {
  const { hosts, sealed, set_at, set_by } = row
  await tx
    .insertInto('secrets')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['organisation', 'package', 'name']).doUpdateSet({ hosts, sealed, set_at, set_by }),
    )
    .execute()
}

/** Removes one secret, all of a package, or all of an organisation; answers how many. */
export async function deleteSecrets(
  tx: Tx,
  organisation: string,
  packageName?: string,
  name?: string,
): Promise<number> {
  let rows = tx.deleteFrom('secrets').where('organisation', '=', organisation)
  if (packageName !== undefined) rows = rows.where('package', '=', packageName)
  if (name !== undefined) rows = rows.where('name', '=', name)
  return Number((await rows.executeTakeFirst()).numDeletedRows)
}
