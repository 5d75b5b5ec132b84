import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import { handleExternal, handleRead, operationOf } from '../../apps/server/src/kernel/handler.ts'
import { createTestGate, testVia, trustedCode } from '../support/test-gate.ts'
import { createTestServer } from '../support/test-server.ts'

test('a refused call costs what a call costs', async (t) => {
  const s = await createTestServer(t)
  const code =
    'for (let i = 0; i < args.times; i += 1) await api.cases.read({ id: args.id }).catch(() => {}); return 1'
  await s.install(s.a, { code, budgets: { calls: 20 } })
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x' })
  const run = await s.value(s.a.analyst, 'plugin.run', { id: 'probe', input: { times: 20, id } })
  const receipts = await s.receipts({ operation: 'case.read' })
  assert.deepEqual(
    receipts.map(({ decision }) => decision),
    Array.from({ length: 20 }, () => 'denied'),
  )
  const cost = receipts.reduce((sum, receipt) => sum + receipt.cost_micros, 0)
  assert.ok(cost >= 20 && cost < Number(run.costMicros), String(cost))
})

test('a run that is refused over and over is told when its calls are used up, which ends it', async (t) => {
  const s = await createTestServer(t)
  const codes: string[] = []
  const via = testVia({ calls: 10, declared: [] })
  const run = handleExternal(operationOf('plugin.run'), {
    resource: trustedCode,
    async run(ctx) {
      for (let i = 0; i < 13; i += 1) {
        const input = i % 2 === 0 ? { q: 'x' } : { malformed: true }
        const { outcome } = await ctx.perform('graph.search', input, { via })
        codes.push((outcome as { denial: Denial }).denial.code)
      }
      return { outcome: allow({}) as never }
    },
  })
  const search = handleRead(operationOf('graph.search'), { run: async () => allow({ rows: [] }) })
  const gate = createTestGate(s, [run, search])
  await gate.perform({ operation: 'plugin.run', input: { id: 'probe' }, caller: s.a.analyst })
  assert.deepEqual(codes, [
    ...Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? 'CapabilityDenied' : 'input_invalid')),
    ...Array.from({ length: 3 }, () => 'BudgetExceeded:calls'),
  ])
  assert.equal(via.lease.calls, 0)
})
