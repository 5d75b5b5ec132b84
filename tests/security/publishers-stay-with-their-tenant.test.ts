import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBundle } from '@switchboard/bundle'
import { createTestServer } from '../support/test-server.ts'
import { buildPackage } from '../support/test-package.ts'

test('a bundle names a publisher as its own organisation does, not as another that pinned the same key', async (t) => {
  const s = await createTestServer(t)
  // The other organisation comes first, so that it would be found first.
  const bytes = await buildPackage({ name: 'shared' })
  await s.add(s.b, bytes)
  const named = await s.server.database.read
    .selectFrom('publishers')
    .select(['organisation', 'publisher'])
    .execute()
  assert.equal(named.length, 2)
  await s.server.database.writer.transact({ by: 'bootstrap' }, async (tx) => {
    for (const table of ['publishers', 'packages'] as const) {
      const name = { publisher: 'What B calls them' }
      await tx.updateTable(table).set(name).where('organisation', '=', s.b.organisation).execute()
    }
  })
  const id = await s.install(s.a, bytes)
  const incident = await s.value(s.a.analyst, 'case.create', { title: 'x' })
  await s.value(s.a.analyst, 'plugin.run', { id, case: incident.id })
  const { bundle } = await s.value(s.a.analyst, 'evidence.export', { case: incident.id })
  const { manifest } = readBundle(Buffer.from(bundle, 'base64'))
  const listed = manifest['bundle'] as { marketplace: { publisher: string }[] }
  assert.deepEqual(
    listed.marketplace.map((row) => row.publisher),
    ['Test publisher'],
  )
})
