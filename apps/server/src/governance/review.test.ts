import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { performDirectly } from '../../../../tests/support/perform-directly.ts'
import { onEachStore } from '../../../../tests/support/stores.ts'
import { digestOf } from '../kernel/canonical.ts'
import type { Database } from '../kernel/db/index.ts'
import type { Actor } from '../kernel/handler.ts'
import { newId } from '../kernel/ids.ts'
import type { ReviewId } from '../kernel/ids.ts'
import { createGovernance, governanceMigrations } from './index.ts'

const at = Date.UTC(2026, 2, 15)
const day = 86_400_000
const input = { case: newId('case') }
const inputSha256 = digestOf(input).sha256

function person(name: string): Actor {
  return { organisation: 'org_a', user: `usr_${name}`, name, roles: ['reviewer'], demo: false, kind: 'user' }
}
const [ana, rea, rob] = ['ana', 'rea', 'rob'].map(person) as [Actor, Actor, Actor]

/** Holds the first who come until a second is there too, or until it is clear that a lock keeps the others out. */
function meetingOfTwo({ dialect }: Database): () => Promise<void> {
  // On SQLite the second never comes.
  const waitMs = dialect === 'sqlite' ? 200 : 2_000
  let arrived = 0
  const both = Promise.withResolvers<void>()
  return async () => {
    arrived += 1
    if (arrived === 2) both.resolve()
    await Promise.race([both.promise, setTimeout(waitMs)])
  }
}

/** A review that ana asked for, with everything a test does to it. */
async function parked(database: Database, quorum = 1, now = { at }, meet = async () => {}) {
  const deactivated = new Set<string>()
  const resumed: ReviewId[] = []
  const governance = createGovernance({
    clock: () => now.at,
    isActive: async (_db, _organisation, user) => {
      await meet()
      return !deactivated.has(user)
    },
    resume: (taskId) => void resumed.push(taskId),
  })
  const inTx = <T>(work: Parameters<typeof database.writer.transact<T>>[1]) =>
    database.writer.transact({ by: 'gate', operation: 'test' }, work)
  const asking = {
    operation: 'evidence.export',
    input,
    inputSha256,
    actor: ana,
    rule: 'r',
    quorum,
    at: now.at,
    receipt: newId('rct'),
  }
  const { taskId } = await inTx((tx) => governance.park(tx, asking))
  const ask = async (operation: string, actor: Actor, more: object = {}, id: string = taskId) => {
    const { registrations } = governance
    const answer = await performDirectly(database, {
      registrations,
      operation,
      actor,
      input: { id, ...more },
      at: now.at,
    })
    return answer.ok ? (answer.value as Record<string, unknown>) : answer.denial.code
  }
  const consume = async (change: object = {}) => {
    const use = { taskId, operation: 'evidence.export', inputSha256, actor: ana, at: now.at, ...change }
    const answer = await inTx((tx) => governance.consume(tx, use))
    return answer.ok ? answer.value.by : answer.denial.params.reason
  }
  return { governance, taskId, ask, consume, resumed, deactivated, inTx }
}

onEachStore(
  'an approval by another person performs the operation once',
  governanceMigrations,
  async (database) => {
    const { governance, taskId, ask, consume, resumed, inTx } = await parked(database)
    assert.equal(await consume(), 'not_approved')
    const shown = await ask('review.detail', rea)
    assert.ok(typeof shown === 'object')
    assert.deepEqual([shown['input'], shown['inputDigest'], shown['status']], [input, inputSha256, 'pending'])
    const approved = await ask('review.approve', rea, { note: 'seen' })
    assert.ok(typeof approved === 'object')
    assert.deepEqual(
      [approved['status'], approved['approvers'], approved['requester']],
      ['approved', ['rea'], 'ana'],
    )
    assert.deepEqual(resumed, [taskId])
    assert.deepEqual(
      (await governance.approvedWaiting(database.read)).map((task) => [task.taskId, task.input, task.actor]),
      [[taskId, input, ana]],
    )
    assert.deepEqual(await consume(), [rea.user])
    assert.equal(await consume(), 'used')
    assert.deepEqual(await governance.approvedWaiting(database.read), [])
    await inTx((tx) => governance.recordPerformed(tx, { taskId, outcome: { ok: true }, at }))
    const done = await ask('review.detail', ana)
    assert.ok(typeof done === 'object')
    assert.deepEqual([done['status'], done['outcome']], ['performed', { ok: true }])
  },
)

onEachStore(
  'a file that an approved operation made is for who asked, and for nobody who approved',
  governanceMigrations,
  async (database) => {
    const { governance, taskId, ask, consume, inTx } = await parked(database)
    await ask('review.approve', rea)
    await consume()
    const outcome = { ok: true, receiptId: newId('rct'), value: { bundle: 'QQ==', receipts: 3 } }
    await inTx((tx) => governance.recordPerformed(tx, { taskId, outcome, at }))
    const shown = async (operation: string, actor: Actor) =>
      JSON.stringify(
        await performDirectly(database, {
          registrations: governance.registrations,
          operation,
          actor,
          input: operation === 'review.list' ? {} : { id: taskId },
          at,
        }),
      )
    assert.match(await shown('review.detail', ana), /QQ==/)
    for (const [operation, actor] of [
      ['review.detail', rea],
      ['review.list', rea],
      ['review.list', ana],
    ] as const) {
      const text = await shown(operation, actor)
      assert.doesNotMatch(text, /QQ==/)
      assert.match(text, /"receipts":3/)
    }
  },
)

onEachStore(
  'a review names who approved with their notes, who denied it, and the receipt of each',
  governanceMigrations,
  async (database) => {
    const { ask } = await parked(database, 2)
    await ask('review.approve', rea, { note: 'seen' })
    await ask('review.deny', rob, { reason: 'not this case' })
    const shown = await ask('review.detail', ana)
    assert.ok(typeof shown === 'object')
    const [approval] = shown['approvals'] as Record<string, unknown>[]
    const denied = shown['denied'] as Record<string, unknown>
    assert.deepEqual([approval?.['name'], approval?.['note'], approval?.['at']], ['rea', 'seen', at])
    assert.deepEqual([denied['name'], denied['user'], denied['at']], ['rob', rob.user, at])
    for (const receipt of [shown['receipt'], approval?.['receipt'], denied['receipt']])
      assert.match(String(receipt), /^rct_[0-9a-f]{32}$/)
    assert.equal(shown['requesterId'], ana.user)
  },
)

onEachStore(
  'an approval is bound to operation, input and requester',
  governanceMigrations,
  async (database) => {
    const { ask, consume } = await parked(database)
    await ask('review.approve', rea)
    assert.equal(await consume({ inputSha256: digestOf({ case: 'other' }).sha256 }), 'input_differs')
    assert.equal(await consume({ operation: 'case.set_tlp' }), 'input_differs')
    assert.equal(await consume({ actor: rob }), 'other_actor')
    assert.equal(await consume({ actor: { ...ana, organisation: 'org_b' } }), 'other_actor')
    assert.equal(await consume({ taskId: newId('rev') }), 'other_actor')
    assert.deepEqual(await consume(), [rea.user], 'a failed attempt uses nothing up')
  },
)

onEachStore('of two that use an approval at once one does', governanceMigrations, async (database) => {
  let meet = async () => {}
  const { ask, consume } = await parked(database, 1, { at }, () => meet())
  await ask('review.approve', rea)
  meet = meetingOfTwo(database)
  const answers = await Promise.all([consume(), consume(), consume()])
  assert.equal(answers.filter((answer) => Array.isArray(answer)).length, 1)
  assert.equal(answers.filter((answer) => answer === 'used').length, 2)
})

onEachStore('who asked decides nothing, and a person counts once', governanceMigrations, async (database) => {
  const { ask, consume, resumed } = await parked(database, 2)
  assert.equal(await ask('review.approve', ana), 'self_approval')
  assert.equal(await ask('review.deny', ana, { reason: 'no' }), 'self_approval')
  const first = await ask('review.approve', rea)
  assert.ok(typeof first === 'object')
  assert.equal(first['status'], 'pending')
  assert.equal(await ask('review.approve', rea), 'already_voted')
  assert.equal(await consume(), 'not_approved')
  assert.equal(resumed.length, 0)
  await ask('review.approve', rob)
  assert.equal(resumed.length, 1)
  assert.equal(await ask('review.approve', person('sam')), 'review_decided')
})

onEachStore('two last votes at once reach the quorum, once', governanceMigrations, async (database) => {
  const { ask, resumed } = await parked(database, 2, { at }, meetingOfTwo(database))
  await Promise.all([ask('review.approve', rea), ask('review.approve', rob)])
  assert.equal(resumed.length, 1)
})

onEachStore(
  'votes of people deactivated since are void, also at the very end',
  governanceMigrations,
  async (database) => {
    const { ask, consume, deactivated, resumed } = await parked(database, 2)
    await ask('review.approve', rea)
    deactivated.add(rea.user)
    const second = await ask('review.approve', rob)
    assert.ok(typeof second === 'object')
    assert.equal(second['status'], 'pending')
    await ask('review.approve', person('sam'))
    assert.equal(resumed.length, 1)
    deactivated.add(rob.user)
    assert.equal(await consume(), 'not_approved')
  },
)

onEachStore('a review is open for a day', governanceMigrations, async (database) => {
  const now = { at }
  const { governance, ask, consume } = await parked(database, 1, now)
  await ask('review.approve', rea)
  now.at = at + day
  assert.equal(await consume(), 'expired')
  assert.deepEqual(await governance.approvedWaiting(database.read), [])
  assert.equal(await ask('review.deny', rob, { reason: 'late' }), 'review_decided')
  const shown = await ask('review.detail', rob)
  assert.ok(typeof shown === 'object')
  assert.equal(shown['status'], 'expired')
})

onEachStore(
  'a denied review tells its reason and cannot be approved any more',
  governanceMigrations,
  async (database) => {
    const { ask, consume } = await parked(database)
    const denied = await ask('review.deny', rea, { reason: 'not this case' })
    assert.ok(typeof denied === 'object')
    assert.deepEqual([denied['status'], denied['reason']], ['denied', 'not this case'])
    assert.equal(await ask('review.approve', rob), 'review_decided')
    assert.equal(await consume(), 'not_approved')
  },
)

onEachStore(
  'reviews are listed by what they have become, and only one’s own',
  governanceMigrations,
  async (database) => {
    const now = { at }
    const { governance, ask, inTx, taskId } = await parked(database, 1, now)
    const asking = {
      operation: 'evidence.export',
      input,
      inputSha256,
      actor: ana,
      rule: 'r',
      quorum: 1,
      at: at + 1,
      receipt: newId('rct'),
    }
    await inTx((tx) => governance.park(tx, asking))
    await inTx((tx) => governance.park(tx, { ...asking, actor: { ...ana, organisation: 'org_b' } }))
    await ask('review.approve', rea)
    const listed = async (status?: string) => {
      const { registrations } = governance
      const query = status === undefined ? {} : { status }
      const answer = await performDirectly(database, {
        registrations,
        operation: 'review.list',
        actor: rea,
        input: query,
        at: now.at,
      })
      assert.ok(answer.ok)
      return (answer.value as { rows: { status: string }[] }).rows.map((row) => row.status)
    }
    assert.deepEqual(await listed(), ['pending', 'approved'])
    assert.deepEqual(await listed('pending'), ['pending'])
    assert.deepEqual(await listed('approved'), ['approved'])
    now.at = at + day
    assert.deepEqual(await listed('expired'), ['expired'])
    assert.deepEqual(await listed('approved'), [])
    const stranger = { ...rea, organisation: 'org_b' as const }
    assert.equal(await ask('review.detail', stranger, {}, taskId), 'review_unknown')
  },
)
