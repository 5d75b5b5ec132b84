import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import fc from 'fast-check'
import { readBundle } from '@switchboard/bundle'
import { onEachStore } from '../../../../tests/support/stores.ts'
import { verify } from '../../../../tests/support/verify-file.ts'
import { evidenceMigrations } from './index.ts'
import {
  at,
  draftOf,
  drafts,
  openEvidence,
  organisation,
  temporaryFolder,
} from './testing/evidence-fixture.ts'
import {
  historyIn,
  idsIn,
  mailCase,
  prepared,
  receiptsIn,
  sources,
  textIn,
} from './testing/export-fixture.ts'
import { performExport } from './testing/perform-export.ts'
import { beganAt, fill, opened, whenever } from './testing/sealed-evidence.ts'

onEachStore(
  'the bundle of a case holds its receipts and what led to them, and the verifier finds it green',
  evidenceMigrations,
  async (database, t) => {
    const { evidence, inCase } = await prepared(database, await temporaryFolder(t))
    const exported = await performExport(database, evidence, { case: mailCase })
    assert.equal(exported.denial, undefined)
    assert.equal(exported.tlp, 'AMBER')
    const report = await verify(exported.file, evidence.logKey)
    assert.deepEqual(report.findings, [])
    assert.equal(report.ok, true)
    assert.deepEqual(
      idsIn(exported.file).slice(0, -1),
      inCase.map((draft) => draft.id),
    )
    assert.equal(exported.receipts, inCase.length + 1)
    const { bundle, logs } = readBundle(exported.file).manifest as {
      bundle?: { perf_cost: Record<string, unknown>; marketplace: { name: string }[]; sbom: unknown[] }
      logs?: { class: string; complete: unknown[] }[]
    }
    assert.equal(bundle?.perf_cost['runs'], 1)
    assert.equal(bundle?.perf_cost['costMicros'], '3640')
    assert.deepEqual(
      bundle?.marketplace.map((each) => each.name),
      ['ioc-triage'],
    )
    assert.equal(bundle?.sbom.length, 1)
    assert.deepEqual(
      logs?.map((log) => [log.class, log.complete]),
      [['standard', []]],
    )
    const [manifest] = readBundle(exported.file).sections
    assert.equal(manifest?.sha256, exported.manifestSha256)
    await evidence.close()
  },
)

onEachStore(
  'many exports at once wait for each other, and none loses its bundle',
  evidenceMigrations,
  async (database, t) => {
    const { evidence } = await prepared(database, await temporaryFolder(t))
    const exports = await Promise.all(
      Array.from({ length: 20 }, () => performExport(database, evidence, { case: mailCase })),
    )
    for (const { file } of exports) assert.equal((await verify(file, evidence.logKey)).ok, true)
    await evidence.close()
  },
)

onEachStore(
  'the bundle of a period holds what happened in it, and a later bundle extends the checkpoints of earlier ones',
  evidenceMigrations,
  async (database, t) => {
    const { evidence } = await prepared(database, await temporaryFolder(t))
    const first = await performExport(database, evidence, { case: mailCase })
    await evidence.recordAndIntegrate(...drafts(5), draftOf({ at: at - 60_000 }))
    const all = await performExport(database, evidence, { since: [7] })
    const report = await verify(all.file, evidence.logKey, first.checkpoint)
    assert.deepEqual(report.findings, [])
    assert.deepEqual(historyIn(all.file), [7, Number(first.checkpoint.split('\n')[1])])
    assert.deepEqual(
      report.logs.map((log) => [log.class, log.complete]),
      [['standard', [{ from: 0, to: evidence.logSize(organisation) - 1 }]]],
    )
    // One receipt of a minute before, and the ones around it as guards, of which nothing is opened.
    const past = await performExport(database, evidence, { from: at - 60_000, to: at })
    assert.equal(past.tlp, 'CLEAR')
    const pastReport = await verify(past.file, evidence.logKey)
    assert.deepEqual(
      pastReport.findings.filter((finding) => finding.severity === 'red'),
      [],
    )
    assert.doesNotMatch(textIn(past.file), new RegExp(mailCase))
    // One of the cases inside is unknown, so nobody can say that it was not RED.
    assert.equal(all.tlp, 'RED')
    await evidence.close()
  },
)

onEachStore(
  'a bundle out of blocks opens the same receipts as one out of rows, and the verifier finds both green',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await opened(database, await temporaryFolder(t), { sources })
    await fill(evidence, 41, 700)
    const period = { from: beganAt, to: beganAt + 365 * 86_400_000 }
    const bundle = async () => {
      const { file } = await performExport(database, evidence, period)
      const report = await verify(file, evidence.logKey)
      // The period ends before outcomes of the last intents, of which the verifier warns.
      assert.deepEqual(
        report.findings.filter((finding) => finding.severity === 'red'),
        [],
      )
      return receiptsIn(file).slice(0, 700)
    }
    const rows = await bundle()
    assert.equal(rows.length, 700)
    assert.ok(rows.every(({ parts }) => parts.subject !== undefined))
    const done = await evidence.compact(whenever)
    assert.deepEqual([done.blocks, done.receipts, done.stopped], [2, 512, undefined])
    assert.deepEqual(await bundle(), rows)
    await evidence.close()
  },
)

test('whichever bit of a bundle turns, the verifier finds it red', async (t) => {
  const { openDatabase, migrate } = await import('../kernel/db/index.ts')
  const folder = await temporaryFolder(t)
  const database = await openDatabase(`${folder}/state.db`)
  await migrate(database, evidenceMigrations)
  const { evidence } = await prepared(database, folder)
  const { file } = await performExport(database, evidence, { case: mailCase })
  await fc.assert(
    fc.asyncProperty(fc.nat(file.length - 1), fc.nat(7), async (byte, bit) => {
      const flipped = Buffer.from(file)
      flipped[byte] = (flipped[byte] ?? 0) ^ (1 << bit)
      assert.equal((await verify(flipped, evidence.logKey)).ok, false)
    }),
    { numRuns: 300 },
  )
  await evidence.close()
  await database.close()
})

onEachStore(
  'a bundle cut out of a log that was truncated is red against a checkpoint saved before',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const { evidence } = await prepared(database, folder)
    await evidence.recordAndIntegrate(...drafts(40))
    const saved = (await evidence.checkpoint()) ?? ''
    const size = evidence.logSize()
    const { number } = await evidence.standardLog()
    await evidence.close()
    // Somebody with the key cuts the log back and lets it go on, consistently.
    await database.writer.transact({ by: 'migration' }, async (tx) => {
      await sql`delete from log_entries where log = ${number} and idx >= 270`.execute(tx)
      await sql`delete from checkpoints where log = ${number} and size > 270`.execute(tx)
    })
    const elsewhere = await temporaryFolder(t)
    const { cp } = await import('node:fs/promises')
    await cp(`${folder}/keys`, `${elsewhere}/keys`, { recursive: true })
    const cut = await openEvidence(database, elsewhere, { sources })
    const exported = await performExport(database, cut, { case: mailCase })
    assert.ok(cut.logSize() < size)
    assert.equal((await verify(exported.file, cut.logKey)).ok, true)
    const report = await verify(exported.file, cut.logKey, saved)
    assert.deepEqual(
      report.findings.map((finding) => finding.rule),
      ['saved_ahead'],
    )
    await cut.close()
  },
)

onEachStore(
  'what cannot be exported is denied, each for its own reason',
  evidenceMigrations,
  async (database, t) => {
    const { evidence } = await prepared(database, await temporaryFolder(t))
    const unknown = 'case_019900000000700080000000000000c9'
    assert.equal((await performExport(database, evidence, { case: unknown })).denial, 'case_unknown')
    assert.equal((await performExport(database, evidence, { from: 5, to: 5 })).denial, 'period_invalid')
    assert.equal((await performExport(database, evidence, { since: [100_000] })).denial, 'checkpoint_ahead')
    await evidence.close()
  },
)

onEachStore(
  'a stored receipt that was altered is never exported',
  evidenceMigrations,
  async (database, t) => {
    const { evidence, inCase } = await prepared(database, await temporaryFolder(t))
    await database.writer.transact({ by: 'migration' }, async (tx) => {
      const forged = sql`replace(parts, 'CapabilityDenied', 'Capability_fine')`
      await sql`update receipts set parts = ${forged} where id = ${inCase[3]?.id}`.execute(tx)
    })
    await assert.rejects(performExport(database, evidence, { case: mailCase }), {
      code: 'receipt_altered',
      message: /stored output of/,
    })
    await evidence.close()
  },
)

onEachStore(
  'once the key of their salts is destroyed, parts are redacted and the bundle stays green',
  evidenceMigrations,
  async (database, t) => {
    const { evidence } = await prepared(database, await temporaryFolder(t))
    const ben = { organisation, user: 'usr_019900000000700080000000000000b2', name: 'Ben', roles: [] }
    await evidence.recordAndIntegrate(
      draftOf({}, { actor: ben, subject: { operation: 'case.read', case: mailCase } }),
    )
    await database.writer.transact({ by: 'migration' }, (tx) =>
      sql`delete from salt_keys where subject = ${ben.user}`.execute(tx),
    )
    const exported = await performExport(database, evidence, { case: mailCase })
    const report = await verify(exported.file, evidence.logKey)
    assert.deepEqual(
      report.findings.filter((finding) => finding.severity === 'red'),
      [],
    )
    assert.equal(exported.file.includes(ben.user), false)
    await evidence.close()
  },
)
