import assert from 'node:assert/strict'
import { copyFile, mkdir, readFile, readdir, rename, rm, rmdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
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
import type { OpenedEvidence } from '../testing/evidence-fixture.ts'
import { readCheckpoint, signCheckpoint } from './checkpoint.ts'
import { openKeyRing } from './key-ring.ts'
import { createKeyRotation } from './key-rotation.ts'
import { prunedArchive } from '../retention/pruned-archive.ts'
import { openLogKey, parseVkey } from './log-key.ts'
import { openLogs } from './logs.ts'
import { readRotation, readRotations, signRotation } from './rotation-note.ts'

// The fixture's ids have the form that the types promise.
const actor = {
  organisation,
  user: ana,
  name: 'Ana',
  roles: [],
  demo: false,
  kind: 'user',
} as unknown as Actor
const neighbour = 'org_019900000000700080000000000000a2'

interface Rotated {
  readonly key: string
  readonly was: string
  readonly note: string
  readonly logs: number
}

async function rotate(database: Database, evidence: OpenedEvidence): Promise<Rotated> {
  const outcome = await performDirectly(database, {
    registrations: evidence.registrations,
    operation: 'log.rotate_key',
    actor,
    input: { reason: 'a year has passed' },
    at,
  })
  assert.ok(outcome.ok)
  // What the operation answers, as its schema says.
  return outcome.value as Rotated
}

/** The steps of a rotation one by one, as far as a server may get before it stops. */
async function stepsOn(database: Database, folder: string) {
  const failed = (cause: unknown): never => {
    throw cause
  }
  const keys = await openKeyRing({ database, folder, isNewLog: false, onFault: failed })
  const logs = await openLogs({ database, keys, folder, archive: prunedArchive, onFault: failed })
  const rotation = createKeyRotation({ logs, keys, onFault: failed })
  return {
    keys,
    prepare: rotation.prepare,
    commit: (next: Awaited<ReturnType<typeof rotation.prepare>>) =>
      database.writer.transact({ by: 'gate', operation: 'test' }, (tx) => rotation.rotate(tx, next, at)),
    close: logs.close,
  }
}

/** The files follow the commit; whoever waits for a receipt does not wait for them. */
async function keyIs(evidence: OpenedEvidence, vkey: string): Promise<void> {
  for (let look = 0; look < 2_000 && evidence.logKey !== vkey; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(evidence.logKey, vkey)
}

const nextFiles = async (folder: string): Promise<readonly string[]> =>
  (await readdir(join(folder, 'keys'))).filter((name) => name.startsWith('log.next-'))

onEachStore(
  'a new key signs from then on, the note leads to it from the old one, and the old one is gone',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const evidence = await openEvidence(database, folder)
    await evidence.recordAndIntegrate(...drafts(3), draftOf({ organisation: neighbour }))
    const before = await readFile(join(folder, 'keys/log.key'), 'utf8')
    const rotated = await rotate(database, evidence)
    await evidence.recordAndIntegrate(draftOf(), draftOf({ retention: 'long' }))
    await keyIs(evidence, rotated.key)
    assert.notEqual(rotated.key, rotated.was)
    assert.equal(rotated.key.split('+')[0], rotated.was.split('+')[0])

    const read = readRotation(rotated.note) ?? assert.fail('the note is no rotation')
    const own = await evidence.standardLog()
    const other = await evidence.standardLog(neighbour)
    assert.deepEqual(
      [...read.sizes],
      [
        [own.origin, 3],
        [other.origin, 1],
      ].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    )
    const key = parseVkey(rotated.key) ?? assert.fail('no key')
    // Grown since, begun since, and untouched since: all are signed by the new key.
    for (const log of [...(await evidence.logsOf(organisation)), other]) {
      const note = (await log.newest())?.checkpoint.note ?? ''
      assert.ok(!('problem' in readCheckpoint(key, log.origin, note)), log.origin)
    }
    assert.deepEqual(await evidence.published.rotations(), [rotated.note])
    const again = await rotate(database, evidence)
    assert.equal(again.was, rotated.key)
    await evidence.close()

    assert.deepEqual(await nextFiles(folder), [])
    assert.notEqual(await readFile(join(folder, 'keys/log.key'), 'utf8'), before)
    assert.equal(await readFile(join(folder, 'keys/log.vkey'), 'utf8'), `${again.key}\n`)
    const chain = readRotations(await evidence.published.rotations())
    assert.deepEqual(
      chain.map((rotation) => rotation.nextVkey),
      [rotated.key, again.key],
    )
    assert.match(await readFile(join(folder, other.address, 'checkpoint'), 'utf8'), /\n1\n/)
    const reopened = await openEvidence(database, folder)
    await reopened.recordAndIntegrate(draftOf({ organisation: neighbour }))
    assert.equal(reopened.logKey, again.key)
    await reopened.close()
  },
)

onEachStore(
  'a rotation that stops at any point is started from, with one key and no more',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const first = await openEvidence(database, folder)
    await first.recordAndIntegrate(...drafts(3))
    await first.close()

    // The next key is a file, and nothing was committed: the old key goes on.
    const unfinished = await stepsOn(database, folder)
    await unfinished.prepare()
    await unfinished.close()
    const second = await openEvidence(database, folder)
    await second.recordAndIntegrate(draftOf())
    assert.equal(second.logKey, first.logKey)
    await second.close()
    // It may be another server's, which is about to use it; after an hour it is nobody's.
    const [abandoned = ''] = await nextFiles(folder)
    await utimes(join(folder, 'keys', abandoned), 1, 1)

    // Committed, and the server stops before the files change.
    const stopped = await stepsOn(database, folder)
    assert.deepEqual(await nextFiles(folder), [])
    const next = await stopped.prepare()
    await stopped.commit(next)
    await stopped.close()
    assert.equal(stopped.keys.vkey(), first.logKey)
    assert.equal((await nextFiles(folder)).length, 1)
    const third = await openEvidence(database, folder)
    await third.recordAndIntegrate(draftOf())
    await keyIs(third, next.vkey)
    assert.deepEqual(await nextFiles(folder), [])
    await third.close()

    // The key has its place, and what lies beside it was not written.
    await rm(join(folder, 'rotations.json'))
    await writeFile(join(folder, 'keys/log.vkey'), 'torn')
    const fourth = await openEvidence(database, folder)
    await fourth.recordAndIntegrate(draftOf())
    await fourth.close()
    assert.equal(await readFile(join(folder, 'keys/log.vkey'), 'utf8'), `${next.vkey}\n`)
    assert.equal((JSON.parse(await readFile(join(folder, 'rotations.json'), 'utf8')) as unknown[]).length, 1)
  },
)

onEachStore(
  'a key whose place cannot be taken signs all the same, and takes it when it can',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const faults: unknown[] = []
    const evidence = await openEvidence(database, folder, { onFault: (cause) => faults.push(cause) })
    await evidence.recordAndIntegrate(draftOf())
    const first = evidence.logKey
    const file = join(folder, 'keys/log.key')
    await rename(file, join(folder, 'aside'))
    await mkdir(file)
    const { key } = await rotate(database, evidence)
    await evidence.recordAndIntegrate(draftOf())
    assert.equal(evidence.logKey, first)
    assert.ok(faults.length > 0)
    const log = await evidence.standardLog()
    const note = (await log.newest())?.checkpoint.note ?? ''
    assert.ok(!('problem' in readCheckpoint(parseVkey(key) ?? assert.fail('no key'), log.origin, note)))

    await rmdir(file)
    await rename(join(folder, 'aside'), file)
    await evidence.recordAndIntegrate(draftOf())
    await keyIs(evidence, key)
    await evidence.close()
    assert.deepEqual(await nextFiles(folder), [])
    await (await openEvidence(database, folder)).close()
  },
)

onEachStore(
  'a server beside the one that replaced the key signs with the new one, or not at all',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const first = await openEvidence(database, folder)
    await first.recordAndIntegrate(...drafts(2))
    const second = await openEvidence(database, folder)
    const { key } = await rotate(database, first)
    await second.recordAndIntegrate(draftOf())
    await keyIs(second, key)
    // One that does not share the folder has no such key.
    const elsewhere = await temporaryFolder(t)
    await first.close()
    await second.close()
    const { cp } = await import('node:fs/promises')
    await cp(folder, elsewhere, { recursive: true })
    const apart = await openEvidence(database, elsewhere)
    const third = await openEvidence(database, folder)
    await rotate(database, third)
    // Else it may be the one that gives the receipt its place.
    await third.close()
    const late = draftOf()
    await apart.record(late)
    apart.committed()
    await assert.rejects(apart.integrated([late.id]), { code: 'log_stopped' })
    assert.equal(apart.fault()?.code, 'log_key_missing')
    await apart.close()
    const fourth = await openEvidence(database, folder)
    fourth.committed()
    await fourth.integrated([late.id])
    await fourth.close()
  },
)

onEachStore(
  'a store or a key that knows nothing of a rotation, or of another one, is refused',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const evidence = await openEvidence(database, folder)
    await evidence.recordAndIntegrate(...drafts(3))
    const { origin, number } = await evidence.standardLog()
    await copyFile(join(folder, 'keys/log.key'), join(folder, 'old.key'))
    const { note, key } = await rotate(database, evidence)
    await evidence.recordAndIntegrate(draftOf())
    await evidence.close()
    const tamper = (statement: ReturnType<typeof sql>) =>
      database.writer.transact({ by: 'migration' }, (tx) => statement.execute(tx))
    const reopen = () => openEvidence(database, folder)

    await tamper(sql`update log_key_rotations set note = ${note.replace('a', 'b')}`)
    await assert.rejects(reopen(), { code: 'log_rotation_invalid' })
    await tamper(sql`delete from log_key_rotations`)
    await assert.rejects(reopen(), { code: 'log_rolled_back', message: /log key was replaced/ })
    await tamper(sql`insert into log_key_rotations (vkey, note, at) values (${key}, ${note}, ${at})`)

    // Yesterday's key under today's store.
    await copyFile(join(folder, 'keys/log.key'), join(folder, 'new.key'))
    await copyFile(join(folder, 'old.key'), join(folder, 'keys/log.key'))
    await assert.rejects(reopen(), { code: 'log_key_missing', message: /not of the same day/ })
    await copyFile(join(folder, 'new.key'), join(folder, 'keys/log.key'))

    // Somebody who kept the old key signs on with it: it was retired at size 3.
    await copyFile(join(folder, 'old.key'), join(await temporaryFolder(t), 'log.key'))
    const thief = await temporaryFolder(t)
    await copyFile(join(folder, 'old.key'), join(thief, 'log.key'))
    const old = await openLogKey(thief, { isNewLog: false, name: evidence.keyName })
    const { rows } = await sql<{ root: Uint8Array; note: string }>`
      select root, note from checkpoints where log = ${number} and size = 4`.execute(database.read)
    const { root, note: good } = rows[0] ?? assert.fail('no checkpoint')
    const forged = signCheckpoint(old, origin, 4, root).note
    await tamper(sql`update checkpoints set note = ${forged} where log = ${number} and size = 4`)
    await assert.rejects(reopen(), { code: 'log_checkpoint_invalid', message: /\(retired\)/ })
    await tamper(sql`update checkpoints set note = ${good} where log = ${number} and size = 4`)
    await (await reopen()).close()
  },
)

onEachStore(
  'a note is read only when both keys of one name signed exactly it',
  evidenceMigrations,
  async (_database, t) => {
    const name = 'log.example'
    const old = await openLogKey(await temporaryFolder(t), { isNewLog: true, name })
    const next = await openLogKey(await temporaryFolder(t), { isNewLog: true, name })
    const stranger = await openLogKey(await temporaryFolder(t), { isNewLog: true, name: 'other.example' })
    const logs = [
      { origin: `${name}/5f3e9a01/short`, size: 3, root: Buffer.alloc(32, 1) },
      { origin: `${name}/5f3e9a01/long`, size: 2, root: Buffer.alloc(32, 2) },
    ]
    const note = signRotation(old, next, at, logs)
    assert.deepEqual([...(readRotation(note)?.sizes.keys() ?? [])], [logs[1]?.origin, logs[0]?.origin])
    assert.ok(readRotation(signRotation(old, next, at, [])) !== undefined)
    for (let index = 0; index < note.length; index += 1) {
      const other = note[index] === 'A' ? 'B' : 'A'
      assert.equal(
        readRotation(note.slice(0, index) + other + note.slice(index + 1)),
        undefined,
        `at ${index}`,
      )
    }
    const [byOld = '', byNext = ''] = note.slice(note.indexOf('\n\n') + 2).split('\n')
    const text = note.slice(0, note.indexOf('\n\n') + 2)
    for (const signatures of [
      `${byNext}\n${byOld}\n`,
      `${byOld}\n`,
      `${byOld}\n${byOld}\n`,
      `${byOld}\n${byNext}`,
      `${byOld}\n${byNext}\n\n`,
    ])
      assert.equal(readRotation(text + signatures), undefined)
    assert.equal(readRotation(signRotation(old, stranger, at, logs)), undefined)
    assert.equal(readRotation(signRotation(old, old, at, logs)), undefined)
    assert.throws(() => readRotations([note, note]), { code: 'log_rotation_invalid' })
  },
)
