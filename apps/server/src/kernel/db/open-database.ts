import { openPostgresql } from './postgresql-database.ts'
import { openSqlite } from './sqlite-database.ts'
import type { Database, WriteEvent } from './tables.ts'

/**
 * Opens the store that `url` names: a file path or `postgres://…`.
 *
 * @param observe sees each table written and on whose account; for tests.
 */
export function openDatabase(url: string, observe?: (event: WriteEvent) => void): Promise<Database> {
  return /^postgres(ql)?:\/\//.test(url) ? openPostgresql(url, observe) : openSqlite(url, observe)
}
