import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestServer } from '../support/test-server.ts'
import type { TestServer } from '../support/test-server.ts'

async function ended(s: TestServer, id: string) {
  for (;;) {
    const detail = await s.value(s.a.analyst, 'run.detail', { id })
    if (detail.run.endedAt !== null) return detail
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('a run that a token submits may do no more than one that it performs at once', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(
    s.a,
    {
      name: 'reader',
      code: "try { return await api.graph.search({ q: 'x' }) } catch (e) { return { refused: e.params.rules } }",
      manifest: { capabilities: { graph: ['read'] } },
    },
    ['read:graph'],
  )
  const tokenWith = async (...scopes: string[]) => {
    const { secret } = await s.value(s.a.analyst, 'token.create', { name: 'narrow', scopes })
    return { kind: 'token', secret } as const
  }
  const refused = { refused: ['token-scope'] }
  const atOnce = await s.value(await tokenWith('plugin.run'), 'plugin.run', { id })
  assert.deepEqual(atOnce.result, refused)
  const narrow = await s.value(await tokenWith('run.submit'), 'run.submit', { id })
  assert.deepEqual((await ended(s, narrow.runId)).result, refused)
  const wide = await s.value(await tokenWith('run.submit', 'graph.search'), 'run.submit', { id })
  assert.deepEqual((await ended(s, wide.runId)).result, [])
  const all = await s.value(s.a.analyst, 'run.submit', { id })
  assert.deepEqual((await ended(s, all.runId)).result, [])
})
