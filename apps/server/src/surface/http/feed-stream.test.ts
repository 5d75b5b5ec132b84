import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { allow, deny, gateDenials } from '@switchboard/api'
import { fastify } from 'fastify'
import { createLogger } from '../../kernel/log.ts'
import { createMetrics } from '../metrics.ts'
import type { SurfaceDeps } from '../ports.ts'
import { addFeedStream } from './feed-stream.ts'
import { createFakeGate, startSurface } from '../testing/surface-under-test.ts'

interface Asked {
  readonly after?: string
  readonly limit: number
  readonly tlp?: string
}

/** A log of so many records, as `feed.read` would page it; it can grow, and be closed to whoever reads. */
function fakeFeed(existing: number, text = '') {
  const state = { size: existing, mayRead: true, asked: [] as Asked[] }
  const gate = createFakeGate((request) => {
    if (!state.mayRead) return deny(gateDenials, 'unauthenticated', { reason: 'revoked' })
    const asked = request.input as Asked
    state.asked.push(asked)
    const from = Number(asked.after ?? 0)
    const to = Math.min(state.size, from + asked.limit)
    const records = Array.from({ length: to - from }, (_, i) => ({
      kind: 'receipt',
      index: from + i,
      text,
      cursor: String(from + i + 1),
    }))
    return allow({ records, cursor: String(to), more: to < state.size })
  })
  return { gate, state }
}

const indexesIn = (text: string): number[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { index: number }).index)

test('records come as lines, page after page, and end with what there is', async () => {
  const { gate, state } = fakeFeed(450)
  await using server = await startSurface(gate)
  const response = await fetch(`${server.baseUrl}/evidence/feed?tlp=GREEN`)
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson')
  assert.equal(response.headers.get('cache-control'), 'no-store')
  assert.deepEqual(
    indexesIn(await response.text()),
    Array.from({ length: 450 }, (_, i) => i),
  )
  assert.deepEqual(
    state.asked.map(({ after, limit, tlp }) => [after, limit, tlp]),
    [
      [undefined, 200, 'GREEN'],
      ['200', 200, 'GREEN'],
      ['400', 200, 'GREEN'],
    ],
  )
  const some = await fetch(`${server.baseUrl}/evidence/feed?after=440&limit=3`)
  assert.deepEqual(indexesIn(await some.text()), [440, 441, 442])
})

test('what cannot be read as a question is refused before a stream begins', async () => {
  const { gate } = fakeFeed(1)
  await using server = await startSurface(gate)
  for (const query of ['follow=yes', 'follow=true&follow=true', 'limit=0', 'limit=x', 'after=1&after=2']) {
    const response = await fetch(`${server.baseUrl}/evidence/feed?${query}`)
    assert.equal(response.status, 400, query)
  }
})

test('a stream that is followed goes on with what is new, and says when its reader may no longer read', async () => {
  const { gate, state } = fakeFeed(2)
  await using server = await startSurface(gate)
  const response = await fetch(`${server.baseUrl}/evidence/feed?follow=true`)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  assert.ok(reader !== undefined)
  let text = ''
  const untilText = async (wanted: RegExp): Promise<void> => {
    while (!wanted.test(text)) {
      const { done, value } = await reader.read()
      assert.ok(!done, `it ended with ${text}`)
      text += value
    }
  }
  await untilText(/"index":1/)
  state.size = 4
  await untilText(/"index":3/)
  state.mayRead = false
  await untilText(/\{"kind":"end","v":1,"code":"unauthenticated"\}/)
  assert.equal((await reader.read()).done, true)
})

test('a reader that takes nothing is not read for: no page is asked for before the one before is taken', async () => {
  // Pages of 20 MB each: what the machine keeps on the way is a small part of one.
  const { gate, state } = fakeFeed(2_000, 'x'.repeat(100_000))
  await using server = await startSurface(gate)
  const { hostname, port } = new URL(server.baseUrl)
  const socket = connect(Number(port), hostname)
  socket.write(`GET /evidence/feed HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`)
  await new Promise((resolve) => socket.once('readable', resolve))
  await sleep(300)
  assert.equal(state.asked.length, 1)
  socket.destroy()
})

test('a quiet stream says that it is there, with its cursor', async (t) => {
  const { gate } = fakeFeed(1)
  const app = fastify()
  app.decorateRequest('trace')
  app.addHook('onRequest', async (request) => {
    request.trace = { traceId: '1'.repeat(32), traceparent: '' }
  })
  t.after(() => app.close())
  const shares = { streams: 1, streamsOfOne: 1, lookMs: 2, heartbeatMs: 10, patienceMs: 1_000 }
  const deps = { gate, metrics: createMetrics(), log: createLogger('silent') }
  // A stream asks nothing else of a surface.
  addFeedStream(app, deps as unknown as SurfaceDeps, shares)
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const response = await fetch(`${address}/evidence/feed?follow=true`)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!/(\{"kind":"heartbeat","v":1,"cursor":"1"\}\n){2}/.test(text)) {
    const { done, value } = (await reader?.read()) ?? { done: true }
    assert.ok(!done, `it ended with ${text}`)
    text += value
  }
  assert.deepEqual(indexesIn(text.split('\n')[0] ?? ''), [0])
  await reader?.cancel()
})

test('an organisation has its share of streams, and those that are left make room', async () => {
  const { gate } = fakeFeed(1)
  await using server = await startSurface(gate)
  const address = `${server.baseUrl}/evidence/feed?follow=true`
  const streams = await Promise.all(Array.from({ length: 8 }, () => fetch(address)))
  assert.ok(streams.every(({ status }) => status === 200))
  const refused = await fetch(address)
  assert.equal(refused.status, 429)
  assert.equal(((await refused.json()) as { code: string }).code, 'organisation_streams_exhausted')
  await streams[0]?.body?.cancel()
  for (let status = 0; status !== 200;) {
    const again = await fetch(address)
    ;({ status } = again)
    if (status === 200) streams[0] = again
    else await sleep(10)
  }
  for (const stream of streams) await stream.body?.cancel()
})
