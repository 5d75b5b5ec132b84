import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import fc from 'fast-check'
import { verifyBundle } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import { onEachStore } from '../../../../tests/support/stores.ts'
import { sha256Hex } from '../kernel/canonical.ts'
import type { Database } from '../kernel/db/index.ts'
import { newId } from '../kernel/ids.ts'
import type { BundleSources, ReceiptDraft } from './index.ts'
import { evidenceMigrations } from './index.ts'
import {
  ana,
  at,
  draftOf,
  drafts,
  hex64,
  openEvidence,
  organisation,
  temporaryFolder,
} from './testing/evidence-fixture.ts'
import { performExport } from './testing/perform-export.ts'

const mailCase = 'case_019900000000700080000000000000c1'
const triage = { package: 'ioc-triage', version: '1.0.0', digest: hex64('d') }
const run = 'run_019900000000700080000000000000d1'
const actor = { organisation, user: ana, name: 'Ana', roles: ['analyst'] }

const sources: BundleSources = {
  openReviewsSince: () => Promise.resolve(undefined),
  caseTlps: (_db, asked, cases) =>
    Promise.resolve(
      new Map(cases.filter((id) => id === mailCase && asked === organisation).map((id) => [id, 'AMBER'])),
    ),
  packages: (_db, _organisation, packages) =>
    Promise.resolve(packages.map((each) => ({ ...each, publisher: 'Demo', keyId: '0123456789abcdef' }))),
  documents: (_db, { packages, runs }) =>
    Promise.resolve([
      ...runs.map((id) => ({ name: `results/${id}.json`, bytes: Buffer.from('{"ok":true}') })),
      ...packages.map(({ name, version }) => ({
        name: `${name}-${version}/sbom.spdx.json`,
        bytes: Buffer.from('{"spdxVersion":"SPDX-2.3"}'),
        of: { kind: 'sbom' as const, package: `${name}-${version}` },
      })),
    ]),
}

/** An install, a run with two calls (one denied) on a case, and things that do not belong to the case. */
function journey(): {
  readonly inCase: readonly ReceiptDraft[]
  readonly elsewhere: readonly ReceiptDraft[]
} {
  const intent = newId('rct')
  const subject = { operation: 'plugin.run', ...triage, case: mailCase, run }
  const via = { ...actor, via: { ...triage, run } }
  const denial = {
    code: 'CapabilityDenied',
    category: 'forbidden',
    message: 'No.',
    change: 'Ask.',
    params: {},
  }
  return {
    inCase: [
      draftOf({}, { subject: { operation: 'plugin.install', ...triage } }),
      draftOf({ id: intent, phase: 'intent', costMicros: 0n }, { subject, output: { pending: true } }),
      draftOf({ parent: intent }, { actor: via, subject: { operation: 'graph.search', ...triage, run } }),
      draftOf(
        { parent: intent, decision: 'denied', costMicros: 0n },
        { actor: via, subject: { operation: 'case.read', ...triage, run }, output: { denial } },
      ),
      draftOf({ parent: intent, phase: 'outcome', level: 'development', costMicros: 3_400n }, { subject }),
    ],
    elsewhere: [
      draftOf(
        {},
        { subject: { operation: 'plugin.install', package: 'other', version: '2.0.0', digest: hex64('e') } },
      ),
      draftOf({}, { subject: { operation: 'case.read', case: 'case_019900000000700080000000000000c2' } }),
      draftOf(
        { organisation: 'org_019900000000700080000000000000a2' },
        { subject: { operation: 'case.read', case: mailCase } },
      ),
    ],
  }
}

async function prepared(database: Database, folder: string) {
  const evidence = await openEvidence(database, folder, { sources })
  const { inCase, elsewhere } = journey()
  await evidence.recordAndIntegrate(...drafts(3), ...inCase, ...elsewhere, ...drafts(260))
  return { evidence, inCase }
}

const verify = (file: Uint8Array, logKey: string, savedCheckpoint?: string) =>
  verifyBundle(
    file,
    { logKeys: [logKey], ...(savedCheckpoint === undefined ? {} : { savedCheckpoint }) },
    nodeCrypto,
  )

function linesOf(file: Buffer): readonly Record<string, never>[] {
  return file
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, never>)
}

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
    const lines = linesOf(exported.file)
    const entries = lines.flatMap((line) =>
      'receipt' in line ? [Buffer.from((line['receipt'] as { entry: string }).entry, 'base64')] : [],
    )
    const ids = entries.map((entry) => `rct_${entry.toString('hex', 4, 20)}`)
    assert.deepEqual(
      ids.slice(0, -1),
      inCase.map((draft) => draft.id),
    )
    assert.equal(exported.receipts, inCase.length + 1)
    const manifest = lines[0] as unknown as {
      bundle: { perf_cost: Record<string, unknown>; marketplace: { name: string }[]; sbom: unknown[] }
    }
    assert.equal(manifest.bundle.perf_cost['runs'], 1)
    assert.equal(manifest.bundle.perf_cost['costMicros'], '3640')
    assert.deepEqual(
      manifest.bundle.marketplace.map((each) => each.name),
      ['ioc-triage'],
    )
    assert.equal(manifest.bundle.sbom.length, 1)
    assert.equal(sha256Hex(exported.file.subarray(0, exported.file.indexOf(10))), exported.manifestSha256)
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
    const trailer = linesOf(all.file).at(-1) as unknown as { history: { size: number }[] }
    assert.deepEqual(
      trailer.history.map((each) => each.size),
      [7, Number(first.checkpoint.split('\n')[1])],
    )
    const past = await performExport(database, evidence, { from: at - 60_000, to: at })
    assert.equal(past.receipts, 1)
    assert.equal(past.tlp, 'CLEAR')
    const pastReport = await verify(past.file, evidence.logKey)
    assert.deepEqual(
      pastReport.findings.filter((finding) => finding.severity === 'red'),
      [],
    )
    // One of the cases inside is unknown, so nobody can say that it was not RED.
    assert.equal(all.tlp, 'RED')
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
