import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { performFullJourney } from '../support/full-journey.ts'
import { createTestServer } from '../support/test-server.ts'
import { sourcesBelow, writeSites } from '../support/write-sites.ts'

const sources = sourcesBelow(resolve(import.meta.dirname, '../../apps/server/src'))
const written = [
  ...new Set(sources.flatMap(({ file, text }) => writeSites(file, text)).map((site) => site.table)),
]

/** On whose account each table is written, besides the gate's, and why. */
const besides: Readonly<Record<string, readonly string[]>> = {
  // A start mends what a crash left: the outcome `unknown` with all that an outcome moves.
  receipts: ['recovery', 'jobs'],
  receipt_outbox: ['recovery', 'integrator'],
  open_intents: ['recovery'],
  salt_keys: ['recovery'],
  finops_budgets: ['recovery'],
  finops_reservations: ['recovery'],
  finops_meters: ['recovery'],
  idempotency_keys: ['recovery'],
  runs: ['recovery'],
  // Receipts get their place in the log after they are durable.
  logs: ['integrator'],
  log_entries: ['integrator', 'jobs'],
  // Compaction moves old receipts into blocks, and changes nothing by it.
  evidence_blocks: ['jobs'],
  checkpoints: ['integrator'],
  published_sizes: ['integrator'],
  // A claim is no effect; the effect is a run, and passes the gate.
  jobs: ['jobs'],
  // What was accepted of a feed is no effect of anybody's; making it was, and passed the gate.
  feeds: ['feeds'],
  feed_cursors: ['feeds'],
  // The first organisation and its owner are there before anybody can ask for them.
  identity_organisations: ['bootstrap'],
  identity_users: ['bootstrap'],
  identity_sign_in_links: ['bootstrap'],
}
/** Written by no operation of people: only by the one named. (Checkpoints are, by the one that replaces their key.) */
const neverByGate = new Set(['logs', 'log_entries', 'published_sizes'])
/** A block takes 65,536 receipts, more than a journey leaves; apps/server/src/evidence/blocks/compaction.test.ts writes it. Only what retires receipts counts their changes. */
const beyondJourney = new Set([
  'evidence_blocks',
  'receipt_changes',
  // Where a witness answers, and where receipts are old enough to go: their own tests have both.
  'cosignatures',
  'witness_states',
  'retention_statements',
  'retention_ranges',
  'pruned_subtrees',
])

test('a whole journey writes every table on the account of the gate, or of the one other that is named for it', async (t) => {
  const s = await createTestServer(t, {
    config: { feedDestinations: 'https://siem.corp.example:443' },
    // The receiver is nowhere: that the attempt fails is written, too.
    resolve: () => Promise.resolve([]),
  })
  await performFullJourney(s)
  const seen = new Map<string, Set<string>>()
  for (const { table, purpose } of s.writes) {
    if (purpose.by !== 'migration') seen.set(table, (seen.get(table) ?? new Set()).add(purpose.by))
  }
  for (const [table, purposes] of seen) {
    const allowed = new Set([...(neverByGate.has(table) ? [] : ['gate']), ...(besides[table] ?? [])])
    assert.deepEqual(
      [...purposes].filter((by) => !allowed.has(by)),
      [],
      `${table} was written by somebody else`,
    )
  }
  // The text index names its table when it is opened.
  const known = new Set([...written.filter((table) => table !== '(computed)'), 'entity_words'])
  assert.deepEqual(
    [...known].filter((table) => !seen.has(table) && !beyondJourney.has(table)).toSorted(),
    [],
    'tables that the journey did not reach',
  )
  assert.deepEqual(
    [...seen.keys()].filter((table) => !known.has(table)),
    [],
    'tables that the search of the source did not see',
  )
})
