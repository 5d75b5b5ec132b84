import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { sql } from 'kysely'
import { onEachStore } from '../../../../../tests/support/stores.ts'
import { createTextIndexTable, openTextIndex } from './text-index.ts'
import type { Database, MigrationStep } from './index.ts'

const migrations: readonly MigrationStep[] = [
  { name: 'test/0001-words', up: (db, { dialect }) => createTextIndexTable(db, dialect, 'test_words') },
]

async function indexOf(database: Database, texts: readonly string[], scope = 'org_1') {
  const index = openTextIndex(database.dialect, 'test_words')
  const { count } = await database.read
    .selectFrom('test_words' as never)
    .select((e) => e.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = texts.map((text, i) => ({ key: Number(count) + i + 1, scope, text }))
  await database.writer.transact({ by: 'gate', operation: 'test' }, (tx) => index.put(tx, rows))
  return {
    add: (more: readonly string[], otherScope: string) => indexOf(database, more, otherScope),
    find: async (text: string, limit = 10, asScope = 'org_1') =>
      await index.search(database.read, { scope: asScope, text, limit }),
  }
}

onEachStore(
  'texts with the very words come before texts with longer ones, short texts first',
  migrations,
  async (database) => {
    const { find } = await indexOf(database, [
      'AS33200 Jabil',
      'AS 3320 of Deutsche Telekom AG',
      'AS 3320',
      'AS 4 Telekom',
    ])
    assert.deepEqual(await find('as 3320'), [3, 2])
    assert.deepEqual(await find('tele'), [4, 2])
    assert.deepEqual(await find('as33'), [1])
    assert.deepEqual(await find('as 332', 1), [3])
  },
)

onEachStore('every word must match, in any script and case', migrations, async (database) => {
  const { find } = await indexOf(database, ['Übung macht Meister', 'übung', 'Мастер'])
  assert.deepEqual(await find('ÜBUNG meister'), [1])
  assert.deepEqual(await find('übung'), [2, 1])
  assert.deepEqual(await find('мас'), [3])
  assert.deepEqual(await find('übung nie'), [])
  assert.deepEqual(await find('"* OR ('), [])
})

onEachStore('nobody finds the texts of another scope, not even by its word', migrations, async (database) => {
  const index = await indexOf(database, ['acme'])
  await index.add(['acme secret'], 'org_2')
  assert.deepEqual(await index.find('acme'), [1])
  assert.deepEqual(await index.find('acme', 10, 'org_2'), [2])
  assert.deepEqual(await index.find('scope_org2 acme'), [])
})

onEachStore(
  'removing very many texts at once leaves the others findable and none of the words behind',
  migrations,
  async (database) => {
    const index = openTextIndex(database.dialect, 'test_words')
    const rows = Array.from({ length: 3_000 }, (_, key) => ({
      key,
      scope: 'org_1',
      text: `removed zebra${key}`,
    }))
    const write = (work: Parameters<typeof database.writer.transact<void>>[1]) =>
      database.writer.transact({ by: 'gate', operation: 'test' }, work)
    await write((tx) =>
      index.put(tx, [...rows, { key: 9_999, scope: 'org_2', text: 'the zebra that stays' }]),
    )
    await write((tx) =>
      index.remove(
        tx,
        rows.map(({ key }) => key),
      ),
    )

    assert.deepEqual(await index.search(database.read, { scope: 'org_1', text: 'zebra', limit: 10 }), [])
    assert.deepEqual(await index.search(database.read, { scope: 'org_2', text: 'zebra', limit: 10 }), [9_999])
    if (database.dialect !== 'sqlite') return
    await database.scrub()
    const { rows: files } = await sql<{ file: string }>`select file from pragma_database_list`.execute(
      database.read,
    )
    const bytes = await readFile(files[0]?.file ?? '')
    assert.ok(bytes.includes('zebra'), 'the search can find what stays')
    assert.ok(!bytes.includes('removed'))
  },
)
