import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestServer } from '../../../../../tests/support/test-server.ts'

const secret = 'a-key-that-nobody-guesses-0123456789'

test('a run whose input holds a secret of its package is not recorded, whatever the spelling', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(
    s.a,
    {
      name: 'asks',
      code: 'return { length: JSON.stringify(args).length }',
      manifest: { capabilities: { net: ['api.example.org'], secrets: ['api-key'] } },
    },
    ['net:api.example.org', 'secret:api-key'],
  )
  await s.value(s.a.admin, 'secret.set', {
    package: id,
    name: 'api-key',
    hosts: ['api.example.org'],
    value: secret,
  })
  const spellings = [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')]
  for (const text of spellings) {
    const { runId } = await s.value(s.a.analyst, 'plugin.run', { id, input: { text } })
    const denial = await s.denial(s.a.analyst, 'run.replay', { id: runId })
    assert.deepEqual([denial.code, denial.params['rule']], ['run_not_replayable', 'secret'])
  }
  const { runId } = await s.value(s.a.analyst, 'plugin.run', { id, input: { text: 'harmless' } })
  assert.equal((await s.value(s.a.analyst, 'run.replay', { id: runId })).verdict, 'same')
  const rows = await s.database.read.selectFrom('run_recordings').select(['body', 'withheld_by']).execute()
  assert.deepEqual(
    rows.map((row) => row.withheld_by),
    ['secret', 'secret', 'secret', null],
  )
})
