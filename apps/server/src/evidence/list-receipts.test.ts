import assert from 'node:assert/strict'
import { performDirectly } from '../../../../tests/support/perform-directly.ts'
import { onEachStore } from '../../../../tests/support/stores.ts'
import { migrate } from '../kernel/db/index.ts'
import type { Actor } from '../kernel/handler.ts'
import { receiptsAndLog } from './migrations/0001-receipts-and-log.ts'
import { receiptSearch } from './migrations/0003-receipt-search.ts'
import { evidenceMigrations } from './index.ts'
import type { ReceiptDraft } from './index.ts'
import { passesFilter } from './receipt/receipt-filter.ts'
import type { ReceiptFilter } from './receipt/receipt-filter.ts'
import {
  ana,
  at,
  draftOf,
  hex64,
  openEvidence,
  organisation,
  temporaryFolder,
} from './testing/evidence-fixture.ts'
import type { OpenedEvidence } from './testing/evidence-fixture.ts'

const ben = 'usr_019900000000700080000000000000b2'
const trace = hex64('e').slice(32)
const run = 'run_019900000000700080000000000000c1'
const caseId = 'case_019900000000700080000000000000d1'
const denial = { code: 'no', category: 'forbidden', message: 'No.', change: 'Ask.', params: {} }
const triage = { package: 'ioc-triage', version: '1.0.0', digest: hex64('d') }

/** One receipt for each thing that can be asked for, and one that has none of them. */
function sample(): Readonly<Record<string, ReceiptDraft>> {
  const intent = draftOf(
    { phase: 'intent', traceId: trace },
    { subject: { operation: 'plugin.run', ...triage, case: caseId, run }, output: { pending: true } },
  )
  return {
    plain: draftOf(),
    intent,
    nested: draftOf(
      { traceId: trace, parent: intent.id },
      {
        actor: { organisation, user: ana, name: 'Ana', roles: [], via: { ...triage, run } },
        subject: { operation: 'data.lookup' },
      },
    ),
    outcome: draftOf(
      { phase: 'outcome', traceId: trace, parent: intent.id },
      { subject: { operation: 'plugin.run', ...triage, case: caseId, run } },
    ),
    next: draftOf(
      { decision: 'denied', at: at + 1_000 },
      {
        actor: { organisation, user: ben, name: 'Ben', roles: [] },
        subject: { operation: 'plugin.install', ...triage, version: '1.1.0' },
        output: { denial },
      },
    ),
  }
}

const wanted: readonly (readonly [ReceiptFilter, readonly string[]])[] = [
  [{}, ['plain', 'intent', 'nested', 'outcome', 'next']],
  [{ case: caseId }, ['intent', 'outcome']],
  [{ package: 'ioc-triage' }, ['intent', 'nested', 'outcome', 'next']],
  [{ package: 'ioc-triage', version: '1.0.0' }, ['intent', 'nested', 'outcome']],
  [{ version: '1.1.0' }, ['next']],
  [{ actor: ben }, ['next']],
  [{ operation: 'data.lookup' }, ['nested']],
  [{ decision: 'denied' }, ['next']],
  [{ decision: 'allowed', actor: ben }, []],
  [{ phase: 'outcome' }, ['outcome']],
  [{ run }, ['intent', 'nested', 'outcome']],
  [{ run, phase: 'effect' }, ['nested']],
  [{ trace }, ['intent', 'nested', 'outcome']],
  [{ from: at + 1 }, ['next']],
  [{ from: at, to: at + 1_000 }, ['plain', 'intent', 'nested', 'outcome']],
  [{ to: at }, []],
]

interface Page {
  readonly rows: readonly { readonly id: string }[]
  readonly next?: string
}

type Database = Parameters<typeof performDirectly>[0]
// The fixture's ids have the form that the types promise.
const actor = { organisation, user: ana, name: 'Ana', roles: ['analyst'], demo: false, kind: 'user' } as Actor

async function list(database: Database, evidence: OpenedEvidence, input: unknown, as = actor) {
  return await performDirectly(database, {
    registrations: evidence.registrations,
    operation: 'receipt.list',
    actor: as,
    input,
    at,
  })
}

async function idsOf(database: Database, evidence: OpenedEvidence, input: unknown): Promise<string[]> {
  const outcome = await list(database, evidence, input)
  assert.ok(outcome.ok)
  // What the operation answers.
  return (outcome.value as Page).rows.map((row) => row.id)
}

onEachStore(
  'receipts are found by everything they say of who, what, when and how it ended',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await openEvidence(database, await temporaryFolder(t))
    const drafts = sample()
    await evidence.recordAndIntegrate(...Object.values(drafts))
    const rows = await database.read.selectFrom('receipts').selectAll().execute()
    for (const [filter, names] of wanted) {
      const ids = names
        .map((name) => drafts[name]?.id ?? '')
        .toSorted()
        .toReversed()
      assert.deepEqual(await idsOf(database, evidence, filter), ids, JSON.stringify(filter))
      // What lies in no table is chosen alike.
      const passing = rows.filter((row) => passesFilter(filter, row)).map((row) => row.id)
      assert.deepEqual(passing.toSorted(), ids.toSorted(), JSON.stringify(filter))
    }
    const backwards = await list(database, evidence, { from: at, to: at })
    assert.equal(!backwards.ok && backwards.denial.code, 'period_invalid')
    await evidence.close()
  },
)

onEachStore(
  'a page begins where the one before it ended, whatever was recorded in between',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await openEvidence(database, await temporaryFolder(t))
    const recorded = Array.from({ length: 7 }, () => draftOf())
    await evidence.recordAndIntegrate(...recorded)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const outcome = await list(database, evidence, {
        limit: 3,
        ...(cursor === undefined ? {} : { cursor }),
      })
      assert.ok(outcome.ok)
      const page = outcome.value as Page // what the operation answers
      seen.push(...page.rows.map((row) => row.id))
      cursor = page.next
      await evidence.recordAndIntegrate(draftOf())
    } while (cursor !== undefined)
    assert.deepEqual(seen, recorded.map((draft) => draft.id).toReversed())
    await evidence.close()
  },
)

onEachStore(
  'receipts from before there was a search by version and trace are found by them too',
  [receiptsAndLog],
  async (database) => {
    const parts = (subject: object, via?: object) =>
      JSON.stringify({ actor: { user: ana, ...(via === undefined ? {} : { via }) }, subject })
    const old = [
      ['rct_1', parts({ operation: 'plugin.run', ...triage })],
      ['rct_2', parts({ operation: 'data.lookup' }, triage)],
      ['rct_3', parts({ operation: 'case.read', text: 'a \u0000 in it' })],
      // The version beside a package is that package's, or none.
      ['rct_4', parts({ operation: 'plugin.read', package: 'other' }, triage)],
    ] as const
    await database.writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
      for (const [id, text] of old) {
        const entry = Buffer.alloc(304)
        entry.write(trace, 20, 'hex')
        await tx
          .insertInto('receipts')
          // The columns of that day.
          .values({
            id,
            organisation,
            operation: 'x',
            actor: ana,
            phase: 'effect',
            decision: 'allowed',
            at,
            level: 'none',
            calls: 0,
            rows: 0,
            cost_micros: 0,
            rule: '',
            entry,
            parts: text,
          } as never)
          .execute()
      }
    })
    assert.deepEqual(await migrate(database, [receiptsAndLog, receiptSearch]), [receiptSearch.name])
    const rows = await database.read
      .selectFrom('receipts')
      .select(['version', 'trace'])
      .orderBy('id')
      .execute()
    assert.deepEqual(
      rows.map((row) => row.version),
      ['1.0.0', '1.0.0', null, null],
    )
    assert.ok(rows.every((row) => row.trace === trace))
  },
)
