import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createTestServer } from '../../../../../tests/support/test-server.ts'
import type { TestServer, TestServerOptions } from '../../../../../tests/support/test-server.ts'

const graph = { capabilities: { graph: ['read'], network: false } }
const dayMs = 24 * 60 * 60 * 1000

async function runOf(s: TestServer, id: string, input: unknown = {}, caseId?: string) {
  const { outcome } = await s.ask(s.a.analyst, 'plugin.run', {
    id,
    input,
    ...(caseId === undefined ? {} : { case: caseId }),
  })
  assert.ok(outcome.ok)
  return (outcome.value as { runId: string }).runId
}

async function countsOf(s: TestServer) {
  const count = async (table: 'run_recordings' | 'recorded_answers' | 'recorded_answer_uses') =>
    (await s.database.read.selectFrom(table).select('organisation').execute()).length
  return {
    recordings: await count('run_recordings'),
    answers: await count('recorded_answers'),
    uses: await count('recorded_answer_uses'),
  }
}

async function serverWithReader(t: Parameters<typeof createTestServer>[0], options: TestServerOptions = {}) {
  const s = await createTestServer(t, options)
  await s.value(s.a.admin, 'graph.import', {
    source: { name: 'open', version: '1', licence: 'CC0-1.0' },
    entities: [1, 2, 3].map((n) => ({ key: `host:${n}`, type: 'host', name: `open host ${n}` })),
  })
  await s.value(s.a.admin, 'graph.import', {
    source: { name: 'feed', version: '1', licence: 'LicenseRef-No-Retention-Acme' },
    entities: [{ key: 'host:feed', type: 'host', name: 'paid host' }],
  })
  const code =
    'return { names: (await api.graph.search({ q: args.q })).map((each) => each.name), n: args.n ?? 0 }'
  const id = await s.install(s.a, { name: 'reader', code, manifest: graph }, ['read:graph'])
  return { s, id }
}

test('what runs were answered is kept once, and erased with the last recording that uses it', async (t) => {
  const { s, id } = await serverWithReader(t)
  const runs: string[] = []
  for (const n of [1, 2, 3]) runs.push(await runOf(s, id, { q: 'open', n }))
  runs.push(await runOf(s, id, { q: 'nobody' }))
  assert.deepEqual(await countsOf(s), { recordings: 4, answers: 2, uses: 4 })
  const [first = '', second = '', third = '', last = ''] = runs
  const gone = await s.value(s.a.admin, 'run.forget_recording', { id: first })
  assert.deepEqual([gone.recordings, gone.answers], [1, 0])
  assert.equal((await s.denial(s.a.analyst, 'run.replay', { id: first })).code, 'recording_absent')
  assert.equal((await s.denial(s.a.admin, 'run.forget_recording', { id: first })).code, 'recording_absent')
  for (const id of [second, third, last])
    assert.equal((await s.value(s.a.analyst, 'run.replay', { id })).verdict, 'same')
  await s.value(s.a.admin, 'run.forget_recording', { id: second })
  const more = await s.value(s.a.admin, 'run.forget_recording', { id: third })
  assert.deepEqual([more.recordings, more.answers], [1, 1])
  assert.deepEqual(await countsOf(s), { recordings: 1, answers: 1, uses: 1 })
  const receipts = await s.receipts({ operation: 'run.forget_recording' })
  assert.deepEqual(
    receipts.filter((each) => each.decision === 'allowed').map((each) => each.run),
    [first, second, third],
  )
})

test('a case takes the recordings of its runs along, and an uninstall those of its package', async (t) => {
  const { s, id } = await serverWithReader(t)
  const { id: caseId } = await s.value(s.a.analyst, 'case.create', { title: 'A case' })
  await runOf(s, id, { q: 'open' }, caseId)
  await runOf(s, id, { q: 'open', n: 2 }, caseId)
  await runOf(s, id, { q: 'nobody' })
  const gone = await s.value(s.a.admin, 'run.forget_recording', { id: caseId })
  assert.deepEqual([gone.recordings, gone.answers], [2, 1])
  const unknown = await s.denial(s.b.admin, 'run.forget_recording', { id: caseId })
  assert.equal(unknown.code, 'case_unknown')
  const { removed, residue } = await s.value(s.a.admin, 'plugin.uninstall', { id })
  assert.deepEqual(residue, [])
  assert.deepEqual(removed.find((each) => each.what === 'recordings of runs')?.count, 1)
  assert.deepEqual(await countsOf(s), { recordings: 0, answers: 0, uses: 0 })
})

test('an answer under a licence that forbids keeping leaves nothing but the name of the rule', async (t) => {
  const { s, id } = await serverWithReader(t)
  const run = await runOf(s, id, { q: 'paid' })
  const denial = await s.denial(s.a.analyst, 'run.replay', { id: run })
  assert.deepEqual(
    [denial.code, denial.params],
    [
      'run_not_replayable',
      { run, where: 'answer 1 (graph.search)', rule: 'licence-LicenseRef-No-Retention-Acme' },
    ],
  )
  assert.deepEqual(await countsOf(s), { recordings: 1, answers: 0, uses: 0 })
  const [row] = await s.database.read.selectFrom('run_recordings').selectAll().execute()
  assert.equal(row?.body, null)
  const outcome = (await s.receipts({ operation: 'plugin.run' })).at(-1)
  assert.equal(outcome?.parts['subject']?.['recording'], undefined)
})

test('a run on a case that is TLP:RED is not kept, nor replayed once the case has become so', async (t) => {
  const { s, id } = await serverWithReader(t)
  const { id: caseId } = await s.value(s.a.analyst, 'case.create', { title: 'A case', tlp: 'GREEN' })
  const early = await runOf(s, id, { q: 'open' }, caseId)
  assert.equal((await s.value(s.a.analyst, 'run.replay', { id: early })).verdict, 'same')
  await s.value(s.a.analyst, 'case.set_tlp', { id: caseId, tlp: 'RED' })
  const late = await runOf(s, id, { q: 'open' }, caseId)
  for (const [run, where] of [
    [early, `case ${caseId}`],
    [late, 'its input'],
  ] as const) {
    const denial = await s.denial(s.a.analyst, 'run.replay', { id: run })
    assert.deepEqual([denial.code, denial.params], ['run_not_replayable', { run, where, rule: 'tlp-red' }])
  }
})

test('a recording whose time is over is not replayed, and pruned by the server itself with a receipt', async (t) => {
  const { s, id } = await serverWithReader(t)
  const run = await runOf(s, id, { q: 'open' })
  s.advance(29 * dayMs)
  const young = await runOf(s, id, { q: 'open', n: 2 })
  assert.deepEqual(await s.server.plugins.recordingsDue(s.clock()), [])
  s.advance(2 * dayMs)
  assert.equal((await s.denial(s.a.analyst, 'run.replay', { id: run })).code, 'recording_absent')
  assert.deepEqual(await s.server.plugins.recordingsDue(s.clock()), [s.a.organisation])
  const caller = { kind: 'system', organisation: s.a.organisation } as const
  const pruned = await s.value(caller, 'recording.prune', {})
  assert.deepEqual([pruned.expired, pruned.evicted, pruned.answers, pruned.more], [1, 0, 0, false])
  assert.equal((await s.value(s.a.analyst, 'run.replay', { id: young })).verdict, 'same')
  const [receipt] = await s.receipts({ operation: 'recording.prune' })
  assert.deepEqual([receipt?.decision, receipt?.rows], ['allowed', 1])
})

test('without room the oldest recordings go, and until they have gone nothing more is kept', async (t) => {
  const { s, id } = await serverWithReader(t, { config: { recordingMegabytes: 1 } })
  const big = await s.install(s.a, { name: 'big', code: 'return { length: args.word.length }' })
  // 300 KB of chance each, which nothing packs.
  const word = (): string => randomBytes(300_000).toString('base64')
  const runs: string[] = []
  for (let n = 0; n < 5; n += 1) runs.push(await runOf(s, big, { word: word() }))
  const full = await runOf(s, big, { word: word() })
  const denial = await s.denial(s.a.analyst, 'run.replay', { id: full })
  assert.deepEqual([denial.code, denial.params['rule']], ['run_not_replayable', 'no-room'])
  const due = await s.server.plugins.recordingsDue(s.clock())
  assert.deepEqual(due, [s.a.organisation])
  const caller = { kind: 'system', organisation: s.a.organisation } as const
  const pruned = await s.value(caller, 'recording.prune', {})
  assert.deepEqual([pruned.expired, pruned.evicted, pruned.more], [0, 3, false])
  assert.equal((await s.denial(s.a.analyst, 'run.replay', { id: runs[0] ?? '' })).code, 'recording_absent')
  assert.equal((await s.value(s.a.analyst, 'run.replay', { id: runs[4] ?? '' })).verdict, 'same')
  const again = await runOf(s, id, { q: 'open' })
  assert.equal((await s.value(s.a.analyst, 'run.replay', { id: again })).verdict, 'same')
})

test('nothing is recorded where nothing shall be', async (t) => {
  const { s, id } = await serverWithReader(t, { config: { recordingDays: 0 } })
  const run = await runOf(s, id, { q: 'open' })
  assert.deepEqual(await countsOf(s), { recordings: 0, answers: 0, uses: 0 })
  assert.equal((await s.denial(s.a.analyst, 'run.replay', { id: run })).code, 'recording_absent')
})

test('an answer that holds something marked TLP:RED is not kept', async (t) => {
  const { s, id } = await serverWithReader(t)
  await s.value(s.a.admin, 'graph.import', {
    source: { name: 'told', version: '1', licence: 'CC0-1.0' },
    tlp: 'RED',
    entities: [{ key: 'host:red', type: 'host', name: 'confidential host' }],
  })
  const run = await runOf(s, id, { q: 'confidential' })
  const { result } = await s.value(s.a.analyst, 'run.detail', { id: run })
  assert.deepEqual((result as { names: string[] }).names, ['confidential host'])
  const denial = await s.denial(s.a.analyst, 'run.replay', { id: run })
  assert.deepEqual(
    [denial.code, denial.params['where'], denial.params['rule']],
    ['run_not_replayable', 'answer 1 (graph.search)', 'tlp-red'],
  )
})
