import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Denial, NamedHold } from '@switchboard/api'
import { createTestServer } from '../../../../../tests/support/test-server.ts'
import type { TestServer } from '../../../../../tests/support/test-server.ts'

const day = 24 * 60 * 60 * 1000

/** Asks for a hold's end as an administrator and has a reviewer approve it. */
async function lift(s: TestServer, hold: string): Promise<void> {
  const parked = await s.denial(s.a.admin, 'hold.lift', { hold, reason: 'settled' })
  assert.equal(parked.code, 'approval_required')
  await s.value(s.a.reviewer, 'review.approve', { id: String(parked.params['taskId']) })
}
async function lifted(s: TestServer, hold: string): Promise<boolean> {
  const { rows } = await s.value(s.a.auditor, 'hold.list', { lifted: true })
  return rows.find((row) => row.id === hold)?.lifted !== null
}
function holdsIn({ code, params }: Denial): string[] {
  assert.equal(code, 'under_hold')
  return (params['holds'] as readonly NamedHold[]).map((one) => one.hold)
}

test('a hold is placed by one person, shown on its case, and lifted only with a second one', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x' })
  assert.equal((await s.denial(s.a.analyst, 'hold.place', { case: id, reason: 'r' })).code, 'policy_denied')
  const hold = await s.value(s.a.admin, 'hold.place', { case: id, reason: 'claim 17/26' })
  const again = await s.value(s.a.reviewer, 'hold.place', { case: id, reason: 'another matter' })
  const shown = async () => (await s.value(s.a.analyst, 'case.read', { id })).holds ?? []
  assert.deepEqual(
    (await shown()).map((one) => [one.by, one.reason, one.lifted]),
    [
      ['admin', 'claim 17/26', null],
      ['reviewer', 'another matter', null],
    ],
  )
  const parked = await s.denial(s.a.admin, 'hold.lift', { hold: hold.id, reason: 'settled' })
  assert.equal(parked.params['rule'], 'lifting-a-hold-needs-approval')
  const task = String(parked.params['taskId'])
  assert.equal((await shown()).length, 2)
  await s.denial(s.a.admin, 'review.approve', { id: task })
  await s.value(s.a.reviewer, 'review.approve', { id: task })
  while (!(await lifted(s, hold.id))) await new Promise((done) => setTimeout(done, 5))
  assert.deepEqual(
    (await shown()).map((one) => one.id),
    [again.id],
  )
  const all = (await s.value(s.a.auditor, 'hold.list', { case: id, lifted: true })).rows
  assert.deepEqual(
    all.map((one) => [one.id, one.lifted?.by, one.lifted?.reason]),
    [
      [again.id, undefined, undefined],
      [hold.id, 'admin', 'settled'],
    ],
  )
  const denied = await s.denial(s.a.admin, 'hold.lift', { hold: hold.id, reason: 'again' })
  assert.deepEqual([denied.code, denied.params['by']], ['hold_lifted', 'admin'])
  const told = (await s.receipts()).filter((receipt) => receipt.operation.startsWith('hold.'))
  assert.deepEqual(
    told.map(({ operation, decision, parts }) => [
      operation,
      decision,
      parts['subject']?.['case'],
      parts['subject']?.['target'],
    ]),
    [
      ['hold.place', 'denied', undefined, undefined],
      ['hold.place', 'allowed', id, hold.id],
      ['hold.place', 'allowed', id, again.id],
      ['hold.lift', 'parked', id, hold.id],
      ['hold.lift', 'allowed', id, hold.id],
      ['hold.lift', 'denied', id, hold.id],
    ],
  )
})

test('cases and holds of another organisation are unknown, and its holds hold nothing here', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x' })
  const hold = await s.value(s.a.admin, 'hold.place', { case: id, reason: 'r' })
  assert.equal((await s.denial(s.b.admin, 'hold.place', { case: id, reason: 'r' })).code, 'case_unknown')
  assert.equal((await s.denial(s.b.admin, 'hold.lift', { hold: hold.id, reason: 'r' })).code, 'hold_unknown')
  assert.deepEqual((await s.value(s.b.admin, 'hold.list', { lifted: true })).rows, [])
})

test('holds are listed page by page, newest first', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x' })
  for (const reason of ['1', '2', '3', '4', '5']) await s.value(s.a.admin, 'hold.place', { case: id, reason })
  const seen: string[] = []
  for (let cursor: string | undefined, more = true; more;) {
    const page = await s.value(s.a.admin, 'hold.list', {
      limit: 2,
      ...(cursor === undefined ? {} : { cursor }),
    })
    seen.push(...page.rows.map((row) => row.reason))
    cursor = page.next
    more = cursor !== undefined
  }
  assert.deepEqual(seen, ['5', '4', '3', '2', '1'])
})

test('a plugin reads the case it runs on without learning why it is held', async (t) => {
  const s = await createTestServer(t)
  const code = "return 'holds' in (await api.cases.read({ id: args.case }))"
  const manifest = { capabilities: { cases: ['read'], network: false } }
  const plugin = await s.install(s.a, { code, manifest }, ['read:case'])
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x' })
  await s.value(s.a.admin, 'hold.place', { case: id, reason: 'secret matter' })
  const { result } = await s.value(s.a.analyst, 'plugin.run', { id: plugin, case: id })
  assert.equal(result, false)
})

test('nothing takes away what is of a held case: not forgetting, age, undo, uninstall, nor the end of the demonstration', async (t) => {
  const s = await createTestServer(t)
  const code = "return { entities: [{ key: 'a', type: 't', name: 'A' }] }"
  const plugin = await s.install(s.a, { code })
  const create = async (title: string) => (await s.value(s.a.analyst, 'case.create', { title })).id
  const [held, taking, free] = [await create('held'), await create('taking'), await create('free')]
  const run = async (id: string) => (await s.value(s.a.analyst, 'plugin.run', { id: plugin, case: id })).runId
  const [onHeld, onTaking, onFree] = [await run(held), await run(taking), await run(free)]
  // A result travels: accepted into a held case, the run belongs to it as well.
  await s.value(s.a.analyst, 'run.accept', { id: onTaking, case: held })
  const hold = await s.value(s.a.admin, 'hold.place', { case: held, reason: 'claim' })
  const before = await s.value(s.a.analyst, 'case.read', { id: held })
  assert.equal(before.entities.length, 1)

  const refusals: readonly ['admin' | 'analyst', string, object][] = [
    ['admin', 'run.forget_recording', { id: held }],
    ['admin', 'run.forget_recording', { id: onHeld }],
    ['admin', 'run.forget_recording', { id: onTaking }],
    ['analyst', 'run.undo', { id: onTaking }],
    ['admin', 'plugin.undo', { id: plugin }],
    ['admin', 'plugin.uninstall', { id: plugin }],
    ['admin', 'plugin.uninstall', { id: plugin, forget: true }],
    ['admin', 'demo.remove', {}],
  ]
  for (const [person, operation, input] of refusals) {
    const denial = await s.denial(s.a[person], operation, input)
    assert.deepEqual(holdsIn(denial), [hold.id], operation)
    assert.match(denial.message, new RegExp(`admin placed ${hold.id} on ${held} at 20.*Z: claim`))
    assert.match(denial.change, /switchboard hold lift hold_/)
  }
  s.advance(31 * day)
  const system = { kind: 'system', organisation: s.a.organisation } as const
  const pruned = await s.value(system, 'recording.prune', {})
  assert.deepEqual([pruned.expired, pruned.held], [1, 2])
  const left = await s.database.read.selectFrom('run_recordings').select('run').orderBy('run').execute()
  assert.deepEqual(
    left.map((row) => row.run),
    [onHeld, onTaking],
  )
  assert.deepEqual(await s.server.plugins.recordingsDue(s.clock()), [])
  assert.equal((await s.denial(s.a.admin, 'run.forget_recording', { id: onFree })).code, 'recording_absent')
  assert.deepEqual(await s.value(s.a.analyst, 'case.read', { id: held }), before)

  await lift(s, hold.id)
  while (!(await lifted(s, hold.id))) await new Promise((done) => setTimeout(done, 5))
  assert.equal((await s.value(s.a.admin, 'run.forget_recording', { id: held })).recordings, 1)
  assert.equal((await s.value(s.a.admin, 'plugin.undo', { id: plugin })).removedEntities, 1)
  assert.deepEqual((await s.value(s.a.admin, 'plugin.uninstall', { id: plugin })).residue, [])
  const { removed } = await s.value(s.a.admin, 'demo.remove', {})
  assert.ok(removed.some(({ what, count }) => what === 'legal holds' && count === 1))
})

test('undoing a run elsewhere leaves alone what a held case shows, whoever attached it', async (t) => {
  const s = await createTestServer(t)
  const source = { name: 's', version: '1', licence: 'l' }
  const entities = [{ key: 'a', type: 't', name: 'Old' }]
  await s.value(s.a.admin, 'graph.import', { source, entities })
  const plugin = await s.install(s.a, { code: "return { entities: [{ key: 'a', type: 't', name: 'New' }] }" })
  const create = async (title: string) => (await s.value(s.a.analyst, 'case.create', { title })).id
  const [free, held] = [await create('free'), await create('held')]
  const { runId } = await s.value(s.a.analyst, 'plugin.run', { id: plugin, case: free })
  await s.value(s.a.analyst, 'run.accept', { id: runId, case: free })
  await s.value(s.a.analyst, 'case.add_entities', {
    id: held,
    entities: [{ key: 'a', type: 't', name: 'New' }],
  })
  await s.value(s.a.admin, 'hold.place', { case: held, reason: 'claim' })
  const before = await s.value(s.a.analyst, 'case.read', { id: held })
  assert.equal(holdsIn(await s.denial(s.a.analyst, 'run.undo', { id: runId })).length, 1)
  assert.deepEqual(await s.value(s.a.analyst, 'case.read', { id: held }), before)
})
