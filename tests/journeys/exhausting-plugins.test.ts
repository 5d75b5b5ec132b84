import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { atRest, clientOf } from '../support/http-client.ts'
import type { Ask } from '../support/http-client.ts'
import { startServer } from '../support/running-server.ts'
import type { RunningServer } from '../support/running-server.ts'
import { buildPackage, samplePackage, testPublisher } from '../support/test-package.ts'

let server: RunningServer
let ask: Ask

before(async () => {
  server = await startServer()
  ask = await clientOf(server)
  const hostile = await samplePackage('hostile-exhaust')
  const patient = await samplePackage('hostile-exhaust', {
    name: 'hostile-patient',
    budgets: { ms: 60_000, cpuMs: 5_000 },
  })
  const code = 'return { ok: true, found: (await api.graph.search({ q: args.q, limit: 3 })).length }'
  const neighbour = await buildPackage({
    name: 'neighbour',
    code,
    manifest: { capabilities: { graph: ['read'], network: false } },
  })
  const entities = Array.from({ length: 1000 }, (_, i) => ({ key: `x:${i}`, type: 'thing', name: `a ${i}` }))
  for (const [path, body] of [
    ['/publishers', { publisher: 'Test publisher', key: testPublisher.publicKeyPem }],
    ['/packages', { content: hostile.toString('base64') }],
    ['/packages', { content: patient.toString('base64') }],
    ['/packages', { content: neighbour.toString('base64') }],
    ['/graph/imports', { source: { name: 'test', version: '1', licence: 'CC0-1.0' }, entities }],
    [
      '/plugins/hostile-exhaust/reviews',
      { note: 'read: it is hostile, and runs here to show that it is held' },
    ],
    ['/plugins/hostile-patient/reviews', { note: 'read: the same with more time' }],
    ['/plugins/neighbour/reviews', { note: 'read' }],
    ['/plugins/hostile-exhaust/install', { minimal: true }],
    ['/plugins/hostile-patient/install', { minimal: true }],
    ['/plugins/neighbour/install', { minimal: true }],
  ] as const) {
    const answer = await ask('POST', path, body)
    assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`)
  }
})
after(() => server[Symbol.asyncDispose]())

for (const [way, expected] of [
  ['loop', 'BudgetExceeded:cpu'],
  ['promise-loop', 'BudgetExceeded:cpu'],
  ['memory', 'BudgetExceeded:memory'],
  ['rows', 'BudgetExceeded:rows'],
] as const) {
  test(
    `a plugin that exhausts by ${way} ends as its typed denial with a receipt, while another keeps answering`,
    { timeout: 60_000 },
    async () => {
      let over = false
      const hostileRun = ask('POST', '/plugins/hostile-patient/runs', { input: { way } }).finally(
        () => (over = true),
      )
      let answers = 0
      do {
        const { status, body } = await ask('POST', '/plugins/neighbour/runs', { input: { q: 'a' } })
        assert.deepEqual([status, body.result], [200, { ok: true, found: 3 }])
        answers += 1
      } while (!over)
      const { status, body, headers } = await hostileRun
      assert.equal(status, 429, JSON.stringify(body))
      assert.equal(body.code, expected)
      assert.ok(body.params.used > 0 && body.params.allowed > 0, JSON.stringify(body.params))
      assert.ok(body.change.length > 0)
      assert.ok(answers > 0)

      await atRest(ask)
      const receiptId = (headers.get('switchboard-receipt') ?? '').split(';')[0]
      const { receipt, parts } = (await ask('GET', `/receipts/${receiptId}`)).body
      assert.deepEqual(
        [receipt.operation, receipt.phase, receipt.decision],
        ['plugin.run', 'outcome', 'denied'],
      )
      assert.equal((parts.output.value ?? parts.output).denial.code, body.code)
      const { body: neighbours } = await ask(
        'GET',
        '/receipts?package=neighbour&operation=plugin.run&limit=1000',
      )
      assert.ok(neighbours.rows.every((row: { decision: string }) => row.decision === 'allowed'))
    },
  )
}

test('sleeping ends by the clock and costs no CPU budget', { timeout: 60_000 }, async () => {
  const { status, body } = await ask('POST', '/plugins/hostile-exhaust/runs', { input: { way: 'sleep' } })
  assert.deepEqual([status, body.code], [429, 'BudgetExceeded:time'])
  assert.ok(body.params.used >= body.params.allowed)
  const { body: runs } = await ask('GET', '/runs?package=hostile-exhaust&limit=1')
  const { body: detail } = await ask('GET', `/runs/${runs.rows[0].id}`)
  // Its CPU budget is 500 ms; a second of sleep uses what starting it does.
  assert.ok(detail.usage.wallMicros >= 900_000, JSON.stringify(detail.usage))
  assert.ok(detail.usage.cpuMicros < 250_000, JSON.stringify(detail.usage))
})
