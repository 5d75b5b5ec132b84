import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { SqliteDialect } from 'kysely'

const cachedStatements = 500

/** A Kysely dialect over Node's built-in SQLite: the same shape as better-sqlite3, with prepared statements kept. */
export function nodeSqliteDialect(database: DatabaseSync): SqliteDialect {
  const statements = new Map<string, { statement: StatementSync; reader: boolean }>()

  function prepare(sql: string) {
    let known = statements.get(sql)
    if (known === undefined) {
      const statement = database.prepare(sql)
      known = { statement, reader: statement.columns().length > 0 }
      if (statements.size >= cachedStatements) statements.delete(statements.keys().next().value as string)
      statements.set(sql, known)
    }
    const { statement, reader } = known
    return {
      reader,
      all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
      run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
      iterate: (parameters: readonly unknown[]) =>
        statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<never>,
    }
  }
  return new SqliteDialect({ database: { prepare, close: () => database.close() } })
}
