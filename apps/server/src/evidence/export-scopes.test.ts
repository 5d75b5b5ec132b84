import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { onEachStore } from '../../../../tests/support/stores.ts'
import { redRules, verify } from '../../../../tests/support/verify-file.ts'
import { evidenceMigrations } from './index.ts'
import type { RetentionClass } from './index.ts'
import {
  at,
  draftOf,
  drafts,
  openEvidence,
  organisation,
  temporaryFolder,
} from './testing/evidence-fixture.ts'
import { idsIn, mailCase, prepared, sources, textIn, triage } from './testing/export-fixture.ts'
import { exportAt, performExport } from './testing/perform-export.ts'

const release = `${triage.package}@${triage.version}`
onEachStore(
  'the bundle of a release holds everything about that version of a package, with its SBOM, and nothing of another',
  evidenceMigrations,
  async (database, t) => {
    const { evidence, inCase } = await prepared(database, await temporaryFolder(t))
    const later = { ...triage, version: '1.0.1' }
    await evidence.recordAndIntegrate(draftOf({}, { subject: { operation: 'plugin.install', ...later } }))
    const exported = await performExport(database, evidence, { release })
    assert.equal(exported.tlp, 'AMBER')
    const report = await verify(exported.file, evidence.logKey)
    assert.deepEqual(report.findings, [])
    assert.deepEqual(report.about?.scope, { release })
    assert.deepEqual(
      idsIn(exported.file).slice(0, -1),
      inCase.map((draft) => draft.id),
    )
    assert.match(textIn(exported.file), /sbom\.spdx\.json/)
    assert.doesNotMatch(textIn(exported.file), /1\.0\.1/)
    await evidence.close()
  },
)

onEachStore(
  'a period is complete in each log of the organisation, with guards of which nothing is opened',
  evidenceMigrations,
  async (database, t) => {
    const retention: { of: RetentionClass } = { of: 'short' }
    const { evidence } = await prepared(database, await temporaryFolder(t), {
      retentionOf: () => retention.of,
    })
    retention.of = 'standard'
    const secret = { subject: { operation: 'case.read', case: 'case_019900000000700080000000000000c7' } }
    await evidence.recordAndIntegrate(
      draftOf({ at: at - 50 }, secret),
      ...[1, 2, 3].map((n) => draftOf({ at: at + n })),
      draftOf({ at: at + 600 }, secret),
    )
    const exported = await performExport(database, evidence, { from: at, to: at + 500 })
    const report = await verify(exported.file, evidence.logKey)
    assert.deepEqual(redRules(report), [])
    assert.deepEqual(
      report.logs.map((log) => [log.class, log.complete, log.full]),
      [
        ['standard', [{ from: 0, to: 5 }], 6],
        ['short', [{ from: 0, to: 270 }], 270],
      ],
    )
    assert.doesNotMatch(textIn(exported.file), /0000c7/)
    await evidence.close()
  },
)

onEachStore(
  'a period that ends later than now ends now, so that it can be shown to be complete',
  evidenceMigrations,
  async (database, t) => {
    const { evidence } = await prepared(database, await temporaryFolder(t))
    const exported = await performExport(database, evidence, { to: exportAt + 86_400_000 })
    const report = await verify(exported.file, evidence.logKey)
    assert.deepEqual(report.findings, [])
    assert.deepEqual(report.about?.scope, { fromAt: 0, toAt: exportAt })
    const future = await performExport(database, evidence, { from: exportAt + 1 })
    assert.equal(future.denial, 'period_invalid')
    await evidence.close()
  },
)

onEachStore(
  'an entry that is gone from the store without a statement stops the export of its period',
  evidenceMigrations,
  async (database, t) => {
    const { evidence, inCase } = await prepared(database, await temporaryFolder(t))
    await database.writer.transact({ by: 'migration' }, (tx) =>
      sql`delete from receipts where id = ${inCase[2]?.id}`.execute(tx),
    )
    await assert.rejects(performExport(database, evidence, {}), {
      code: 'log_altered',
      message: /Entry 5 of the log .* is neither stored nor said to be pruned/,
    })
    await evidence.close()
  },
)

onEachStore(
  'a period that reaches back to a log of several organisations is denied to each of them, a case or a later period is not',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const { evidence: before } = await prepared(database, folder)
    const other = 'org_019900000000700080000000000000a2'
    // As in a store from before: entries of both in the log of the first, up to where each got its own.
    await database.writer.transact({ by: 'migration' }, async (tx) => {
      const [ours] = await before.logsOf(organisation)
      await sql`update receipts set organisation = ${other} where id in
        (select receipt_id from log_entries where log = ${ours?.number} and idx = 9)`.execute(tx)
      await sql`update logs set shared_below = 268 where number = ${ours?.number}`.execute(tx)
    })
    await before.close()
    const evidence = await openEvidence(database, folder, { sources })
    await evidence.recordAndIntegrate(draftOf({ at: at + 1 }), draftOf({ at: at + 2 }))
    assert.equal((await performExport(database, evidence, {})).denial, 'period_shared')
    assert.equal((await performExport(database, evidence, {}, other)).denial, 'period_shared')
    for (const input of [{ from: at + 2 }, { case: mailCase }]) {
      const report = await verify((await performExport(database, evidence, input)).file, evidence.logKey)
      assert.deepEqual(redRules(report), [])
    }
    await evidence.close()
  },
)

onEachStore(
  'what a bundle cannot be about, or cannot hold, is denied',
  evidenceMigrations,
  async (database, t) => {
    const { evidence } = await prepared(database, await temporaryFolder(t), {
      mostBundleReceipts: 6,
      mostBundleDocumentBytes: 30,
    })
    const denials: [Parameters<typeof performExport>[2], string][] = [
      [{ release, case: mailCase }, 'scope_unclear'],
      [{ release, from: 1 }, 'scope_unclear'],
      [{ release: 'ioc-triage@9.9.9' }, 'release_unknown'],
      [{}, 'bundle_too_large'],
      [{ case: mailCase }, 'documents_too_large'],
    ]
    for (const [input, code] of denials)
      assert.equal((await performExport(database, evidence, input)).denial, code, JSON.stringify(input))
    await evidence.recordAndIntegrate(...drafts(3).map((draft) => ({ ...draft, organisation })))
    const foreign = await performExport(
      database,
      evidence,
      { release },
      'org_019900000000700080000000000000a2',
    )
    assert.equal(foreign.denial, 'release_unknown')
    await evidence.close()
  },
)
