import { AsyncLocalStorage } from 'node:async_hooks'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { Fault } from '../fault.ts'
import { joinToStore } from './store-of.ts'
import type { Database, Tables, Tx, WriteEvent, WritePurpose } from './tables.ts'
import { writesOf } from './writes-of.ts'

const retries = 5
/** PostgreSQL: serialization failure and deadlock; both say "do it again". */
const transient = new Set(['40001', '40P01'])
const int8 = 20

/**
 * Opens the store on PostgreSQL. Readers use connections whose transactions are read-only by default.
 *
 * @throws {Fault} `store_unavailable` when the server does not answer.
 */
export async function openPostgresql(url: string, observe?: (event: WriteEvent) => void): Promise<Database> {
  // Every bigint of ours is a count, an instant or micros below 2^53; the assertion keeps a larger one from rounding.
  const types = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === int8 ? safeInteger : pg.types.getTypeParser(oid, format),
  }
  const writePool = new pg.Pool({ connectionString: url, max: 8, types })
  const readPool = new pg.Pool({
    connectionString: url,
    max: 8,
    types,
    options: '-c default_transaction_read_only=on',
  })
  for (const pool of [writePool, readPool]) {
    // An idle connection that the server drops is replaced on next use.
    pool.on('error', () => undefined)
  }
  try {
    await readPool.query('select 1')
  } catch (cause) {
    await Promise.allSettled([writePool.end(), readPool.end()])
    throw new Fault('store_unavailable', `PostgreSQL does not answer: ${String(cause)}`, {
      retryable: true,
      cause,
    })
  }

  const current = new AsyncLocalStorage<WritePurpose>()
  const write = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: writePool }),
    log: (event) => {
      const purpose = current.getStore()
      if (observe !== undefined && purpose !== undefined) {
        for (const table of writesOf(event.query.query)) observe({ table, purpose })
      }
    },
  })
  const read = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: readPool }) })
  joinToStore(read, write)
  const counts = { commits: 0, transactions: 0 }

  async function transact<T>(purpose: WritePurpose, work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const value = await current.run(purpose, () => inTransaction(write, work))
        counts.commits += 1
        counts.transactions += 1
        return value
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : ''
        if (!transient.has(code) || attempt === retries) throw error
      }
    }
  }

  return {
    dialect: 'postgresql',
    sharesCommits: false,
    read,
    writer: { transact },
    stats: () => ({ ...counts }),
    async scrub() {
      // Old row versions stay in the files until the server reuses them; a plain vacuum frees what nobody can see.
      await sql`vacuum`.execute(write)
    },
    async searchTables(words) {
      const tables = await read.introspection.getTables()
      const found: { table: string; word: string }[] = []
      for (const { name } of tables) {
        for (const word of words) {
          const hit =
            await sql`select 1 from ${sql.table(name)} t where position(${word} in t::text) > 0 limit 1`.execute(
              read,
            )
          if (hit.rows.length > 0) found.push({ table: name, word })
        }
      }
      return { searched: tables.length, found }
    },
    async close() {
      await write.destroy()
      await read.destroy()
    },
  }
}

/** Like Kysely's own transaction, but on a plain connection, so that a migrator runs inside it as it does on SQLite. */
function inTransaction<T>(database: Kysely<Tables>, work: (tx: Tx) => Promise<T>): Promise<T> {
  return database.connection().execute(async (connection) => {
    await sql`BEGIN`.execute(connection)
    try {
      const value = await work(connection as Tx)
      // A statement that failed and was swallowed has aborted the transaction: COMMIT would silently roll it back.
      await sql`SELECT 1`.execute(connection)
      await sql`COMMIT`.execute(connection)
      return value
    } catch (error) {
      await sql`ROLLBACK`.execute(connection).catch(() => {
        // The connection is gone, and with it the transaction; the first error says more.
      })
      throw error
    }
  })
}

function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new Fault('store_value', `The integer ${text} is past 2^53.`, { retryable: false })
  return value
}
