import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { castsTo, namesWord, sourcesBelow, writeSites } from '../support/write-sites.ts'

const sources = sourcesBelow(resolve(import.meta.dirname, '../../apps/server/src'))
const sites = sources.flatMap(({ file, text }) => writeSites(file, text))

test('every write of the server goes through a transaction that the store made', () => {
  assert.ok(sites.length >= 80, `only ${sites.length} writes were found: the search has gone blind`)
  const past = sites.filter((site) => site.through === 'anything else')
  assert.deepEqual(past, [])
})

test('only migrations, jobs and first starts write in a transaction of their own; all else is handed one', () => {
  const own = sites.filter((site) => site.through === 'callback of transact')
  assert.deepEqual([...new Set(own.map((site) => site.file))], ['kernel/jobs.ts'])
  const schema = sites.filter((site) => site.through === 'migration')
  assert.deepEqual(
    [...new Set(schema.map((site) => site.file))],
    [
      'evidence/migrations/0002-logs-per-organisation.ts',
      'evidence/migrations/0003-receipt-search.ts',
      'kernel/db/text-index.ts',
      'kernel/db/words-in.ts',
      'plugins/run-store.ts',
    ],
  )
})

test('only the gate, the log and its keeping, the job worker, the feeds and the start may open a transaction', () => {
  const writers = sources.filter(
    ({ file, text }) => namesWord(file, text, 'writer') || namesWord(file, text, 'transact'),
  )
  assert.deepEqual(
    writers.map(({ file }) => file),
    [
      'compose.ts',
      'evidence/blocks/compactor.ts',
      'evidence/blocks/seal-run.ts',
      'evidence/log/integrator.ts',
      'evidence/log/log-access.ts',
      'evidence/log/prune-checkpoints.ts',
      'evidence/retention/create-retention.ts',
      'evidence/witness/record-answer.ts',
      'feeds/send-feeds.ts',
      'first-start.ts',
      'gate/pipeline.ts',
      'gate/recover.ts',
      'gate/resume.ts',
      'kernel/db/group-commit.ts',
      'kernel/db/migrate.ts',
      'kernel/db/postgresql-database.ts',
      'kernel/db/sqlite-database.ts',
      'kernel/db/tables.ts',
      'kernel/jobs.ts',
    ],
  )
})

test('nobody but the store makes a transaction out of something else', () => {
  const forgers = sources.filter(({ file, text }) => castsTo(file, text, 'Tx') > 0).map(({ file }) => file)
  // The gate hands the transaction it was given to the stage that runs the handler.
  assert.deepEqual(forgers, [
    'gate/stages/run.ts',
    'kernel/db/group-commit.ts',
    'kernel/db/postgresql-database.ts',
  ])
})

test('a write that is planted past the gate is found, however it is written', () => {
  const planted = [
    "const f = prepared((db: Reader, { id }: { id: string }) => db.deleteFrom('cases').where('id', '=', id))",
    "export async function f(db: Reader) { await db.insertInto('cases').values({}).execute() }",
    "export const f = async (deps: { database: Database }) => deps.database.read.updateTable('cases').set({}).execute()",
    "const db: any = open()\nawait db.deleteFrom('cases').execute()",
    'export async function f(db: Reader) { await sql`delete from cases`.execute(db) }',
    'export async function f(db: Reader) { await sql<{ id: string }>` INSERT INTO cases values (1)`.execute(db) }',
    "export const f = (db: Reader) => sql`${sql.raw('delete from cases')}`.execute(db)",
    "export const f = (tx: Tx) => (db: Reader) => db.deleteFrom('cases').execute()",
    "export const f = (run: (tx: unknown) => void) => run(async (tx) => tx.deleteFrom('cases').execute())",
  ]
  for (const text of planted) {
    const [site, ...more] = writeSites('planted.ts', text)
    assert.deepEqual([site?.through, more], ['anything else', []], text)
  }
})
