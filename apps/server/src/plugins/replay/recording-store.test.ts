import assert from 'node:assert/strict'
import { onEachStore } from '../../../../../tests/support/stores.ts'
import type { Database, Tx } from '../../kernel/db/index.ts'
import {
  answersOf,
  eraseRecordings,
  findRecording,
  insertRecording,
  recordedBytes,
  recordingMigrations,
} from './recording-store.ts'

const organisation = 'org_a'

function write<T>({ writer }: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return writer.transact({ by: 'gate', operation: 'test' }, work)
}

async function record(database: Database, run: string, answers: readonly string[], of = organisation) {
  const body = Buffer.from(`body of ${run}`)
  const row = {
    organisation: of,
    run,
    package: 'probe',
    case_id: null,
    canary: 'c',
    recorded_at: 1,
    sha256: 'b',
    body,
    withheld_at: null,
    withheld_by: null,
    bytes: body.byteLength,
  }
  const kept = answers.map((sha256) => ({ sha256, content: Buffer.from(sha256), bytes: sha256.length }))
  await write(database, (tx) => insertRecording(tx, row, kept))
}

onEachStore(
  'an answer is there once, for as long as a recording of its organisation uses it',
  recordingMigrations,
  async (database) => {
    const many = Array.from({ length: 120 }, (_, i) => `many-${i}`)
    await record(database, 'run_1', ['x', 'y'])
    await record(database, 'run_2', ['y', ...many])
    await record(database, 'run_3', ['y'], 'org_b')
    assert.deepEqual([...(await answersOf(database.read, organisation, 'run_1')).keys()].toSorted(), [
      'x',
      'y',
    ])
    assert.equal((await answersOf(database.read, organisation, 'run_2')).size, 121)
    const before = await recordedBytes(database.read, organisation)
    const first = await write(database, (tx) => eraseRecordings(tx, organisation, { run: 'run_1' }))
    assert.deepEqual(first, { recordings: 1, answers: 1, bytes: 'body of run_1'.length + 1 })
    assert.equal(await recordedBytes(database.read, organisation), before - first.bytes)
    assert.equal(await findRecording(database.read, organisation, 'run_1'), undefined)
    const second = await write(database, (tx) => eraseRecordings(tx, organisation, {}))
    assert.deepEqual([second.recordings, second.answers], [1, 121])
    assert.equal(await recordedBytes(database.read, organisation), 0)
    assert.deepEqual([...(await answersOf(database.read, 'org_b', 'run_3')).keys()], ['y'])
  },
)

onEachStore(
  'recorders and an erasure at once leave no recording without its answers',
  recordingMigrations,
  async (database) => {
    for (let round = 0; round < 10; round += 1) {
      await record(database, `old_${round}`, ['shared'])
      await Promise.all([
        record(database, `new_${round}`, ['shared']),
        write(database, (tx) => eraseRecordings(tx, organisation, { run: `old_${round}` })),
        record(database, `other_${round}`, ['shared']),
      ])
      for (const run of [`new_${round}`, `other_${round}`])
        assert.equal((await answersOf(database.read, organisation, run)).size, 1, run)
      await write(database, (tx) => eraseRecordings(tx, organisation, {}))
    }
  },
)
