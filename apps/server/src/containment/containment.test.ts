import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Denial } from '@switchboard/api'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { People, TestServer } from '../../../../tests/support/test-server.ts'

const calls = "for (;;) { await api.graph.search({ q: 'a', limit: 1 }); await api.sleep(5) }"
const silent = 'await api.sleep(50_000); return 1'
const graph = {
  manifest: { capabilities: { graph: ['read'], network: false } },
  budgets: { ms: 55_000, cpuMs: 55_000 },
}

/** A run that is under way; `ended` resolves with the denial that ends it. */
async function begun(s: TestServer, who: People, id: string): Promise<{ readonly ended: Promise<Denial> }> {
  const before = s.server.plugins.active.size
  const ended = s.denial(who.analyst, 'plugin.run', { id })
  while (s.server.plugins.active.size === before) await pause()
  return { ended }
}
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}

test('a quarantine ends the runs of a package at once, refuses it everywhere, and touches nothing else', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, { name: 'probe', code: silent, ...graph }, ['read:graph'])
  const other = await s.install(s.a, { name: 'other', code: 'return 1' })
  const theirs = await s.install(s.b, { name: 'probe', code: 'return 1' })
  const { ended } = await begun(s, s.a, id)
  const held = await s.value(s.a.admin, 'plugin.quarantine', { id, reason: 'it beacons' })
  assert.equal(held.stoppedRuns, 1)
  const denial = await ended
  assert.deepEqual(
    [denial.code, denial.params['package'], denial.params['by'], denial.params['reason']],
    ['package_quarantined', 'probe', 'admin', 'it beacons'],
  )
  assert.match(denial.message, /^admin put probe into quarantine at 20.*Z: it beacons$/)
  assert.match(denial.change, /switchboard plugin release probe/)
  for (const operation of ['plugin.run', 'run.submit'])
    assert.deepEqual((await s.denial(s.a.analyst, operation, { id })).params, denial.params)
  const [run] = (await s.value(s.a.analyst, 'run.list', { package: id })).rows
  assert.equal(run?.state, 'denied')
  // The other package, and the other organisation's package of the same name, go on.
  assert.equal((await s.value(s.a.analyst, 'plugin.run', { id: other })).ok, true)
  assert.equal((await s.value(s.b.analyst, 'plugin.run', { id: theirs })).ok, true)

  const again = await s.denial(s.a.reviewer, 'plugin.quarantine', { id, reason: 'me too' })
  assert.deepEqual([again.code, again.params['reason']], ['already_held', 'it beacons'])
})

test('what a package in quarantine left cannot be taken away before it is released, by a second person', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, { code: "console.log('seen'); return 1" })
  const { runId } = await s.value(s.a.analyst, 'plugin.run', { id })
  await s.value(s.a.admin, 'plugin.quarantine', { id, reason: 'look at it' })
  for (const forget of [false, true])
    assert.equal((await s.denial(s.a.admin, 'plugin.uninstall', { id, forget })).code, 'package_quarantined')
  assert.equal((await s.value(s.a.analyst, 'run.log', { id: runId })).lines[0]?.text, 'seen')
  const own = await s.denial(s.a.admin, 'plugin.release', { id, reason: 'false alarm' })
  assert.deepEqual(own.params['rules'], ['second-person-lifts'])
  assert.equal((await s.denial(s.a.analyst, 'plugin.release', { id, reason: 'x' })).code, 'policy_denied')
  const { lifted } = await s.value(s.a.reviewer, 'plugin.release', { id, reason: 'false alarm' })
  assert.deepEqual([lifted.package, lifted.by, lifted.reason], [id, 'admin', 'look at it'])
  assert.equal((await s.value(s.a.analyst, 'plugin.run', { id })).ok, true)
  assert.equal((await s.value(s.a.admin, 'plugin.uninstall', { id })).residue.length, 0)
  assert.equal((await s.denial(s.a.reviewer, 'plugin.release', { id, reason: 'x' })).code, 'not_held')
})

test('neither age nor removing the demonstration takes the evidence of a package in quarantine', async (t) => {
  const s = await createTestServer(t)
  const held = await s.install(s.a, { name: 'held', code: 'return args' })
  const other = await s.install(s.a, { name: 'other', code: 'return args' })
  const runs: string[] = []
  for (const id of [held, other])
    runs.push((await s.value(s.a.analyst, 'plugin.run', { id, input: { id } })).runId)
  await s.value(s.a.admin, 'plugin.quarantine', { id: held, reason: 'look at it' })
  s.advance(31 * 24 * 60 * 60 * 1000)
  const caller = { kind: 'system', organisation: s.a.organisation } as const
  assert.deepEqual(await s.server.plugins.recordingsDue(s.clock()), [s.a.organisation])
  assert.equal((await s.value(caller, 'recording.prune', {})).expired, 1)
  const left = async () =>
    (await s.database.read.selectFrom('run_recordings').select('run').execute()).map(({ run }) => run)
  assert.deepEqual(await left(), [runs[0]])
  // Nothing that may go is left: the server does not ask again, and again.
  assert.deepEqual(await s.server.plugins.recordingsDue(s.clock()), [])

  const refused = await s.denial(s.b.admin, 'demo.remove')
  assert.deepEqual(
    [refused.code, refused.params['package'], refused.params['reason']],
    ['package_quarantined', held, 'look at it'],
  )
  assert.equal((await s.value(s.a.analyst, 'run.detail', { id: runs[0] ?? '' })).run.package, held)
  await s.value(s.a.reviewer, 'plugin.release', { id: held, reason: 'looked' })
  assert.deepEqual(await s.server.plugins.recordingsDue(s.clock()), [s.a.organisation])
  assert.equal((await s.value(caller, 'recording.prune', {})).expired, 1)
  const { removed } = await s.value(s.b.admin, 'demo.remove', {})
  assert.ok(
    removed.some(({ what, count }) => what === 'runs' && count === 2),
    JSON.stringify(removed),
  )
})

test('the kill switch ends every run of an organisation, survives a restart, and stops nobody else', async (t) => {
  const s = await createTestServer(t)
  const loud = await s.install(s.a, { name: 'loud', code: calls, ...graph }, ['read:graph'])
  const quiet = await s.install(s.a, { name: 'quiet', code: silent, ...graph })
  const theirs = await s.install(s.b, { code: 'return 1' })
  const runs = []
  for (const id of [loud, quiet]) runs.push((await begun(s, s.a, id)).ended)
  const { activeRuns } = await s.value(s.a.auditor, 'sandbox.status', {})
  assert.equal(activeRuns.length, 2)
  assert.deepEqual((await s.value(s.b.auditor, 'sandbox.status', {})).activeRuns, [])
  const held = await s.value(s.a.reviewer, 'sandbox.stop', { reason: 'we are breached' })
  assert.equal(held.stoppedRuns, 2)
  for (const run of runs) {
    const denial = await run
    assert.deepEqual(
      [denial.code, denial.category, denial.params['by'], denial.params['reason']],
      ['sandbox_stopped', 'unavailable', 'reviewer', 'we are breached'],
    )
  }
  assert.equal((await s.denial(s.a.admin, 'sandbox.stop', { reason: 'x' })).code, 'already_held')
  assert.equal((await s.value(s.b.analyst, 'plugin.run', { id: theirs })).ok, true)

  await s.reopen()
  for (const operation of ['plugin.run', 'run.submit'])
    assert.equal((await s.denial(s.a.analyst, operation, { id: quiet })).code, 'sandbox_stopped')
  assert.equal((await s.value(s.a.analyst, 'sandbox.status', {})).stopped?.reason, 'we are breached')
  assert.deepEqual((await s.denial(s.a.reviewer, 'sandbox.resume', { reason: 'over' })).params['rules'], [
    'second-person-lifts',
  ])
  await s.value(s.a.admin, 'sandbox.resume', { reason: 'it was a drill' })
  assert.equal((await s.denial(s.a.admin, 'sandbox.resume', { reason: 'x' })).code, 'not_held')
  const id = await s.install(s.a, { name: 'after', code: 'return 1' })
  assert.equal((await s.value(s.a.analyst, 'plugin.run', { id })).ok, true)
})

test('a queued run is refused when its turn comes, and says who stopped it', async (t) => {
  const s = await createTestServer(t)
  const slow = await s.install(s.a, { name: 'slow', code: silent, ...graph })
  const id = await s.install(s.a, { code: 'return 1' })
  await s.value(s.a.analyst, 'run.submit', { id: slow })
  const { runId } = await s.value(s.a.analyst, 'run.submit', { id })
  await s.value(s.a.admin, 'sandbox.stop', { reason: 'drill' })
  for (;;) {
    const { run, denial } = await s.value(s.a.analyst, 'run.detail', { id: runId })
    if (run.state === 'queued') {
      await pause()
      continue
    }
    assert.deepEqual([run.state, (denial as Denial).code], ['denied', 'sandbox_stopped'])
    break
  }
})

test('the only person of an organisation lifts what they stopped themselves', async (t) => {
  const s = await createTestServer(t)
  await s.value(s.a.admin, 'user.deactivate', { id: s.a.reviewer.user })
  await s.value(s.a.admin, 'sandbox.stop', { reason: 'drill' })
  assert.equal((await s.value(s.a.admin, 'sandbox.resume', { reason: 'over' })).lifted.by, 'admin')
})

test('a hold that another server made ends a run here that makes no calls, and one that does at its next call', async (t) => {
  const s = await createTestServer(t)
  const loud = await s.install(s.a, { name: 'loud', code: calls, ...graph }, ['read:graph'])
  const quiet = await s.install(s.a, { name: 'quiet', code: silent, ...graph })
  const runs = []
  for (const id of [loud, quiet]) runs.push((await begun(s, s.a, id)).ended)
  // As another server on the same store does it: this one is told nothing.
  await s.database.writer.transact({ by: 'bootstrap' }, async (tx) => {
    await tx
      .insertInto('holds')
      .values({
        organisation: s.a.organisation,
        package: '',
        reason: 'elsewhere',
        by: s.a.admin.user,
        by_name: 'admin',
        at: s.clock(),
      })
      .execute()
  })
  for (const run of runs) assert.equal((await run).params['reason'], 'elsewhere')
})

test('each hold and its lifting leaves a receipt that names the package', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, { code: 'return 1' })
  await s.value(s.a.admin, 'plugin.quarantine', { id, reason: 'x' })
  await s.value(s.a.reviewer, 'plugin.release', { id, reason: 'y' })
  await s.value(s.a.admin, 'sandbox.stop', { reason: 'x' })
  await s.value(s.a.reviewer, 'sandbox.resume', { reason: 'y' })
  const told = (await s.receipts()).filter(({ operation }) =>
    ['plugin.quarantine', 'plugin.release', 'sandbox.stop', 'sandbox.resume'].includes(operation),
  )
  assert.deepEqual(
    told.map(({ operation, decision, parts }) => [operation, decision, parts['subject']?.['package']]),
    [
      ['plugin.quarantine', 'allowed', id],
      ['plugin.release', 'allowed', id],
      ['sandbox.stop', 'allowed', undefined],
      ['sandbox.resume', 'allowed', undefined],
    ],
  )
})

test('a hold ends a replay under way, wherever it was made, and what the replay used is charged', async (t) => {
  const s = await createTestServer(t)
  const budgets = { ms: 55_000, cpuMs: 55_000 }
  const id = await s.install(s.a, { name: 'busy', code: 'return 1', budgets })
  const { runId } = await s.value(s.a.analyst, 'plugin.run', { id })
  await s.add(s.a, { name: 'busy', version: '2.0.0', code: 'for (;;) ;', budgets })
  await s.review(s.a, id, '2.0.0')
  for (const hold of [
    () => s.value(s.a.admin, 'plugin.quarantine', { id, reason: 'it beacons' }),
    // As another server on the same store does it.
    () =>
      s.edit((tx) =>
        tx
          .insertInto('holds')
          .values({
            organisation: s.a.organisation,
            package: '',
            reason: 'breach',
            by: s.a.admin.user,
            by_name: 'admin',
            at: s.clock(),
          })
          .execute(),
      ),
  ]) {
    const ended = s.denial(s.a.analyst, 'run.replay', { id: runId, against: '2.0.0' })
    while ((await s.value(s.a.auditor, 'sandbox.status', {})).activeRuns.length === 0) await pause()
    await hold()
    assert.match((await ended).code, /^(package_quarantined|sandbox_stopped)$/)
    const receipt = (await s.receipts({ operation: 'run.replay' })).at(-1)
    assert.deepEqual([receipt?.phase, receipt?.decision], ['outcome', 'denied'])
    assert.ok((receipt?.cost_micros ?? 0) > 0)
    assert.deepEqual((await s.value(s.a.auditor, 'sandbox.status', {})).activeRuns, [])
    await s.edit((tx) => tx.deleteFrom('holds').execute())
  }
})
