import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestServer } from '../../../tests/support/test-server.ts'

test('the state says by what something may have left, and a feed that is gone still counts', async (t) => {
  const server = await createTestServer(t, {
    config: { feedDestinations: 'syslog://siem.example:6514' },
  })
  const { admin, analyst } = server.a
  const before = await server.value(analyst, 'system.status', {})
  assert.deepEqual(before.outside, {
    requests: false,
    feeds: false,
    witnesses: 0,
    database: false,
    netGrants: 0,
  })
  assert.notEqual(before.storePlace, '')

  const feed = { name: 'siem', kind: 'syslog', to: 'siem.example:6514', reason: 'to try it' } as const
  await server.value(admin, 'feed.create', feed)
  await server.value(admin, 'feed.remove', { name: 'siem', reason: 'tried' })
  assert.deepEqual((await server.value(analyst, 'system.status', {})).outside, {
    ...before.outside,
    feeds: true,
  })
})
