import assert from 'node:assert/strict'
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { onEachStore } from '../../../../tests/support/stores.ts'
import type { Database } from '../kernel/db/index.ts'
import { newId } from '../kernel/ids.ts'
import { evidenceMigrations } from './index.ts'
import { draftOf, drafts, openEvidence, organisation, temporaryFolder } from './testing/evidence-fixture.ts'

const gate = { by: 'gate', operation: 'test' } as const

async function tamper(database: Database, statement: ReturnType<typeof sql>): Promise<void> {
  await database.writer.transact({ by: 'migration' }, (tx) => statement.execute(tx))
}

onEachStore(
  'receipts get places without gaps, in the order they became durable',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await openEvidence(database, await temporaryFolder(t))
    const sent = drafts(20)
    for (const draft of sent) {
      await evidence.record(draft)
      evidence.committed()
    }
    await evidence.integrated(sent.map((draft) => draft.id))
    const rows = await database.read.selectFrom('log_entries').selectAll().orderBy('idx').execute()
    assert.deepEqual(
      rows.map((row) => [row.idx, row.receipt_id]),
      sent.map((draft, index) => [index, draft.id]),
    )
    assert.equal(evidence.logSize(), 20)
    assert.equal(await evidence.pendingCount(), 0)
    assert.match(
      (await evidence.checkpoint()) ?? '',
      /^switchboard\.local\/log\/[0-9a-f]{8}\/[0-9a-f]{8}\/standard\n20\n/,
    )
    await evidence.close()
  },
)

onEachStore(
  'many receipts at once share batches and still all arrive',
  evidenceMigrations,
  async (database, t) => {
    const sizes: number[] = []
    const evidence = await openEvidence(database, await temporaryFolder(t), {
      onBatch: (batch) => sizes.push(batch.receipts),
    })
    const sent = drafts(1_500)
    await evidence.record(...sent)
    await evidence.recordAndIntegrate(...drafts(3))
    await evidence.integrated(sent.map((draft) => draft.id))
    assert.equal(sizes[0], 1_024)
    assert.equal(
      sizes.reduce((sum, size) => sum + size),
      1_503,
    )
    await evidence.close()
  },
)

onEachStore(
  'a receipt of a transaction that is taken back is nowhere, nor is the key it would have made',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await openEvidence(database, await temporaryFolder(t))
    const lost = database.writer.transact(gate, async (tx) => {
      await evidence.recordIn(tx, draftOf())
      throw new Error('taken back')
    })
    await assert.rejects(lost, /taken back/)
    evidence.committed()
    const kept = draftOf()
    await evidence.recordAndIntegrate(kept)
    await evidence.recordAndIntegrate(draftOf())
    assert.equal(evidence.logSize(), 2)
    const keys = await database.read.selectFrom('salt_keys').selectAll().execute()
    assert.equal(keys.length, 1)
    await evidence.close()
  },
)

onEachStore(
  'after a crash between commit and integration the receipts are integrated at start',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const first = await openEvidence(database, folder)
    await first.recordAndIntegrate(...drafts(3))
    await first.close()
    const died = await openEvidence(database, folder)
    const sent = drafts(2)
    await died.record(...sent)
    await died.close()
    const second = await openEvidence(database, folder)
    await second.integrated(sent.map((draft) => draft.id))
    assert.equal(second.logSize(), 5)
    assert.equal(second.logKey, first.logKey)
    await second.close()
  },
)

onEachStore(
  'after a crash between integration and tile writing the same tiles are written at start',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const first = await openEvidence(database, folder)
    await first.recordAndIntegrate(...drafts(600))
    await first.close()
    const log = await first.logFolder()
    const before = await readFile(join(log, 'tile/0/001'))
    await rm(join(log, 'tile/0/001'))
    await writeFile(join(log, 'tile/0/000'), Buffer.alloc(8_192))
    await rm(join(log, 'checkpoint'))
    const second = await openEvidence(database, folder)
    await second.recordAndIntegrate(draftOf())
    await second.close()
    assert.deepEqual(await readFile(join(log, 'tile/0/001')), before)
    assert.notDeepEqual(await readFile(join(log, 'tile/0/000')), Buffer.alloc(8_192))
    assert.equal(await readFile(join(log, 'checkpoint'), 'utf8'), await second.checkpoint())
    const left = await readdir(folder, { recursive: true })
    assert.deepEqual(
      left.filter((name) => name.endsWith('.tmp')),
      [],
    )
  },
)

onEachStore(
  'tiles are served full and partial, and those the log does not have are not',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await openEvidence(database, await temporaryFolder(t))
    await evidence.recordAndIntegrate(...drafts(300))
    const full = await evidence.tile('tile/0/000')
    assert.equal(full?.length, 8_192)
    const partial = await evidence.tile('tile/0/001.p/44')
    assert.equal(partial?.length, 44 * 32)
    assert.deepEqual(await evidence.tile('tile/0/001.p/10'), partial.subarray(0, 320))
    assert.deepEqual(await evidence.tile('tile/0/000.p/9'), full.subarray(0, 288))
    assert.equal((await evidence.tile('tile/1/000.p/1'))?.length, 32)
    for (const path of [
      'tile/0/001',
      'tile/0/001.p/45',
      'tile/1/000',
      'tile/2/000.p/1',
      'tile/0/../checkpoint',
    ]) {
      assert.equal(await evidence.tile(path), undefined, path)
    }
    await evidence.close()
  },
)

onEachStore(
  'an intent without outcome dangles until its outcome is recorded',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await openEvidence(database, await temporaryFolder(t))
    const intent = draftOf(
      { phase: 'intent' },
      { output: { pending: true }, subject: { operation: 'plugin.run' } },
    )
    await evidence.record(intent)
    const [dangling, ...others] = await evidence.danglingIntents(database.read)
    assert.deepEqual(others, [])
    assert.equal(dangling?.receiptId, intent.id)
    assert.equal(dangling?.operation, 'plugin.run')
    assert.equal(dangling?.draft.traceId, intent.traceId)
    assert.deepEqual(dangling?.draft.parts, intent.parts)
    const fault = { fault: { code: 'interrupted', message: 'The server stopped.' } }
    const { draft } = dangling ?? assert.fail()
    await evidence.record(
      draftOf(
        { ...draft, phase: 'outcome', decision: 'unknown', parent: intent.id },
        { ...draft.parts, output: fault },
      ),
    )
    assert.deepEqual(await evidence.danglingIntents(database.read), [])
    await evidence.close()
  },
)

onEachStore(
  'a log that is not what was signed is refused at start, and the fault says what is wrong',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const evidence = await openEvidence(database, folder)
    await evidence.recordAndIntegrate(...drafts(30))
    await evidence.close()
    const reopen = () => openEvidence(database, folder)
    const entryOf = sql`(select entry from receipts where id = (select receipt_id from log_entries where idx = 8))`

    await tamper(database, sql`create table kept_receipts as select * from receipts`)
    await tamper(database, sql`create table kept_entries as select * from log_entries`)
    const restore = async () => {
      await tamper(database, sql`delete from receipts`)
      await tamper(database, sql`insert into receipts select * from kept_receipts`)
      await tamper(database, sql`delete from log_entries`)
      await tamper(database, sql`insert into log_entries select * from kept_entries`)
    }
    await tamper(
      database,
      sql`update receipts set entry = ${entryOf} where id = (select receipt_id from log_entries where idx = 7)`,
    )
    await assert.rejects(reopen(), { code: 'log_altered', message: /entry 7 \(receipt rct_/ })
    await restore()
    await tamper(
      database,
      sql`delete from receipts where id = (select receipt_id from log_entries where idx = 7)`,
    )
    await assert.rejects(reopen(), { code: 'log_altered', message: /of entry 7 is gone/ })
    await restore()
    await tamper(database, sql`delete from log_entries where idx = 29`)
    await assert.rejects(reopen(), { code: 'log_truncated', message: /signs 30 entries, but 29 are stored/ })
    await restore()
    await tamper(database, sql`delete from log_entries where idx = 3`)
    await assert.rejects(reopen(), { code: 'log_truncated' })
    await restore()
    // Two entries that change places are each still what was logged; only the root tells.
    await tamper(database, sql`update log_entries set idx = 1000 where idx = 3`)
    await tamper(database, sql`update log_entries set idx = 3 where idx = 4`)
    await tamper(database, sql`update log_entries set idx = 4 where idx = 1000`)
    await assert.rejects(reopen(), { code: 'log_altered', message: /do not have the root that was signed/ })
    await restore()
    await (await reopen()).close()
  },
)

onEachStore(
  'a store put back to an earlier day is refused, because its checkpoint was published',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const evidence = await openEvidence(database, folder)
    await evidence.recordAndIntegrate(...drafts(3))
    await evidence.recordAndIntegrate(...drafts(3))
    await evidence.close()
    await tamper(database, sql`delete from checkpoints where size > 3`)
    await tamper(database, sql`delete from log_entries where idx >= 3`)
    await assert.rejects(openEvidence(database, folder), {
      code: 'log_rolled_back',
      message: /size 6 was published/,
    })
  },
)

onEachStore(
  'checkpoints of another key or name are not continued',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const evidence = await openEvidence(database, folder)
    await evidence.recordAndIntegrate(...drafts(3))
    await evidence.close()
    const elsewhere = await temporaryFolder(t)
    await assert.rejects(openEvidence(database, elsewhere), { code: 'log_key_missing' })
    const renamed = openEvidence(database, folder, { keyName: 'other.example/log' })
    await assert.rejects(renamed, { code: 'log_checkpoint_invalid', message: /\(origin\)/ })
    await tamper(database, sql`update checkpoints set size = 4 where size = 3`)
    await assert.rejects(openEvidence(database, folder), { code: 'log_checkpoint_invalid' })
  },
)

onEachStore(
  'an integrator that finds the log altered stops, says so, and signs nothing more',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const evidence = await openEvidence(database, folder)
    await evidence.recordAndIntegrate(...drafts(3))
    await tamper(database, sql`delete from checkpoints`)
    const late = draftOf()
    await evidence.record(late)
    evidence.committed()
    await assert.rejects(evidence.integrated([late.id]), { code: 'log_stopped' })
    assert.equal(evidence.fault()?.code, 'log_rolled_back')
    assert.deepEqual(await database.read.selectFrom('checkpoints').selectAll().execute(), [])
    await evidence.close()
  },
)

onEachStore(
  'two servers over one store make one log, and each serves what the other integrated',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const first = await openEvidence(database, folder)
    const second = await openEvidence(database, folder)
    const sent = drafts(120)
    await Promise.all(
      sent.map(async (draft, at) => {
        const server = at % 2 === 0 ? first : second
        await server.record(draft)
        server.committed()
      }),
    )
    const ids = sent.map((draft) => draft.id)
    await Promise.all([first.integrated(ids), second.integrated(ids)])
    const rows = await database.read.selectFrom('log_entries').selectAll().orderBy('idx').execute()
    assert.deepEqual(
      rows.map((row) => row.idx),
      sent.map((_, index) => index),
    )
    assert.deepEqual(new Set(rows.map((row) => row.receipt_id)), new Set(ids))
    await first.close()
    await second.close()
    await (await openEvidence(database, folder)).close()
  },
)

onEachStore(
  'salts come from one key for each user and month, and a receipt of another organisation is never found',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await openEvidence(database, await temporaryFolder(t))
    const ben = { organisation, user: 'usr_019900000000700080000000000000b2', name: 'Ben', roles: [] }
    await evidence.recordAndIntegrate(
      draftOf(),
      draftOf(),
      draftOf({}, { actor: ben }),
      draftOf({ at: Date.UTC(2027, 3, 1) }),
    )
    const keys = await database.read
      .selectFrom('salt_keys')
      .select(['subject', 'epoch'])
      .orderBy('subject')
      .orderBy('epoch')
      .execute()
    assert.deepEqual(
      keys.map((key) => [key.subject.slice(-2), key.epoch]),
      [
        ['b1', '2027-03'],
        ['b1', '2027-04'],
        ['b2', '2027-03'],
      ],
    )
    await evidence.close()
  },
)

onEachStore(
  'waiting for a receipt that was never recorded ends with a fault that may be retried',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await openEvidence(database, await temporaryFolder(t))
    await assert.rejects(evidence.integrated([newId('rct')], 1), { code: 'log_pending', retryable: true })
    await evidence.close()
  },
)

onEachStore(
  'a long log starts from its tiles, damaged or missing ones included, and goes on as the same log',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const first = await openEvidence(database, folder)
    await first.recordAndIntegrate(...drafts(800))
    await first.close()
    const long = { verifiedUpTo: 10 }
    const second = await openEvidence(database, folder, long)
    await second.recordAndIntegrate(...drafts(300))
    await second.close()
    await rm(join(await first.logFolder(), 'tile/0/001'))
    const third = await openEvidence(database, folder, long)
    await third.recordAndIntegrate(draftOf())
    await third.close()
    await writeFile(join(await first.logFolder(), 'tile/0/002'), Buffer.alloc(8_192))
    const fourth = await openEvidence(database, folder, long)
    await fourth.recordAndIntegrate(draftOf())
    await fourth.close()
    const whole = await openEvidence(database, folder)
    assert.equal(whole.logSize(), 1_102)
    await whole.close()
  },
)
