import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import type { TestContext } from 'node:test'
import { performDirectly } from '../../../../../tests/support/perform-directly.ts'
import { onEachStore } from '../../../../../tests/support/stores.ts'
import type { Database } from '../../kernel/db/index.ts'
import type { Actor } from '../../kernel/handler.ts'
import { evidenceMigrations } from '../index.ts'
import {
  ana,
  at,
  draftOf,
  drafts,
  openEvidence,
  organisation,
  temporaryFolder,
} from '../testing/evidence-fixture.ts'
import { servedWitness } from '../../../../../tests/support/served-witness.ts'
import { parseWitnesses } from './witness-list.ts'
import type { WitnessConflict } from './witnessing.ts'

const times = { roundMs: 1, refreshMs: 60_000, timeoutMs: 5_000, retryMs: 5, longestRetryMs: 20 }

// The fixture's ids have the form that the types promise.
const actor = {
  organisation,
  user: ana,
  name: 'Ana',
  roles: [],
  demo: false,
  kind: 'user',
} as unknown as Actor

/** A server's evidence whose witnesses run beside it; opened anew, it is a restart. */
async function openWitnessed(
  database: Database,
  folder: string,
  settings: readonly string[],
  needed: number,
) {
  const conflicts: WitnessConflict[] = []
  const peers = parseWitnesses(settings.join(','), needed)
  const witnesses = { peers, needed, times, onConflict: (found: WitnessConflict) => conflicts.push(found) }
  const evidence = await openEvidence(database, folder, { witnesses })
  return { ...evidence, conflicts }
}
type Witnessed = Awaited<ReturnType<typeof openWitnessed>>

async function logKeyOf(database: Database, folder: string): Promise<string> {
  const first = await openEvidence(database, folder)
  await first.recordAndIntegrate(draftOf())
  await first.close()
  return first.logKey
}

/** The log once as many witnesses as are needed cosigned its newest entry. */
async function cosigned(evidence: Witnessed, of = organisation) {
  const [log] = await evidence.logsOf(of)
  assert.ok(log !== undefined)
  const size = (await log.newest())?.checkpoint.size ?? 0
  const newest = await evidence.cosigned(log, size, 20_000)
  assert.ok(newest !== undefined, `not cosigned: ${JSON.stringify(await evidence.claimsOf(log))}`)
  return { log, ...newest }
}

async function start(t: TestContext, database: Database, count: number) {
  const folder = await temporaryFolder(t)
  const key = await logKeyOf(database, folder)
  const names = Array.from({ length: count }, (_, index) => `w${index + 1}.example`)
  const witnesses = await Promise.all(names.map((name) => servedWitness(t, key, name, () => at)))
  return { folder, witnesses, settings: witnesses.map(({ setting }) => setting) }
}

onEachStore(
  'a log is witnessed once enough witnesses cosigned the same checkpoint, and proofs are made in that one',
  evidenceMigrations,
  async (database, t) => {
    const { folder, settings } = await start(t, database, 2)
    const evidence = await openWitnessed(database, folder, settings, 2)
    t.after(evidence.close)
    for (let round = 0; round < 5; round += 1) await evidence.recordAndIntegrate(...drafts(3))
    const { log, view, note } = await cosigned(evidence)
    assert.ok(note.startsWith(view.checkpoint.note))
    assert.deepEqual(
      [...note.matchAll(/^\u2014 (w\d)\.example /gm)].map((match) => match[1]),
      ['w1', 'w2'],
    )
    const claims = await evidence.claimsOf(log)
    assert.deepEqual([claims.witnessed, claims.conflict], [true, ''])
    assert.equal(evidence.witnessed(), 'yes')
    const rows = await database.read.selectFrom('cosignatures').selectAll().execute()
    assert.equal(Math.min(...rows.map(({ size }) => size)), view.checkpoint.size, 'what is not needed leaves')
  },
)

onEachStore(
  'after a restart nothing is claimed before a witness has answered',
  evidenceMigrations,
  async (database, t) => {
    const { folder, settings, witnesses } = await start(t, database, 1)
    const first = await openWitnessed(database, folder, settings, 1)
    await cosigned(first)
    await first.close()

    await witnesses[0]?.close()
    const deaf = await openWitnessed(database, folder, settings, 1)
    const [log] = await deaf.logsOf(organisation)
    assert.ok(log !== undefined)
    const before = await deaf.claimsOf(log)
    assert.deepEqual([before.witnessed, deaf.witnessed()], [false, 'no'])
    assert.match(before.witnesses[0]?.why ?? '', /has not answered since|cannot be reached/)
    assert.equal(await deaf.cosigned(log, 1, 50), undefined)
    await deaf.close()
  },
)

onEachStore(
  'after the log’s key was replaced a witness follows by the note that both keys signed',
  evidenceMigrations,
  async (database, t) => {
    const { folder, settings } = await start(t, database, 1)
    const evidence = await openWitnessed(database, folder, settings, 1)
    t.after(evidence.close)
    await cosigned(evidence)
    const outcome = await performDirectly(database, {
      registrations: evidence.registrations,
      operation: 'log.rotate_key',
      actor,
      input: { reason: 'a year has passed' },
      at,
    })
    assert.ok(outcome.ok)
    const { key, was } = outcome.value as { key: string; was: string }
    await evidence.recordAndIntegrate(...drafts(3))
    const { note, view } = await cosigned(evidence)
    assert.ok(view.checkpoint.size >= 4)
    const hashIn = (vkey: string): string => vkey.split('+')[1] ?? ''
    const [, encoded = ''] = /^\u2014 switchboard\S+ (\S+)$/mu.exec(note) ?? []
    assert.equal(Buffer.from(encoded, 'base64').toString('hex', 0, 4), hashIn(key))
    assert.notEqual(key, was)
    assert.equal(evidence.witnessed(), 'yes')
  },
)

onEachStore(
  'each organisation’s log has a submission and a claim of its own',
  evidenceMigrations,
  async (database, t) => {
    const { folder, settings } = await start(t, database, 1)
    const evidence = await openWitnessed(database, folder, settings, 1)
    t.after(evidence.close)
    const other = 'org_019900000000700080000000000000a2'
    await evidence.recordAndIntegrate(draftOf({ organisation: other }), draftOf())
    const mine = await cosigned(evidence)
    const theirs = await cosigned(evidence, other)
    assert.notEqual(mine.log.origin, theirs.log.origin)
    assert.ok(
      mine.note.startsWith(`${mine.log.origin}\n`) && theirs.note.startsWith(`${theirs.log.origin}\n`),
    )
    // Asked for under another organisation, a log has no cosignatures.
    const foreign = await evidence.claimsOf({ ...mine.log, organisation: other })
    assert.deepEqual([foreign.witnessed, foreign.cosigned.size, foreign.witnesses[0]?.size], [false, 0, 0])
  },
)

onEachStore(
  'a store put back to an earlier day is refused, stays so while the witness is silent, and bundles wait for nothing',
  evidenceMigrations,
  async (database, t) => {
    const { folder, settings, witnesses } = await start(t, database, 1)
    const first = await openWitnessed(database, folder, settings, 1)
    const [known] = await first.logsOf(organisation)
    await cosigned(first)
    const size = known?.knownSize() ?? 0
    await first.recordAndIntegrate(...drafts(4))
    await cosigned(first)
    await first.close()
    await forgetEntriesFrom(database, size)

    const restored = await openWitnessed(database, await temporaryCopyOfKeys(t, folder), settings, 1)
    const [log] = await restored.logsOf(organisation)
    assert.ok(log !== undefined)
    assert.equal(await restored.cosigned(log, 1, 20_000), undefined)
    assert.equal(restored.witnessed(), 'refused')
    assert.deepEqual(
      restored.conflicts.map(({ conflict, witness, origin }) => [conflict, witness, origin]),
      [['shrunk', 'w1.example', log.origin]],
    )
    await restored.recordAndIntegrate(draftOf())
    await restored.close()
    await witnesses[0]?.close()
    const silent = await openWitnessed(database, await temporaryCopyOfKeys(t, folder), settings, 1)
    t.after(silent.close)
    const [same] = await silent.logsOf(organisation)
    assert.ok(same !== undefined)
    assert.equal(await silent.cosigned(same, 1, 20_000), undefined)
    const claims = await silent.claimsOf(same)
    assert.match(claims.conflict, /^shrunk: /)
  },
)

/** What a restore of the store does: the newer entries, checkpoints and receipts were never there. */
async function forgetEntriesFrom(database: Database, size: number): Promise<void> {
  await database.writer.transact({ by: 'recovery' }, async (tx) => {
    const gone = await tx.selectFrom('log_entries').select('receipt_id').where('idx', '>=', size).execute()
    await tx.deleteFrom('log_entries').where('idx', '>=', size).execute()
    await tx.deleteFrom('checkpoints').where('size', '>', size).execute()
    const ids = gone.map((row) => row.receipt_id)
    await tx.deleteFrom('receipts').where('id', 'in', ids).execute()
    await tx.deleteFrom('cosignatures').where('size', '>', size).execute()
    await tx.updateTable('witness_states').set({ size }).execute()
  })
}

/** A data folder as it was: its key, and none of the files that say how far the log had come. */
async function temporaryCopyOfKeys(t: TestContext, folder: string): Promise<string> {
  const copy = await temporaryFolder(t)
  await cp(`${folder}/keys`, `${copy}/keys`, { recursive: true })
  return copy
}
