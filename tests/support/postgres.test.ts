import assert from 'node:assert/strict'
import test from 'node:test'
import { Client } from 'pg'
import { startPostgres } from './postgres.ts'

test('a throw-away PostgreSQL answers with fsync on and is gone after stop', async (t) => {
  const postgres = await startPostgres()
  if ('unavailable' in postgres) return t.skip(postgres.unavailable)
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  const { rows } = await client.query(
    "select current_setting('fsync') as fsync, current_setting('listen_addresses') as at",
  )
  await client.end()
  assert.deepEqual(rows, [{ fsync: 'on', at: '127.0.0.1' }])

  await postgres.stop()
  await assert.rejects(new Client({ connectionString: postgres.url }).connect(), { code: 'ECONNREFUSED' })
})
