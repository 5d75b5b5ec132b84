import { test } from 'node:test'
import { performFullJourney } from '../support/full-journey.ts'
import { startPostgres } from '../support/postgres.ts'
import { createTestServer } from '../support/test-server.ts'

test('everything that people do works the same on PostgreSQL, by setting one address', async (t) => {
  const postgres = await startPostgres()
  if ('unavailable' in postgres) return t.skip(postgres.unavailable)
  t.after(() => postgres.stop())
  const s = await createTestServer(t, {
    database: postgres.url,
    config: { feedDestinations: 'https://siem.corp.example:443' },
    // The receiver is nowhere; that its feed waits for it is written like everything else.
    resolve: () => Promise.resolve([]),
  })
  await performFullJourney(s)
  // Hooks run in the order they were made, and this server must end before its store does.
  await s.close()
})
