import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReceiptDraft } from './index.ts'
import type { ReceiptRow } from './receipt/receipt-store.ts'
import { sentenceOf } from './sentence.ts'
import { ana, draftOf, hex64, organisation } from './testing/evidence-fixture.ts'

const rowOf = (draft: ReceiptDraft, columns: Partial<ReceiptRow> = {}): ReceiptRow => ({
  id: draft.id,
  organisation,
  operation: String(draft.parts.subject['operation']),
  actor: ana,
  package: null,
  version: null,
  case_id: null,
  run: null,
  trace: draft.traceId,
  parent: null,
  phase: draft.phase,
  decision: draft.decision,
  at: draft.at,
  level: draft.level,
  calls: draft.counts.calls,
  rows: draft.counts.rows,
  cost_micros: Number(draft.costMicros),
  rule: '',
  entry: new Uint8Array(),
  parts: JSON.stringify(draft.parts),
  ...columns,
})
const triage = { package: 'ioc-triage', version: '1.0.0', digest: hex64('d') }
const onCase = { operation: 'plugin.run', ...triage, case: 'case_01' }
const counts = { calls: 12, rows: 0, bytesIn: 0, bytesOut: 0, wallMicros: 0, cpuMicros: 0 }
const denial = {
  code: 'policy_denied',
  category: 'forbidden',
  message: 'Policy refuses it.',
  change: '',
  params: {},
}
const fault = { code: 'interrupted', message: 'The server stopped.' }
const parent = draftOf().id

test('each phase and decision has its sentence', () => {
  const sentences: readonly (readonly [ReceiptDraft, string])[] = [
    [
      draftOf({ phase: 'outcome', parent, counts, costMicros: 3_400n }, { subject: onCase }),
      'Ana (analyst) ran ioc-triage 1.0.0 on case case_01: allowed by rule analysts-read, 12 calls, 3,400 µ.',
    ],
    [
      draftOf({ phase: 'intent' }, { subject: onCase, output: { pending: true } }),
      'Ana (analyst) set out to run ioc-triage 1.0.0 on case case_01: allowed by rule analysts-read.',
    ],
    [
      draftOf(
        { decision: 'denied' },
        { subject: { operation: 'plugin.install', ...triage }, output: { denial } },
      ),
      'Ana (analyst) asked to install ioc-triage 1.0.0: denied, policy_denied: Policy refuses it.',
    ],
    [
      draftOf({ decision: 'parked' }, { subject: { operation: 'evidence.export' }, output: { denial } }),
      'Ana (analyst) asked to export evidence: waits for approval, policy_denied: Policy refuses it.',
    ],
    [
      draftOf({ decision: 'failed' }, { subject: { operation: 'session.create' }, output: { fault } }),
      'Ana (analyst) tried to sign in: failed, interrupted: The server stopped.',
    ],
    [
      draftOf({ decision: 'unknown', phase: 'outcome', parent }, { subject: onCase, output: { fault } }),
      'Ana (analyst) set out to run ioc-triage 1.0.0 on case case_01: the outcome is unknown, interrupted: The server stopped.',
    ],
  ]
  for (const [draft, sentence] of sentences) assert.equal(sentenceOf(rowOf(draft)), sentence)
})

test('a case that is opened or read is named once', () => {
  const draft = draftOf(
    { costMicros: 0n, counts: { ...counts, calls: 0 } },
    { subject: { operation: 'case.create', case: 'case_01' } },
  )
  assert.equal(sentenceOf(rowOf(draft)), 'Ana (analyst) opened case case_01: allowed by rule analysts-read.')
})

test("a plugin's call names the plugin and whom it acted for", () => {
  const actor = { organisation, user: ana, name: 'Ana', roles: ['analyst'], via: { ...triage, run: 'run_1' } }
  const draft = draftOf(
    { counts: { ...counts, calls: 0, rows: 1 } },
    { actor, subject: { operation: 'graph.search', ...triage } },
  )
  assert.equal(
    sentenceOf(rowOf(draft)),
    'ioc-triage 1.0.0, for Ana (analyst), searched the graph: allowed by rule analysts-read, 1 row, 120 µ.',
  )
})

test('an operation without words of its own, and parts that were erased, still make a sentence', () => {
  const draft = draftOf(
    { costMicros: 0n, counts: { ...counts, calls: 0 } },
    { subject: { operation: 'thing.do' } },
  )
  assert.equal(sentenceOf(rowOf(draft)), 'Ana (analyst) performed thing.do: allowed by rule analysts-read.')
  assert.equal(sentenceOf(rowOf(draft, { parts: '{}' })), `${ana} performed thing.do: allowed by rule .`)
})
