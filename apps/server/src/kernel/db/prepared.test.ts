import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { onEachStore } from '../../../../../tests/support/stores.ts'
import type { MigrationStep } from './migrate.ts'
import { prepared } from './prepared.ts'
import type { Reader, Tx } from './tables.ts'

declare module './tables.ts' {
  interface Tables {
    prepared_things: { name: string; size: number; note: string | null }
  }
}

const things: readonly MigrationStep[] = [
  {
    name: 'test/0001-things',
    async up(db, types) {
      await db.schema
        .createTable('prepared_things')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('size', types.integer, (column) => column.notNull())
        .addColumn('note', 'text')
        .execute()
    },
  },
]
interface Thing {
  name: string
  size: number
  note: string | null
}
const add = prepared((tx: Tx, { name, size, note }: Thing) =>
  tx.insertInto('prepared_things').values({ name, size, note }),
)
const grow = prepared((tx: Tx, { name, by }: { name: string; by: number }) =>
  tx
    .updateTable('prepared_things')
    .set({ size: sql<number>`size + ${by}` })
    .where('name', '=', name)
    .where('note', 'is', null)
    .returning('size'),
)
const larger = prepared((db: Reader, { size }: { size: number }) =>
  db.selectFrom('prepared_things').selectAll().where('size', '>', size).orderBy('name').limit(10),
)

onEachStore('a prepared statement is filled in anew each time', things, async ({ read, writer }) => {
  await writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
    await add(tx, { name: 'a', size: 1, note: null })
    await add(tx, { name: "b'; --", size: 2, note: 'kept' })
    assert.deepEqual(
      (await grow(tx, { name: 'a', by: 4 })).rows.map((row) => row.size),
      [5],
    )
    assert.deepEqual((await grow(tx, { name: "b'; --", by: 4 })).rows, [])
  })
  const found = (await larger(read, { size: 4 })).rows
  assert.deepEqual(
    found.map((row) => ({ ...row })),
    [{ name: 'a', size: 5, note: null }],
  )
  assert.deepEqual((await larger(read, { size: 0 })).rows.length, 2)
})

onEachStore('a prepared statement insists on each of its values', things, async ({ read }) => {
  await assert.rejects(async () => await larger(read, {} as { size: number }), /a value for size/)
})

onEachStore('a prepared statement that is rolled back leaves nothing', things, async ({ read, writer }) => {
  const failing = writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
    await add(tx, { name: 'a', size: 1, note: null })
    throw new Error('no')
  })
  await assert.rejects(failing, /no/)
  assert.deepEqual((await larger(read, { size: 0 })).rows, [])
})
