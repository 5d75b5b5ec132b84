import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { allow, deny, pluginDenials } from '@switchboard/api'
import { createFakeGate, startSurface } from '../testing/surface-under-test.ts'
import type { OrganisationId } from '../../kernel/ids.ts'
import type { EventsPort } from '../ports.ts'

const run = `run_${'1'.repeat(32)}`

/** Lines that are there already, and a way to add more. */
function createFakeLog(existing: number) {
  const followers = new Set<Parameters<EventsPort['subscribe']>[2]>()
  const line = (number: number, text = `line ${number}`) => ({ line: number, stream: 'out', text, at: 0 })
  const events: EventsPort = {
    subscribe(_run, after, push) {
      for (let number = after + 1; number <= existing; number += 1) push({ line: line(number) })
      followers.add(push)
      return () => void followers.delete(push)
    },
  }
  return {
    events,
    followers,
    add: (number: number, text?: string) => followers.forEach((push) => push({ line: line(number, text) })),
    end: () => followers.forEach((push) => push({ end: true })),
  }
}
const running = createFakeGate(() => allow({ run: { id: run, state: 'running' } }))
const idsIn = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2)
}

test('a log is streamed line by line with its numbers, and says when it ends', async () => {
  const log = createFakeLog(2)
  await using server = await startSurface(running, { deps: { events: log.events } })
  const response = await fetch(`${server.baseUrl}/runs/${run}/events`)
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
  assert.equal(response.headers.get('cache-control'), 'no-store')
  await until(() => log.followers.size === 1)
  log.add(3, 'a\nb')
  log.end()
  const text = await response.text()
  assert.deepEqual(idsIn(text), [1, 2, 3])
  assert.match(text, /data: \{"line":3,"stream":"out","text":"a\\nb","at":0\}\n\n/)
  assert.match(text, /event: end\ndata: \{\}\n\n$/)
  assert.equal(log.followers.size, 0)
})

test('a reader that comes back with Last-Event-ID gets what it missed and nothing twice', async () => {
  const log = createFakeLog(5)
  await using server = await startSurface(running, { deps: { events: log.events } })
  const response = await fetch(`${server.baseUrl}/runs/${run}/events`, { headers: { 'last-event-id': '3' } })
  await until(() => log.followers.size === 1)
  log.end()
  assert.deepEqual(idsIn(await response.text()), [4, 5])
  const bad = await fetch(`${server.baseUrl}/runs/${run}/events`, { headers: { 'last-event-id': '-1' } })
  assert.equal(bad.status, 400)
})

test('whoever may not see the run may not follow it', async () => {
  const log = createFakeLog(1)
  await using server = await startSurface(
    createFakeGate(() => deny(pluginDenials, 'run_unknown', { run })),
    { deps: { events: log.events } },
  )
  const response = await fetch(`${server.baseUrl}/runs/${run}/events`)
  assert.deepEqual(
    [response.status, ((await response.json()) as { code: string }).code],
    [404, 'run_unknown'],
  )
  assert.equal(log.followers.size, 0)
})

test('a reader that takes nothing is let go instead of being buffered without bound', async () => {
  const log = createFakeLog(0)
  await using server = await startSurface(running, { deps: { events: log.events } })
  const { port } = new URL(server.baseUrl)
  const socket = connect(Number(port), '127.0.0.1')
  socket.pause()
  socket.write(`GET /runs/${run}/events HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  await until(() => log.followers.size === 1)
  // Far more than the kernel's own buffers and ours together.
  for (let number = 1; number <= 400 && log.followers.size > 0; number += 1) {
    log.add(number, 'x'.repeat(64 * 1024))
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(log.followers.size, 0)
  socket.destroy()
})

test('a reader that leaves is forgotten, and a stopping server does not wait for those who stay', async () => {
  const log = createFakeLog(0)
  const server = await startSurface(running, { deps: { events: log.events } })
  const leaving = new AbortController()
  await fetch(`${server.baseUrl}/runs/${run}/events`, { signal: leaving.signal })
  await until(() => log.followers.size === 1)
  leaving.abort()
  await until(() => log.followers.size === 0)
  const staying = await fetch(`${server.baseUrl}/runs/${run}/events`)
  await until(() => log.followers.size === 1)
  const [text] = await Promise.all([staying.text(), server.surface.close()])
  assert.doesNotMatch(text, /event: end/)
  assert.equal(log.followers.size, 0)
})

/** Each caller's token is the name of its organisation. */
const runningForMany = createFakeGate(
  () => allow({ run: { id: run, state: 'running' } }),
  ({ caller }) => (caller.kind === 'none' ? '' : caller.secret) as OrganisationId,
)
const followAs = (baseUrl: string, organisation: string, signal: AbortSignal) =>
  fetch(`${baseUrl}/runs/${run}/events`, { headers: { authorization: `Bearer ${organisation}` }, signal })

test('an organisation that uses up its streams is told so, keeps no other from following, and gets them back', async () => {
  const log = createFakeLog(1)
  await using server = await startSurface(runningForMany, { deps: { events: log.events } })
  const one = new AbortController()
  const rest = new AbortController()
  const first = await followAs(server.baseUrl, 'swb_a', one.signal)
  assert.equal(first.status, 200)
  // At once, so that none of them has been counted when another is asked for.
  const many = await Promise.all(
    Array.from({ length: 60 }, () => followAs(server.baseUrl, 'swb_a', rest.signal)),
  )
  const refused = many.filter(({ status }) => status === 429)
  assert.deepEqual([many.filter(({ status }) => status === 200).length, refused.length], [49, 11])
  const problem = (await refused[0]?.json()) as { code: string; params: { allowed: number } }
  assert.deepEqual([problem.code, problem.params], ['organisation_streams_exhausted', { allowed: 50 }])
  assert.match(await server.metrics.text(), /gate_denials_total\{code="organisation_streams_exhausted"\} 11/)

  const other = await followAs(server.baseUrl, 'swb_b', rest.signal)
  assert.equal(other.status, 200)
  one.abort()
  await until(() => log.followers.size === 50)
  assert.equal((await followAs(server.baseUrl, 'swb_a', rest.signal)).status, 200)
  // Kept until here: an answer that nobody holds any more is closed.
  assert.equal(first.ok && other.ok && many.length, 60)
  rest.abort()
  await until(() => log.followers.size === 0)
})

test('the server has an end too, whoever asks', async () => {
  const log = createFakeLog(0)
  await using server = await startSurface(runningForMany, { deps: { events: log.events } })
  const staying = new AbortController()
  // Kept: an answer that nobody holds any more is closed.
  const followed: Response[] = []
  for (const organisation of ['swb_a', 'swb_b', 'swb_c', 'swb_d'])
    followed.push(
      ...(await Promise.all(
        Array.from({ length: 50 }, () => followAs(server.baseUrl, organisation, staying.signal)),
      )),
    )
  assert.ok(followed.every(({ status }) => status === 200))
  const refused = await followAs(server.baseUrl, 'swb_e', staying.signal)
  assert.equal(refused.status, 429)
  assert.equal(((await refused.json()) as { code: string }).code, 'streams_exhausted')
  assert.equal(followed.length, log.followers.size)
  staying.abort()
  await until(() => log.followers.size === 0)
})
