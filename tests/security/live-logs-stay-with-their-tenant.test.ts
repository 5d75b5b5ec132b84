import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSurface } from '../../apps/server/src/surface/testing/surface-under-test.ts'
import { createTestServer } from '../support/test-server.ts'
import type { Who } from '../support/test-server.ts'

const stranger = 'run_00000000000000000000000000000000'

test('nobody of another organisation follows a run, live or ended, from wherever they say they were', async (t) => {
  const s = await createTestServer(t)
  const code = `
    console.log('a line of A alone')
    for (;;) { await api.sleep(1); await api.graph.search({ q: 'nobody' }) }
  `
  const manifest = {
    capabilities: { graph: ['read'], network: false },
    budgets: { ms: 60_000, cpuMs: 30_000, memoryMB: 64, rows: 100, calls: 100_000 },
  }
  const id = await s.install(s.a, { name: 'talker', code, manifest }, ['read:graph'])
  await using server = await startSurface(s.gate, {
    deps: {
      events: {
        subscribe: (run, after, push) =>
          s.server.plugins.follow(run, after, (event) =>
            push(event === 'end' ? { end: true } : { line: event }),
          ),
      },
    },
  })
  const tokenOf = async (who: Who) =>
    (await s.value(who, 'token.create', { name: 'follower', scopes: ['run.detail', 'run.log'] })).secret
  const [ofA, ofB] = [await tokenOf(s.a.analyst), await tokenOf(s.b.admin)]
  const ask = (path: string, token: string | undefined, lastEventId?: string) =>
    fetch(`${server.baseUrl}/runs/${path}`, {
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
    })
  async function refusedToAll(run: string): Promise<void> {
    for (const path of [`${run}/events`, `${run}/log`]) {
      for (const lastEventId of [undefined, '0', '1', '9999999999']) {
        const answer = await ask(path, ofB, lastEventId)
        const text = await answer.text()
        assert.deepEqual([answer.status, (JSON.parse(text) as { code: string }).code], [404, 'run_unknown'])
        assert.doesNotMatch(text, /line of A/)
        // Not even that there is such a run: the answer about one that never was is the same.
        const nothing = await (await ask(path.replace(run, stranger), ofB, lastEventId)).text()
        const alike = (said: string, id: string) =>
          said.replaceAll(id, 'RUN').replaceAll(/"(instance|traceId|receiptId)":"[^"]*"/g, '')
        assert.equal(alike(text, run), alike(nothing, stranger))
      }
      assert.equal((await ask(path, undefined)).status, 401)
    }
  }

  const { runId } = await s.value(s.a.analyst, 'run.submit', { id })
  const live = await ask(`${runId}/events`, ofA)
  assert.equal(live.status, 200)
  const reader = live.body?.getReader()
  assert.ok(reader)
  const decoder = new TextDecoder()
  let heard = ''
  while (!heard.includes('a line of A alone'))
    heard += decoder.decode((await reader.read()).value, { stream: true })
  await refusedToAll(runId)
  await s.value(s.a.analyst, 'run.cancel', { id: runId })
  for (let read = await reader.read(); !read.done; read = await reader.read())
    heard += decoder.decode(read.value)
  assert.match(heard, /event: end/)
  await refusedToAll(runId)
  const later = await (await ask(`${runId}/events`, ofA, '0')).text()
  assert.match(later, /a line of A alone/)
})
