// Opens a store with its evidence log, writes receipts, seals what it may, and says each receipt that was acknowledged.
// Run below the fault layer: any of its calls may fail, or be its last. Arguments: the folder, and what to do, in order:
// a number commits so many receipts together, `seal` compacts what is a full block, `prune` takes the first half of it.
import { mkdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createEvidence, evidenceMigrations } from '../../../apps/server/src/evidence/index.ts'
import { draftOf, organisation } from '../../../apps/server/src/evidence/testing/evidence-fixture.ts'
import { migrate, openDatabase } from '../../../apps/server/src/kernel/db/index.ts'

const [folder = '', steps = '1'] = process.argv.slice(2)
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
  blocks: { entries: 256, share: 1 },
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

/** A block of full tiles. It says by itself what stopped it, and never throws. */
async function seal(): Promise<void> {
  const { blocks, stopped } = await evidence.compact(Number.MAX_SAFE_INTEGER)
  say(stopped === undefined ? `sealed ${blocks}` : `refused ${stopped}`)
}

async function prune(): Promise<void> {
  const [log] = await evidence.logsOf(organisation)
  if (log === undefined) return say('refused: there is no log')
  try {
    const rewriting = await evidence.rewriteBlocks(log.number, { from: 0, to: 256 }, ({ index }) =>
      index < 128 ? 'prune' : 'keep',
    )
    await database.writer.transact({ by: 'gate', operation: 'test' }, (tx) => rewriting.swap(tx))
    say('pruned')
    await rewriting.finish()
  } catch (error) {
    say(`refused ${String(error)}`)
  }
}

for (const step of steps.split(',')) {
  if (step === 'seal') await seal()
  else if (step === 'prune') await prune()
  else await record(Number(step))
}
await evidence.close()
await database.close()
say('closed')
