import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { TestContext } from 'node:test'
import pg from 'pg'
import { migrate, openDatabase } from '../../apps/server/src/kernel/db/index.ts'
import type { Database, MigrationStep } from '../../apps/server/src/kernel/db/index.ts'
import { startPostgres } from './postgres.ts'

/** One PostgreSQL for all tests of the process; started by the first that asks, ended with the process. */
let postgres: ReturnType<typeof startPostgres> | undefined
let databases = 0
/** Nothing here has to survive, and syncs of the disk are most of what such a test would cost. */
const forgetful = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }

after(async () => {
  const server = await postgres
  if (server !== undefined && 'stop' in server) await server.stop()
})

/**
 * One test of a store on both engines, each time on an empty, migrated database of its own.
 * Without PostgreSQL on the system that half is skipped, with the reason.
 *
 * @param name a sentence about behaviour; the engine is added.
 */
export function onEachStore(
  name: string,
  migrations: readonly MigrationStep[],
  run: (database: Database, t: TestContext) => Promise<void>,
): void {
  test(`${name} (SQLite)`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'switchboard-store-'))
    await using database = await opened(join(folder, 'state.db'), migrations)
    t.after(() => rm(folder, { recursive: true }))
    await run(database.value, t)
  })
  test(`${name} (PostgreSQL)`, async (t) => {
    postgres ??= startPostgres(forgetful)
    const server = await postgres
    if ('unavailable' in server) {
      t.skip(server.unavailable)
      return
    }
    await using database = await opened(await emptyDatabase(server.url), migrations)
    await run(database.value, t)
  })
}

async function opened(url: string, migrations: readonly MigrationStep[]) {
  const value = await openDatabase(url)
  await migrate(value, migrations)
  return { value, [Symbol.asyncDispose]: () => value.close() }
}

async function emptyDatabase(url: string): Promise<string> {
  databases += 1
  const name = `store_${process.pid}_${databases}`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`create database ${name}`)
  } finally {
    await client.end()
  }
  const own = new URL(url)
  own.pathname = `/${name}`
  return own.href
}
