import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { invariantsOf } from './first-journey.ts'
import { temporaryFolder } from './running-server.ts'
import { createTestServer } from './test-server.ts'

/** What goes wrong in the store, and what the checker must say of it. */
const mishaps: readonly (readonly [mishap: string, says: RegExp])[] = [
  [
    `update receipts set entry = zeroblob(304) where id = (select min(id) from receipts)`,
    /is not the leaf of receipt/,
  ],
  [`update receipts set cost_micros = cost_micros + 1 where phase = 'outcome'`, /column cost_micros is/],
  [`delete from receipts where operation = 'case.create'`, /which is no receipt|without a receipt/],
  [`delete from log_entries where idx = 1`, /entry 1 has index 2/],
  [`delete from log_entries where idx = (select max(idx) from log_entries)`, /has 0 places in the log/],
  [
    `insert into receipt_outbox (organisation, class, receipt_id, leaf_hash) select 'org_x', 'standard', receipt_id, leaf_hash from log_entries where idx = 0`,
    /has 2 places in the log/,
  ],
  [`delete from logs`, /is in log 1, which there is not/],
  [`update logs set organisation = 'x_' || organisation`, /of the log of x_org_\w+ is of org_/],
  [`update logs set class = 'long'`, /of a log of class long is of another/],
  [`update checkpoints set note = replace(note, '— ', '— x')`, /is not signed by the log's key|says/],
  [
    `update checkpoints set root = zeroblob(32) where size = (select max(size) from checkpoints)`,
    /stored root/,
  ],
  [`insert into open_intents select min(id) from receipts`, /is still open/],
  [
    `insert into cases (id, organisation, title, tlp, pap, opened_at, opened_by, opened_by_name, demo) select 'case_x', organisation, title, tlp, pap, opened_at, opened_by, opened_by_name, demo from cases`,
    /case case_x: 1 without a receipt/,
  ],
  [`delete from cases`, /receipts without a row/],
  [
    `delete from case_notes where id = (select max(id) from case_notes)`,
    /note of case .*: 1 receipts without a row/,
  ],
  [`delete from installations`, /installation .*: 1 receipts without a row/],
  [`delete from runs`, /has no run|outlived it/],
  [`update runs set state = 'running'`, /is running, its outcome says allowed/],
  [`delete from run_recordings`, /the recording of run .* is gone|in vain/],
  [`update run_recordings set sha256 = 'x'`, /is not the one that its outcome names/],
  [`delete from recorded_answers`, /in vain/],
  [`delete from recorded_answer_uses`, /no run uses answer/],
  [`update finops_meters set runs = runs + 1`, /runs is metered 2, the receipts say 1/],
  [`update finops_meters set cost_micros = cost_micros * 2`, /cost_micros is metered/],
  [`update finops_budgets set reserved_micros = 5`, /5 micros are still reserved/],
  [`update finops_reservations set closed_at = null`, /was not returned/],
  [`update idempotency_keys set answer = null`, /is stuck/],
]

test('the checker finds nothing in a sound store, and says each thing that can be wrong with one', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'A case', note: 'One' })
  await s.value(s.a.analyst, 'case.add_note', { id, text: 'Two' })
  const manifest = { capabilities: { graph: ['read'], network: false } }
  const probe = await s.install(
    s.a,
    { code: `await api.graph.search({ q: 'a' }); api.log('x'); return { ok: true }`, manifest },
    ['read:graph'],
  )
  await s.value(s.a.analyst, 'plugin.run', { id: probe, case: id }, { idempotencyKey: 'once' })
  const { logKey } = s.server.evidence
  await s.close()
  await using work = await temporaryFolder()
  assert.deepEqual(await invariantsOf(await copyOf('sound'), logKey), [])

  for (const [index, [mishap, says]] of mishaps.entries()) {
    const store = await copyOf(`mishap-${index}`)
    const database = new DatabaseSync(store)
    database.exec(mishap)
    database.close()
    const said = await invariantsOf(store, logKey)
    assert.ok(
      said.some((sentence) => says.test(sentence)),
      `${mishap}\nshould be said as ${says}:\n${said.join('\n')}`,
    )
  }

  async function copyOf(name: string): Promise<string> {
    const store = join(work.path, `${name}.db`)
    await cp(join(s.folder, 'state', 'switchboard.db'), store)
    return store
  }
})
