import assert from 'node:assert/strict'
import { readBundle } from '@switchboard/bundle'
import { onEachStore } from '../../../../tests/support/stores.ts'
import { redRules, verify } from '../../../../tests/support/verify-file.ts'
import { evidenceMigrations } from './index.ts'
import type { BundleSources } from './index.ts'
import { ana, draftOf, organisation, temporaryFolder } from './testing/evidence-fixture.ts'
import { idsIn, mailCase, prepared, run, sources, textIn } from './testing/export-fixture.ts'
import { performExport, performPreview } from './testing/perform-export.ts'

const ben = 'usr_019900000000700080000000000000b2'
const byBen = { organisation, user: ben, name: 'Ben', roles: ['analyst'] }
const withNote: BundleSources = {
  ...sources,
  documents: async (db, about) => [
    ...(await sources.documents(db, about)),
    { name: 'note.txt', bytes: Buffer.from(`approved by ${ben}, who knows`) },
  ],
}

async function exporting(database: Parameters<typeof prepared>[0], folder: string) {
  const made = await prepared(database, folder, { sources: withNote })
  await made.evidence.recordAndIntegrate(
    draftOf({}, { actor: byBen, subject: { operation: 'case.add_note', case: mailCase } }),
    draftOf({}, { subject: { operation: 'case.read', case: mailCase, target: `shared with ${ben}` } }),
  )
  return made
}

const opened = (file: Buffer, part: 'actor' | 'input' | 'subject'): number =>
  readBundle(file).groups.reduce((sum, group) => sum + group.part(part).values.length, 0)

onEachStore(
  'parts that are closed leave no value behind, the bundle stays green and says how many are closed',
  evidenceMigrations,
  async (database, t) => {
    const { evidence } = await exporting(database, await temporaryFolder(t))
    const { file } = await performExport(database, evidence, { case: mailCase, redact: ['actor', 'input'] })
    const report = await verify(file, evidence.logKey)
    assert.deepEqual(redRules(report), [])
    assert.equal(report.logs[0]?.redactedParts, 2 * idsIn(file).length)
    assert.equal(opened(file, 'actor') + opened(file, 'input'), 0)
    assert.doesNotMatch(textIn(file), new RegExp(ana))
    await evidence.close()
  },
)

onEachStore(
  'what only closed parts speak of is in no list and no document: packages, results, names',
  evidenceMigrations,
  async (database, t) => {
    const { evidence } = await exporting(database, await temporaryFolder(t))
    const { file } = await performExport(database, evidence, { case: mailCase, redact: ['actor', 'subject'] })
    assert.deepEqual(redRules(await verify(file, evidence.logKey)), [])
    assert.doesNotMatch(textIn(file), new RegExp(`ioc-triage|${run}|spdx`))
    await evidence.close()
  },
)

onEachStore(
  'nothing names a person who is closed, neither parts of others nor documents nor the receipt of the export',
  evidenceMigrations,
  async (database, t) => {
    const { evidence } = await exporting(database, await temporaryFolder(t))
    const hidden = await performExport(database, evidence, { case: mailCase, redactPeople: [ben] })
    assert.deepEqual((await verify(hidden.file, evidence.logKey)).findings, [])
    assert.deepEqual(hidden.withheld, ['note.txt'])
    assert.doesNotMatch(textIn(hidden.file), new RegExp(`${ben}|who knows|"Ben"`))
    assert.match(textIn(hidden.file), new RegExp(ana))
    // Ana exports it herself.
    const both = await performExport(database, evidence, { case: mailCase, redactPeople: [ana, ben] })
    assert.equal((await verify(both.file, evidence.logKey)).ok, true)
    assert.doesNotMatch(textIn(both.file), new RegExp(`${ana}|${ben}`))
    await evidence.close()
  },
)

onEachStore(
  'receipts and operations are closed whole or in parts, and a document is withheld by its name',
  evidenceMigrations,
  async (database, t) => {
    const { evidence, inCase } = await exporting(database, await temporaryFolder(t))
    const [install, intent] = inCase
    const { file } = await performExport(database, evidence, {
      case: mailCase,
      redactReceipts: [install?.id ?? ''],
      redactOperations: ['plugin.run'],
      withhold: [`results/${run}.json`],
    })
    const report = await verify(file, evidence.logKey)
    assert.deepEqual(redRules(report), [])
    assert.equal(report.logs[0]?.redactedParts, 18)
    assert.ok(idsIn(file).includes(intent?.id ?? ''))
    assert.doesNotMatch(textIn(file), /"ok":true/)
    await evidence.close()
  },
)

onEachStore(
  'what matches nothing is denied, because then something stays open that should not',
  evidenceMigrations,
  async (database, t) => {
    const { evidence } = await exporting(database, await temporaryFolder(t))
    for (const redaction of [
      { redactPeople: ['usr_019900000000700080000000000000ff'] },
      { redactReceipts: ['rct_019900000000700080000000000000ff'] },
      { redactOperations: ['case.delete'] },
      { withhold: ['nothing.txt'] },
    ])
      assert.equal(
        (await performExport(database, evidence, { case: mailCase, ...redaction })).denial,
        'redaction_unmatched',
      )
    await evidence.close()
  },
)

onEachStore(
  'a preview counts what the bundle will show, for each choice, and makes none',
  evidenceMigrations,
  async (database, t) => {
    const { evidence } = await exporting(database, await temporaryFolder(t))
    const before = evidence.logSize()
    const all = await performPreview(database, evidence, { case: mailCase })
    const less = await performPreview(database, evidence, {
      case: mailCase,
      redact: ['input'],
      redactPeople: [ben],
    })
    assert.equal(evidence.logSize(), before)
    assert.equal(all.tlp, 'AMBER')
    assert.equal(all.receipts, 7)
    assert.deepEqual(all.people, [
      { user: ana, name: 'Ana', receipts: 6 },
      { user: ben, name: 'Ben', receipts: 1 },
    ])
    assert.deepEqual(less.people, [{ user: ana, name: 'Ana', receipts: 6 }])
    const input = less.parts.find(({ part }) => part === 'input')
    assert.deepEqual(input, { part: 'input', open: 0, closed: 7, bytes: 0 })
    assert.deepEqual(
      less.documents.filter(({ withheld }) => withheld).map(({ name }) => name),
      ['note.txt'],
    )
    assert.ok(less.bytes < all.bytes)
    await evidence.close()
  },
)
