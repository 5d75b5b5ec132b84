import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createEvidence, evidenceMigrations } from '../../apps/server/src/evidence/index.ts'
import { draftOf } from '../../apps/server/src/evidence/testing/evidence-fixture.ts'
import { migrate, openDatabase } from '../../apps/server/src/kernel/db/index.ts'
import { buildFaultLayer, runWithFault, whyNoFaults } from '../support/faulty-files/faulty-files.ts'
import type { Ended, FaultKind } from '../support/faulty-files/faulty-files.ts'

const writer = fileURLToPath(new URL('../support/faulty-files/evidence-writer.ts', import.meta.url))
const kinds: readonly FaultKind[] = ['torn', 'cut', 'short', 'full', 'once', 'sync', 'readonly']
/** One short of a full tile, so that the writes of a tile are among those that go wrong. */
const before = '254'
const batches = '1,2'

test(
  'whatever goes wrong at any call to the disk, what was acknowledged is in the log, which opens again by itself',
  { skip: whyNoFaults() ?? false, timeout: 840_000 },
  async (t) => {
    const library = await buildFaultLayer()
    const work = mkdtempSync(join(tmpdir(), 'switchboard-faults-'))
    t.after(() => rmSync(work, { recursive: true }))
    const start = join(work, 'start')
    cpSync(mkdtempSync(join(work, 'empty-')), start, { recursive: true })
    const filled = await runWithFault({ library, script: writer, folder: start, args: [before] })
    assert.equal(filled.lines.at(-1), 'closed', filled.errors)

    const whole = copyOf(start, join(work, 'whole'))
    const undisturbed = await runWithFault({ library, script: writer, folder: whole, args: [batches] })
    assert.equal(undisturbed.lines.at(-1), 'closed', undisturbed.errors)
    const { calls = 0 } = undisturbed
    assert.ok(calls > 30, `the writer calls the disk ${calls} times: the layer does not see it`)

    const jobs = kinds.flatMap((kind) => Array.from({ length: calls }, (_, at) => ({ kind, at: at + 1 })))
    const seen = new Map<FaultKind, { died: number; refused: number; unharmed: number }>()
    const broken: string[] = []
    const queue = jobs.values()
    const work1 = async () => {
      for (const fault of queue) {
        const folder = copyOf(start, join(work, `${fault.kind}-${fault.at}`))
        const ended = await runWithFault({ library, script: writer, folder, args: [batches], fault })
        const what = `${fault.kind} at call ${fault.at} of ${calls}`
        broken.push(...(await brokenAfter(folder, ended)).map((why) => `${what}: ${why}`))
        const count = seen.get(fault.kind) ?? { died: 0, refused: 0, unharmed: 0 }
        const refused = ended.lines.some((line) => line.startsWith('refused'))
        count[ended.signal !== null ? 'died' : refused ? 'refused' : 'unharmed'] += 1
        seen.set(fault.kind, count)
        rmSync(folder, { recursive: true })
      }
    }
    await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work1))
    for (const [kind, count] of seen) t.diagnostic(`${kind}: ${JSON.stringify(count)} of ${calls} calls`)
    assert.deepEqual(broken, [])
    // A layer that does nothing would let all of this pass.
    for (const kind of ['torn', 'cut'] as const) assert.equal(seen.get(kind)?.died, calls, kind)
    for (const kind of ['full', 'once', 'sync', 'readonly'] as const)
      assert.ok((seen.get(kind)?.refused ?? 0) > 0, kind)
  },
)

function copyOf(from: string, to: string): string {
  cpSync(from, to, { recursive: true })
  return to
}

/** Starts again on what is left, without any fault and without any help, and holds it against what was acknowledged. */
async function brokenAfter(folder: string, ended: Ended): Promise<readonly string[]> {
  if (ended.signal === null && ended.code !== 0 && !ended.lines.includes('open')) {
    // It could not start on a broken disk; that it says so is all it can do.
    if (!/Fault|Error/.test(ended.errors)) return [`it ended with code ${ended.code} and without a word`]
  }
  const acknowledged = ended.lines.flatMap((line) => /^acknowledged (rct_\w+)$/.exec(line)?.[1] ?? [])
  const faults: string[] = []
  try {
    const database = await openDatabase(join(folder, 'state', 'switchboard.db'))
    try {
      await migrate(database, evidenceMigrations)
      const evidence = await createEvidence({
        database,
        clock: () => Date.UTC(2027, 2, 5),
        folder: join(folder, 'evidence'),
        safetyMs: 20,
        onFault: (cause) => faults.push(String(cause)),
      })
      await evidence.integrated(acknowledged)
      // Still of use: it takes another, and gives it its place.
      const next = draftOf({ at: Date.UTC(2027, 2, 5) })
      await database.writer.transact({ by: 'gate', operation: 'test' }, (tx) => evidence.record(tx, next))
      evidence.committed()
      await evidence.integrated([next.id])
      const entries = await database.read.selectFrom('log_entries').select(['idx', 'receipt_id']).execute()
      const known = new Set(entries.map((entry) => entry.receipt_id))
      const lost = acknowledged.filter((id) => !known.has(id))
      await evidence.close()
      return [
        ...lost.map((id) => `${id} was acknowledged and is not in the log`),
        ...(entries.length > Number(before) ? [] : ['the log shrank']),
        ...faults.map((fault) => `it went on with a fault: ${fault}`),
      ]
    } finally {
      await database.close()
    }
  } catch (error) {
    return [`it does not open again: ${String(error)}`]
  }
}
