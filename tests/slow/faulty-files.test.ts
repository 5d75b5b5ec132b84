import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createEvidence, evidenceMigrations } from '../../apps/server/src/evidence/index.ts'
import { draftOf, organisation } from '../../apps/server/src/evidence/testing/evidence-fixture.ts'
import { findReceipts } from '../../apps/server/src/evidence/testing/find-receipts.ts'
import { migrate, openDatabase } from '../../apps/server/src/kernel/db/index.ts'
import type { Database } from '../../apps/server/src/kernel/db/index.ts'
import { buildFaultLayer, runWithFault, whyNoFaults } from '../support/faulty-files/faulty-files.ts'
import type { Ended, FaultKind } from '../support/faulty-files/faulty-files.ts'

const writer = fileURLToPath(new URL('../support/faulty-files/evidence-writer.ts', import.meta.url))
/** Each call in turn, or each third of them, beginning anywhere: all of it takes longer than people wait for CI. */
const share = Number(process.env['SWITCHBOARD_FAULT_SHARE'] ?? 1)
const first = Math.floor(Math.random() * share)
const kinds: readonly FaultKind[] = ['torn', 'cut', 'short', 'full', 'sync']

interface Trial {
  readonly what: string
  /** Steps that lead to the store on which calls go wrong, and those that are tried. */
  readonly before: string
  readonly tried: string
}
const trials: readonly Trial[] = [
  // Two short of a full tile, so that the writes of a tile are among those that go wrong.
  { what: 'appending, signing and writing tiles', before: '254', tried: '1,2' },
  { what: 'sealing and compacting', before: '254,3', tried: 'seal' },
  { what: 'pruning', before: '254,3,seal', tried: 'prune,1' },
]

for (const { what, before, tried } of trials) {
  test(
    `whatever goes wrong at any call to the disk in ${what}, all that was acknowledged is there, and the store opens by itself`,
    { skip: whyNoFaults() ?? false, timeout: 840_000 },
    async (t) => {
      const work = mkdtempSync(join(tmpdir(), 'switchboard-faults-'))
      t.after(() => rmSync(work, { recursive: true }))
      const library = await buildFaultLayer(work)
      const start = join(work, 'start')
      mkdirSync(start)
      const filled = await runWithFault({ library, script: writer, folder: start, args: [before] })
      assert.equal(filled.lines.at(-1), 'closed', filled.errors)

      const whole = copyOf(start, join(work, 'whole'))
      const undisturbed = await runWithFault({ library, script: writer, folder: whole, args: [tried] })
      assert.equal(undisturbed.lines.at(-1), 'closed', undisturbed.errors)
      assert.deepEqual(refusals(undisturbed), [])
      const { calls = 0 } = undisturbed
      assert.ok(calls > 20, `the writer calls the disk ${calls} times: the layer does not see it`)

      t.diagnostic(`calls ${1 + first}, ${1 + first + share}, … of ${calls}`)
      const earlier = acknowledgedIn(filled)
      const seen = new Map<
        FaultKind,
        { died: number; refused: number; unharmed: number; unreached: number }
      >()
      const broken: string[] = []
      const queue = faultsOf(calls)
      const worker = async () => {
        for (const fault of queue) {
          const folder = copyOf(start, join(work, `${fault.kind}-${fault.at}`))
          const ended = await runWithFault({ library, script: writer, folder, args: [tried], fault })
          const found = await brokenAfter(folder, ended, earlier)
          broken.push(...found.map((why) => `${fault.kind} at call ${fault.at} of ${calls}: ${why}`))
          const count = seen.get(fault.kind) ?? { died: 0, refused: 0, unharmed: 0, unreached: 0 }
          const end = endOf(ended, fault.at)
          seen.set(fault.kind, { ...count, [end]: count[end] + 1 })
          rmSync(folder, { recursive: true })
        }
      }
      await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker))
      for (const [kind, count] of seen) t.diagnostic(`${kind}: ${JSON.stringify(count)} of ${calls} calls`)
      assert.deepEqual(broken, [])
      // A layer that does nothing would let all of this pass.
      for (const kind of ['torn', 'cut'] as const) {
        const count = seen.get(kind)
        assert.ok(count !== undefined && count.refused + count.unharmed === 0, kind)
        assert.ok(count.died > 4 * count.unreached, `${kind}: ${JSON.stringify(count)}`)
      }
      assert.ok((seen.get('full')?.refused ?? 0) > 0)
    },
  )
}

/** How much is written in one go depends on the moment, so the last calls of one run may not be made in another. */
function endOf(ended: Ended, at: number): 'died' | 'refused' | 'unharmed' | 'unreached' {
  if (ended.signal !== null) return 'died'
  if (refusals(ended).length > 0) return 'refused'
  return (ended.calls ?? at) < at ? 'unreached' : 'unharmed'
}

/** Every call of the share goes wrong: in two ways where calls are few, in one where they are many; the ways take turns. */
function* faultsOf(calls: number): Generator<{ readonly kind: FaultKind; readonly at: number }> {
  const ways = calls <= 200 ? 2 : 1
  for (let at = 1 + first; at <= calls; at += share)
    for (const [turn, kind] of kinds.entries()) if ((at + turn) % kinds.length < ways) yield { kind, at }
}

function copyOf(from: string, to: string): string {
  cpSync(from, to, { recursive: true })
  return to
}

function acknowledgedIn({ lines }: Ended): readonly string[] {
  return lines.flatMap((line) => /^acknowledged (rct_\w+)$/.exec(line)?.[1] ?? [])
}

function refusals({ lines, code }: Ended): readonly string[] {
  return [...lines.filter((line) => line.startsWith('refused')), ...(code === 0 ? [] : [`code ${code}`])]
}

/** Starts again on what is left, without any fault and without any help, and holds it against what was acknowledged. */
async function brokenAfter(
  folder: string,
  ended: Ended,
  earlier: readonly string[],
): Promise<readonly string[]> {
  const couldNotStart = ended.signal === null && ended.code !== 0 && !ended.lines.includes('open')
  // On a broken disk that is all it can do; but it says so.
  if (couldNotStart && !/Fault|Error/.test(ended.errors)) return [`it ended with code ${ended.code}, silent`]
  try {
    const database = await openDatabase(join(folder, 'state', 'switchboard.db'))
    try {
      return await brokenIn(database, folder, ended, earlier)
    } finally {
      await database.close()
    }
  } catch (error) {
    return [`it does not open again: ${String(error)}`]
  }
}

async function brokenIn(
  database: Database,
  folder: string,
  ended: Ended,
  earlier: readonly string[],
): Promise<readonly string[]> {
  const faults: string[] = []
  await migrate(database, evidenceMigrations)
  const evidence = await createEvidence({
    database,
    clock: () => Date.UTC(2027, 2, 5),
    folder: join(folder, 'evidence'),
    safetyMs: 20,
    blocks: { entries: 256, share: 1 },
    onFault: (cause) => faults.push(String(cause)),
  })
  try {
    // Still of use: it takes another, gives it its place, and seals what was left half sealed.
    const next = draftOf({ at: Date.UTC(2027, 2, 5) })
    await database.writer.transact({ by: 'gate', operation: 'test' }, (tx) => evidence.record(tx, next))
    evidence.committed()
    await evidence.integrated([next.id])
    const { stopped } = await evidence.compact(Number.MAX_SAFE_INTEGER)

    const acknowledged = acknowledgedIn(ended)
    const ids = [...earlier, ...acknowledged, next.id]
    const found = new Map((await findReceipts(database.read, organisation, ids)).map((row) => [row.id, row]))
    const missing = ids.filter((id) => !found.has(id))
    const unplaced = ids.filter((id) => found.get(id)?.idx === null)
    // Pruning takes the first 128 entries together, or none of them.
    const pruned = earlier.slice(0, 128)
    const isPruned = pruned.every((id) => !found.has(id))
    const lost = isPruned ? missing.filter((id) => !pruned.includes(id)) : missing
    return [
      ...lost.map((id) => `${id} was acknowledged and is gone`),
      ...unplaced.map((id) => `${id} has no place`),
      ...(ended.lines.includes('pruned') && !isPruned ? ['what was pruned is there'] : []),
      ...(stopped === undefined ? [] : [`it does not compact: ${stopped}`]),
      ...faults.map((fault) => `it went on with a fault: ${fault}`),
    ]
  } finally {
    await evidence.close()
  }
}
