// Opens a store with its evidence log, writes receipts, seals what it may, and says each receipt that was acknowledged.
// Run below the fault layer: any of its calls may fail, or be its last. Arguments: the folder, and the batches to write.
import { mkdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createEvidence, evidenceMigrations } from '../../../apps/server/src/evidence/index.ts'
import { draftOf } from '../../../apps/server/src/evidence/testing/evidence-fixture.ts'
import { migrate, openDatabase } from '../../../apps/server/src/kernel/db/index.ts'

/** How many receipts are committed together, one batch after the other; one of them fills a tile. */
const [folder = '', batches = '1'] = process.argv.slice(2)
const patienceMs = 3_000
// Written at once, past every buffer: the process may end at any call.
const say = (line: string): void => void writeSync(1, `${line}\n`)

mkdirSync(join(folder, 'state'), { recursive: true })
const database = await openDatabase(join(folder, 'state', 'switchboard.db'))
await migrate(database, evidenceMigrations)
let at = Date.UTC(2027, 2, 4, 5, 6, 7)
const evidence = await createEvidence({
  database,
  clock: () => at,
  folder: join(folder, 'evidence'),
  safetyMs: 50,
  onFault: (cause) => say(`fault ${String(cause)}`),
})
say('open')

/** Commits receipts in one transaction; only what is committed is acknowledged. */
async function record(count: number): Promise<void> {
  const drafts = Array.from({ length: count }, () => draftOf({ at: (at += 1_000) }))
  try {
    await database.writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
      for (const draft of drafts) await evidence.record(tx, draft)
    })
  } catch (error) {
    say(`refused ${String(error)}`)
    return
  }
  for (const { id } of drafts) say(`acknowledged ${id}`)
  evidence.committed()
  await evidence
    .integrated(
      drafts.map(({ id }) => id),
      patienceMs,
    )
    .then(
      () => say('integrated'),
      (error: unknown) => say(`pending ${String(error)}`),
    )
}

for (const count of batches.split(',')) await record(Number(count))
await evidence.close()
await database.close()
say('closed')
