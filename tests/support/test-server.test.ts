import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestServer } from './test-server.ts'

test('the composed server installs a signed package and runs it in the real sandbox', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, { code: 'return { ok: true, doubled: args.n * 2 }' })
  const run = await s.value(s.a.analyst, 'plugin.run', { id, input: { n: 21 } })
  assert.deepEqual(run.result, { ok: true, doubled: 42 })
  const receipts = await s.receipts({ operation: 'plugin.run' })
  assert.deepEqual(
    receipts.map((receipt) => [receipt.phase, receipt.decision]),
    [
      ['intent', 'allowed'],
      ['outcome', 'allowed'],
    ],
  )
})
