import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { sql } from 'kysely'
import { migrate, openDatabase } from './index.ts'
import type { Database, MigrationStep, WriteEvent } from './index.ts'

declare module './tables.ts' {
  interface Tables {
    kernel_test: { id: string; amount: number }
  }
}
const steps: readonly MigrationStep[] = [
  {
    name: 'kernel/0001-test',
    async up(db, types) {
      await db.schema
        .createTable('kernel_test')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('amount', types.integer)
        .execute()
    },
  },
]

async function freshDatabase(t: TestContext, observe?: (event: WriteEvent) => void): Promise<Database> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-db-'))
  const database = await openDatabase(join(folder, 'state.db'), observe)
  t.after(async () => {
    await database.close()
    await rm(folder, { recursive: true })
  })
  assert.deepEqual(await migrate(database, steps), ['kernel/0001-test'])
  assert.deepEqual(await migrate(database, steps), [])
  return database
}
const gate = { by: 'gate', operation: 'test' } as const

test('concurrent transactions share commits and each sees the rows of those before it', async (t) => {
  const database = await freshDatabase(t)
  const before = database.stats()
  const counts = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      database.writer.transact(gate, async (tx) => {
        await tx
          .insertInto('kernel_test')
          .values({ id: `r${i}`, amount: i })
          .execute()
        return (await tx.selectFrom('kernel_test').selectAll().execute()).length
      }),
    ),
  )
  assert.deepEqual(
    counts,
    Array.from({ length: 40 }, (_, i) => i + 1),
  )
  const after = database.stats()
  assert.equal(after.transactions - before.transactions, 40)
  assert.ok(after.commits - before.commits < 40)
})

test('a transaction that throws takes back its own rows and no others', async (t) => {
  const database = await freshDatabase(t)
  const results = await Promise.allSettled([
    database.writer.transact(gate, (tx) =>
      tx.insertInto('kernel_test').values({ id: 'a', amount: 1 }).execute(),
    ),
    database.writer.transact(gate, async (tx) => {
      await tx.insertInto('kernel_test').values({ id: 'b', amount: 1 }).execute()
      throw new Error('no')
    }),
    database.writer.transact(gate, (tx) =>
      tx.insertInto('kernel_test').values({ id: 'c', amount: 1 }).execute(),
    ),
  ])
  assert.deepEqual(
    results.map((r) => r.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  const rows = await database.read.selectFrom('kernel_test').select('id').orderBy('id').execute()
  assert.deepEqual(
    rows.map((row) => row.id),
    ['a', 'c'],
  )
})

test('the reader refuses to write, raw statements included', async (t) => {
  const database = await freshDatabase(t)
  await assert.rejects(
    () => database.read.insertInto('kernel_test').values({ id: 'x', amount: 1 }).execute(),
    /readonly/,
  )
  await assert.rejects(() => sql`delete from kernel_test`.execute(database.read), /readonly/)
})

test('an observer sees each table written and on whose account', async (t) => {
  const events: WriteEvent[] = []
  const database = await freshDatabase(t, (event) => events.push(event))
  events.length = 0
  await database.writer.transact(gate, async (tx) => {
    await tx.insertInto('kernel_test').values({ id: 'a', amount: 1 }).execute()
    await tx.updateTable('kernel_test').set({ amount: 2 }).execute()
    await tx.selectFrom('kernel_test').selectAll().execute()
    await tx.deleteFrom('kernel_test').execute()
    await sql`insert into kernel_test values ('b', 1)`.execute(tx)
    await sql` DELETE FROM ${sql.table('kernel_test')} where id = 'b'`.execute(tx)
    await sql`update "kernel_test" set amount = 1`.execute(tx)
    await sql`select 'insert into kernel_test'`.execute(tx)
  })
  assert.deepEqual(
    events,
    Array.from({ length: 6 }, () => ({ table: 'kernel_test', purpose: gate })),
  )
})

test('a closed store refuses work with a fault', async (t) => {
  const database = await freshDatabase(t)
  await database.close()
  await assert.rejects(() => database.writer.transact(gate, async () => 1), {
    name: 'Fault',
    code: 'store_closed',
  })
})

test('a closed store is one file, whole without its journal', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-db-'))
  t.after(() => rm(folder, { recursive: true }))
  const database = await openDatabase(join(folder, 'state.db'))
  await migrate(database, steps)
  await database.read.selectFrom('kernel_test').selectAll().execute()
  await database.close()
  assert.deepEqual(await readdir(folder), ['state.db'])
})
