import { PostgresAdapter, sql } from 'kysely'
import type { Tx } from './tables.ts'

/**
 * Claims `name` until the transaction ends, so that one of several servers does a piece of work at a time.
 * Never waits. SQLite has one writer, so there the claim always holds.
 *
 * @returns false when another transaction holds it now.
 */
export async function exclusive(tx: Tx, name: string): Promise<boolean> {
  if (!(tx.getExecutor().adapter instanceof PostgresAdapter)) return true
  // The schema is part of the claim: two installations may share one PostgreSQL database.
  const { rows } = await sql<{ held: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(current_schema() || '/' || ${name}, 0)) as held
  `.execute(tx)
  return rows[0]?.held === true
}
