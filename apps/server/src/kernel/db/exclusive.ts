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

/**
 * Waits until no other transaction holds `name`, then holds it until this one ends: for what must happen one after the
 * other. SQLite has one writer, so there it is so already.
 */
export async function inTurn(tx: Tx, name: string): Promise<void> {
  if (!(tx.getExecutor().adapter instanceof PostgresAdapter)) return
  await sql`select pg_advisory_xact_lock(hashtextextended(current_schema() || '/' || ${name}, 0))`.execute(tx)
}

/** Waits until nobody holds `name` by {@link inTurn}; others may come in beside this transaction in the same way. */
export async function besideOthers(tx: Tx, name: string): Promise<void> {
  if (!(tx.getExecutor().adapter instanceof PostgresAdapter)) return
  await sql`select pg_advisory_xact_lock_shared(hashtextextended(current_schema() || '/' || ${name}, 0))`.execute(
    tx,
  )
}
