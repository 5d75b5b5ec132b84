import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow } from '@switchboard/api'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { TestServer, Who } from '../../../../tests/support/test-server.ts'
import { stageNames } from './passage.ts'
import type { StageName, Stages } from './passage.ts'

/** What each stage is there for, as behaviour. Removing the stage must make its check fail. */
const checks: Readonly<Record<StageName, (s: TestServer) => Promise<void>>> = {
  async authenticate(s) {
    const { code } = await s.denial({ kind: 'token', secret: 'swb_nobody-has-this-secret' }, 'graph.search', {
      q: 'x',
    })
    assert.equal(code, 'unauthenticated')
  },
  async parse(s) {
    const denial = await s.denial(s.a.analyst, 'case.create', { title: 'x', owner: 'me' })
    assert.equal(denial.code, 'input_invalid')
  },
  async decide(s) {
    const { code } = await s.denial(s.a.analyst, 'budget.set', { limitMicros: '1' })
    assert.equal(code, 'policy_denied')
  },
  async approve(s) {
    const { id } = await s.value(s.a.analyst, 'case.create', { title: 'A leak', tlp: 'AMBER' })
    const { code } = await s.denial(s.a.analyst, 'evidence.export', { case: id })
    assert.equal(code, 'approval_required')
  },
  async reserve(s) {
    const id = await installed(s)
    await s.value(s.a.finops, 'budget.set', { limitMicros: '10' })
    const { code } = await s.denial(s.a.analyst, 'plugin.run', { id })
    assert.equal(code, 'budget_exceeded')
  },
  async run(s) {
    await s.gate.perform({ operation: 'case.create', input: { title: 'Here' }, caller: s.a.analyst })
    const { rows } = await s.value(s.a.analyst, 'case.list', {})
    assert.ok(
      rows.some((row) => row.title === 'Here'),
      'the case is not there',
    )
    await s.database.writer.transact({ by: 'bootstrap' }, (tx) => tx.deleteFrom('cases').execute())
  },
  async settle(s) {
    const id = await installed(s)
    const runsMetered = async (): Promise<number> => {
      const { rows } = await s.value(s.a.finops, 'usage.read', { by: 'package' })
      return rows.find((row) => row.key === id)?.runs ?? 0
    }
    const before = await runsMetered()
    await s.value(s.a.analyst, 'plugin.run', { id })
    assert.equal(await runsMetered(), before + 1, 'the run was not metered')
    const budget = await s.value(s.a.finops, 'budget.read', {})
    assert.ok(BigInt(budget.spentMicros) > 0n)
    assert.equal(budget.reservedMicros, '0')
  },
  async receipt(s) {
    const { receiptId } = await s.ask(s.a.analyst, 'case.create', { title: 'Receipted' })
    const found = (await s.receipts()).filter((receipt) => receipt.id === receiptId).length
    assert.equal(found, 1, `${found} receipts`)
  },
}

async function installed(s: TestServer): Promise<string> {
  const { rows } = await s.value(s.a.admin, 'plugin.list', { installed: true })
  return rows[0]?.name ?? (await s.install(s.a, {}))
}

/** Each stage as if it were not there: everything passes and nothing is done, as kindly as can be to what follows. */
function absentStages(analyst: Who): Stages {
  const pass = (): Promise<undefined> => Promise.resolve(undefined)
  return {
    authenticate(passage) {
      passage.actor = { ...analyst, name: 'somebody', roles: ['analyst'], demo: false, kind: 'user' }
      return pass()
    },
    parse(passage) {
      passage.input = passage.request.input
      return pass()
    },
    decide: pass,
    approve: pass,
    reserve: pass,
    run(passage) {
      passage.outcome = allow({ rows: [] })
      return pass()
    },
    settle: pass,
    receipt: pass,
  }
}

/** How a check fails when its stage is gone, so that it cannot fail for a reason of its own. */
const failures: Readonly<Record<StageName, RegExp>> = {
  authenticate: /graph\.search was allowed/,
  parse: /case\.create was allowed/,
  decide: /budget\.set was allowed/,
  approve: /evidence\.export was allowed/,
  reserve: /plugin\.run was allowed/,
  run: /the case is not there/,
  settle: /the run was not metered/,
  receipt: /0 receipts/,
}

for (const name of stageNames) {
  test(`the check of the stage "${name}" holds, and fails when that stage is removed`, async (t) => {
    const s = await createTestServer(t)
    await checks[name](s)
    await s.reopen({ stages: { [name]: absentStages(s.a.analyst)[name] } })
    await assert.rejects(() => checks[name](s), { name: 'AssertionError', message: failures[name] })
  })
}

test('every operation passes the stages in one order, whatever its effect', async (t) => {
  const points: string[] = []
  let recording: string | undefined
  const s = await createTestServer(t, {
    onPoint: (point, { spec }) => {
      if (spec.name === recording) points.push(point)
    },
  })
  const id = await s.install(s.a, {})
  async function pointsOf(operation: string, input: unknown): Promise<readonly string[]> {
    recording = operation
    points.length = 0
    await s.ask(s.a.analyst, operation, input)
    return [...points]
  }
  assert.deepEqual(await pointsOf('case.list', {}), ['authenticate', 'parse', 'decide', 'reserve', 'run'])
  assert.deepEqual(await pointsOf('case.create', { title: 'x' }), [...stageNames, 'committed'])
  assert.deepEqual(await pointsOf('plugin.run', { id }), [
    'authenticate',
    'parse',
    'decide',
    'approve',
    'reserve',
    'intent_committed',
    'run',
    'settle',
    'receipt',
    'committed',
  ])
  assert.deepEqual(await pointsOf('budget.set', { limitMicros: '1' }), [
    'authenticate',
    'parse',
    'decide',
    'committed',
  ])
})
