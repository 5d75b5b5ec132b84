import { Migrator } from 'kysely'
import type { Kysely, Migration } from 'kysely'
import { Fault } from '../fault.ts'
import { columnTypes } from './column-types.ts'
import type { ColumnTypes } from './column-types.ts'
import type { Database } from './tables.ts'

/** One step of a domain's schema; steps are applied once, in the order of their names. */
export interface MigrationStep {
  /** `<domain>/<four digits>-<what>`, never changed once released. */
  readonly name: string
  // Migrations outlive the table types of the day they were written, so they are untyped on purpose.
  // oxlint-disable-next-line typescript/no-explicit-any
  up(db: Kysely<any>, types: ColumnTypes): Promise<void>
}

/**
 * Brings the schema up to date.
 *
 * @throws {Fault} `migration_failed`, naming the step; earlier steps stay applied.
 */
export async function migrate(
  database: Database,
  steps: readonly MigrationStep[],
): Promise<readonly string[]> {
  const types = columnTypes(database.dialect)
  const provided: Record<string, Migration> = Object.fromEntries(
    steps.map((step) => [step.name, { up: (db) => step.up(db, types) }]),
  )
  return await database.writer.transact({ by: 'migration' }, async (tx) => {
    const migrator = new Migrator({
      db: tx,
      provider: { getMigrations: () => Promise.resolve(provided) },
      allowUnorderedMigrations: true,
      disableTransactions: true,
      migrationTableName: 'schema_migrations',
      migrationLockTableName: 'schema_migrations_lock',
    })
    const { error, results } = await migrator.migrateToLatest()
    if (error !== undefined) {
      const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'unknown'
      throw new Fault(
        'migration_failed',
        `Migration ${failed} failed: ${error instanceof Error ? error.message : 'no reason was given'}`,
        { retryable: false, cause: error },
      )
    }
    return (results ?? []).map((result) => result.migrationName)
  })
}
