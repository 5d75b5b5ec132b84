import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, caseDenials, deny } from '@switchboard/api'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { StoredReceipt, TestServer } from '../../../../tests/support/test-server.ts'
import { createTestGate, testVia, trustedCode } from '../../../../tests/support/test-gate.ts'
import { handleExternal, handleRead, operationOf } from '../kernel/handler.ts'

const settings = { region: 'eu-1', residency: 'eu-2' }

async function receiptsOf(s: TestServer, operation: string): Promise<readonly StoredReceipt[]> {
  return await s.receipts({ operation })
}

function part(receipt: StoredReceipt | undefined, name: string): Record<string, unknown> {
  assert.ok(receipt !== undefined, 'there is such a receipt')
  return receipt.parts[name] ?? {}
}

test('a receipt says under which rules and reasons, and where: region, residency, TLP and PAP', async (t) => {
  const s = await createTestServer(t, { config: settings })
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'T', tlp: 'AMBER', pap: 'GREEN' })
  await s.value(s.a.analyst, 'case.add_note', { id, text: 'x' })
  const [note] = await receiptsOf(s, 'case.add_note')
  assert.deepEqual(part(note, 'place'), { region: 'eu-1', residency: 'eu-2', tlp: 'AMBER', pap: 'GREEN' })
  const { rules, reasons } = part(note, 'policy') as { rules: string[]; reasons: string[] }
  assert.equal(reasons.length, rules.length)
  assert.match(reasons[0] ?? '', /^An analyst/)
})

test('what is refused says so in its receipt, reads by people included, with rule, reason and place', async (t) => {
  const s = await createTestServer(t, { config: settings })
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'T', tlp: 'AMBER', pap: 'RED' })
  await s.denial(s.a.finops, 'case.read', { id })
  await s.denial(s.a.analyst, 'budget.set', { limitMicros: '1' })
  for (const operation of ['case.read', 'budget.set']) {
    const [refused] = await receiptsOf(s, operation)
    assert.equal(refused?.decision, 'denied')
    const policy = part(refused, 'policy') as { effect: string; rules: string[]; reasons: string[] }
    assert.equal(policy.effect, 'forbid')
    assert.ok(policy.rules.length > 0 && policy.reasons.length === policy.rules.length, operation)
    const { denial } = part(refused, 'output') as { denial: { code: string } }
    assert.equal(denial.code, 'policy_denied')
  }
  assert.deepEqual(part((await receiptsOf(s, 'case.read'))[0], 'place'), {
    region: 'eu-1',
    residency: 'eu-2',
    tlp: 'AMBER',
    pap: 'RED',
  })
})

test("a plugin's call is marked at least as strictly as what its run was given", async (t) => {
  const s = await createTestServer(t)
  const marked = { tlp: 'AMBER', pap: 'AMBER' }
  const given: ({ tlp?: string; pap?: string } | undefined)[] = [
    undefined,
    { tlp: 'GREEN' },
    { tlp: 'RED', pap: 'CLEAR' },
  ]
  const gate = createTestGate(s, [
    handleRead(operationOf('graph.search'), {
      run(ctx) {
        ctx.place(given.shift() ?? {})
        return Promise.resolve(allow({ rows: [] }))
      },
    }),
    handleExternal(operationOf('plugin.run'), {
      resource: trustedCode,
      async run(ctx) {
        for (let call = 0; call < 3; call += 1)
          await ctx.perform('graph.search', { q: 'x' }, { via: testVia({ marked: { ...marked } }) })
        return { outcome: deny(caseDenials, 'case_unknown', { case: 'none' }) }
      },
    }),
  ])
  await gate.perform({ operation: 'plugin.run', input: { id: 'probe' }, caller: s.a.analyst })
  const places = (await receiptsOf(s, 'graph.search')).map((receipt) => part(receipt, 'place'))
  const where = { region: 'local', residency: 'local-2' }
  assert.deepEqual(places, [
    { ...where, tlp: 'AMBER', pap: 'AMBER' },
    { ...where, tlp: 'AMBER', pap: 'AMBER' },
    { ...where, tlp: 'RED', pap: 'AMBER' },
  ])
})
