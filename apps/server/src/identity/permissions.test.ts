import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue } from '@switchboard/api'
import { createTestServer } from '../../../../tests/support/test-server.ts'

test('everybody learns what their roles may do, and which roles could do the rest', async (t) => {
  const s = await createTestServer(t)
  const { rows } = await s.value(s.a.analyst, 'user.permissions', {})
  assert.deepEqual(
    rows.map((row) => row.operation),
    catalogue.map(({ name }) => name),
  )
  const of = (operation: string) => rows.find((row) => row.operation === operation)
  assert.equal(of('plugin.run')?.may, true)
  assert.deepEqual([of('plugin.install')?.may, of('plugin.install')?.roles], [false, ['administrator']])
  // What it says beforehand is what policy says then.
  const refused = await s.denial(s.a.analyst, 'plugin.install', { id: 'ioc-triage' })
  assert.equal(refused.code, 'policy_denied')
})
