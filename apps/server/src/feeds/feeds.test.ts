import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { RequestListener, ServerResponse } from 'node:http'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { outsideWorld } from '../../../../tests/support/outside-world.ts'
import type { OutsideWorld } from '../../../../tests/support/outside-world.ts'
import { makeAuthority } from '../../../../tests/support/certificates.ts'
import { startPostgres } from '../../../../tests/support/postgres.ts'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { People, TestServer, TestServerOptions } from '../../../../tests/support/test-server.ts'

const host = 'siem.corp.example'
const reason = 'Our SIEM keeps receipts.'

interface Received {
  readonly batch: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  readonly records: readonly Told[]
}
interface Told {
  readonly kind: string
  readonly log: string
  readonly index?: number
  readonly from?: number
  readonly to?: number
  readonly gap?: string
  readonly id?: string
  readonly leaf?: string
  readonly operation?: string
  readonly reason?: string
}
/** What a receiver does with a request that it has read. */
type Answer = (received: Received, response: ServerResponse) => void
const accepts: Answer = (_received, response) => void response.writeHead(204).end()

/** An https server that keeps what it is sent, and answers as the test says: the first answers in order, then the last for ever. */
async function receiver(world: OutsideWorld, ...answers: readonly Answer[]) {
  const received: Received[] = []
  const accepted: Received[] = []
  const listener: RequestListener = (request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('error', () => undefined)
    request.on('data', (text: string) => (body += text))
    request.on('end', () => {
      const records = body
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Told)
      const one = {
        batch: String(request.headers['switchboard-batch']),
        headers: request.headers,
        body,
        records,
      }
      received.push(one)
      response.on('finish', () => {
        if (response.statusCode < 300) accepted.push(one)
      })
      const answer = answers[Math.min(received.length, answers.length) - 1] ?? accepts
      answer(one, response)
    })
  }
  const port = await world.serve([host], listener)
  return { port, received, accepted, to: `https://${host}:${port}/in` }
}

async function serverWith(
  t: TestContext,
  world: OutsideWorld,
  port: number,
  options: Partial<TestServerOptions> = {},
): Promise<TestServer> {
  return await createTestServer(t, {
    resolve: world.resolve,
    feedLimits: { gatherMs: 5, lookMs: 20 },
    ...options,
    config: { netCa: world.caFile, feedDestinations: `https://${host}:${port}`, ...options.config },
  })
}

/** Waits for what the server does by itself; fails with what there is when it does not come. */
async function until<T>(look: () => T | undefined | Promise<T | undefined>, what: () => unknown): Promise<T> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const found = await look()
    if (found !== undefined) return found
    await delay(20)
  }
  assert.fail(`it did not come: ${JSON.stringify(what()).slice(0, 2_000)}`)
}

async function caughtUp(s: TestServer, who: People): Promise<void> {
  while ((await s.server.evidence.pendingCount()) > 0) await delay(5)
  let last: unknown
  await until(
    async () => {
      const { rows } = await s.value(who.admin, 'feed.list', {})
      last = rows
      return rows.every((feed) => feed.lag === 0) ? true : undefined
    },
    () => last,
  )
}

/** Ids of the organisation's receipts, by their place in each log. */
async function idsInLogs(s: TestServer, who: People): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await s.database.read
    .selectFrom('log_entries')
    .innerJoin('logs', 'logs.number', 'log_entries.log')
    .select(['logs.origin', 'log_entries.receipt_id'])
    .where('logs.organisation', '=', who.organisation)
    .orderBy('log_entries.log')
    .orderBy('log_entries.idx')
    .execute()
  const ids = new Map<string, string[]>()
  for (const row of rows) ids.set(row.origin, [...(ids.get(row.origin) ?? []), row.receipt_id])
  return ids
}

/** Each record of the log once and in order, whatever was sent twice. */
function assertWhole(accepted: readonly Received[], wanted: ReadonlyMap<string, readonly string[]>): void {
  for (const [log, ids] of wanted) {
    const seen = new Map<string, string>()
    let next = 0
    for (const { records, batch, body } of accepted) {
      if (records[0]?.log !== log) continue
      const before = seen.get(batch)
      // Sent again, a batch is the same batch.
      if (before !== undefined) assert.equal(body, before)
      seen.set(batch, body)
      if (before !== undefined) continue
      for (const record of records) {
        assert.equal(record.index, next)
        assert.equal(record.id, ids[next])
        next += 1
      }
    }
    assert.equal(next, ids.length, `${log}: ${next} of ${ids.length}`)
  }
}

test('a webhook is sent every receipt in the order of its log, signed, and no more than once when all goes well', async (t) => {
  const world = outsideWorld(t)
  const siem = await receiver(world)
  const s = await serverWith(t, world, siem.port)
  const { secret = '' } = await s.value(s.a.admin, 'feed.create', {
    name: 'siem',
    kind: 'webhook',
    to: siem.to,
    begin: 'start',
    reason,
  })
  for (let i = 0; i < 20; i += 1) await s.value(s.a.analyst, 'case.create', { title: `case ${i}` })
  // Nothing of others is sent.
  await s.value(s.b.analyst, 'case.create', { title: 'of B' })
  await caughtUp(s, s.a)
  const ids = await idsInLogs(s, s.a)
  assert.ok([...ids.values()].flat().length >= 22)
  assertWhole(siem.accepted, ids)
  assert.equal(new Set(siem.received.map(({ batch }) => batch)).size, siem.received.length)
  for (const { headers, batch, body } of siem.received) {
    const [, seconds = '', mac] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['switchboard-signature'])) ?? []
    assert.equal(createHmac('sha256', secret).update(`${seconds}.${batch}.${body}`).digest('hex'), mac)
    assert.ok(/^[ -~\n]*$/.test(body))
  }
  // What is behind the host may be a secret of the receiver's: it is in no receipt and no list.
  const [made] = await s.receipts({ operation: 'feed.create' })
  assert.equal(made?.parts['subject']?.['target'], `siem to webhook https://${host}:${siem.port}/…`)
  assert.equal((await s.value(s.a.auditor, 'feed.list', {})).rows[0]?.to, `https://${host}:${siem.port}/…`)
  // The secret is nowhere but with whoever made the feed.
  const stored = await s.database.read.selectFrom('feeds').selectAll().execute()
  assert.ok(!JSON.stringify(stored).includes(secret))
})

test('a receiver that fails, stalls, asks for time or cuts the connection gets every receipt in the end, and a batch sent twice is the same', async (t) => {
  const world = outsideWorld(t)
  const siem = await receiver(
    world,
    (_r, response) => void response.writeHead(500).end('no'),
    (_r, response) => void response.writeHead(429, { 'retry-after': '1' }).end(),
    (_r, response) => void response.destroy(),
    // Accepts without saying so: what comes again has the same ids.
    (_r, response) =>
      void response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy()),
    (_r, response) => void setTimeout(() => response.destroy(), 5_000).unref(),
    (_r, response) => void response.writeHead(302, { location: 'https://elsewhere.example/' }).end(),
    accepts,
  )
  const s = await serverWith(t, world, siem.port, { outboundLimits: { headersMs: 300, totalMs: 2_000 } })
  await s.value(s.a.admin, 'feed.create', {
    name: 'siem',
    kind: 'webhook',
    to: siem.to,
    begin: 'start',
    reason,
  })
  for (let i = 0; i < 7; i += 1) {
    const feed = await until(
      async () => {
        const [row] = (await s.value(s.a.admin, 'feed.list', {})).rows
        // What failed and was not yet put off may be looked at in between.
        const hasFailed = (row?.failures ?? 0) > i && row?.retryAt !== null
        return row?.lag === 0 || hasFailed ? row : undefined
      },
      () => siem.received,
    )
    if (feed.lag === 0) break
    assert.ok(feed.error !== null && feed.retryAt !== null)
    await s.value(s.a.analyst, 'case.create', { title: `case ${i}` })
    // The wait is not waited for.
    await s.value(s.a.admin, 'feed.resume', { name: 'siem' })
  }
  await caughtUp(s, s.a)
  assertWhole(siem.accepted, await idsInLogs(s, s.a))
  const first = siem.received[0]
  assert.ok(
    siem.received.slice(0, 6).every(({ batch, body }) => batch === first?.batch && body === first.body),
  )
  assert.match(await metricsOf(s, 'siem'), /failures 0 error null/)
})

async function metricsOf(s: TestServer, name: string): Promise<string> {
  const { rows } = await s.value(s.a.auditor, 'feed.list', {})
  const row = rows.find((feed) => feed.name === name)
  return `failures ${row?.failures} error ${row?.error}`
}

test('what is marked stricter than the feed is sent as id and leaf hash alone', async (t) => {
  const world = outsideWorld(t)
  const siem = await receiver(world)
  const s = await serverWith(t, world, siem.port)
  await s.value(s.a.admin, 'feed.create', { name: 'siem', kind: 'webhook', to: siem.to, reason })
  await s.value(s.a.analyst, 'case.create', { title: 'secret', tlp: 'RED' })
  await s.value(s.a.analyst, 'case.create', { title: 'open', tlp: 'GREEN' })
  await caughtUp(s, s.a)
  const told = siem.accepted.flatMap(({ records }) => records)
  const withheld = told.filter(({ kind }) => kind === 'withheld')
  assert.equal(withheld.length, 1)
  assert.deepEqual(Object.keys(withheld[0] ?? {}).toSorted(), [
    'id',
    'index',
    'kind',
    'leaf',
    'log',
    'reason',
    'v',
  ])
  assert.ok(told.some(({ operation }) => operation === 'case.create'))
  // A page that is fetched holds to the same, and shows more to whom asks for more.
  const page = await s.value(s.a.auditor, 'feed.read', {})
  assert.equal((page.records as Told[]).filter(({ kind }) => kind === 'withheld').length, 1)
  const all = await s.value(s.a.auditor, 'feed.read', { tlp: 'RED' })
  assert.equal((all.records as Told[]).filter(({ kind }) => kind === 'withheld').length, 0)
})

test('what a feed does not send it says: what came before it, what its filter leaves out, what was erased', async (t) => {
  const world = outsideWorld(t)
  const siem = await receiver(world)
  const s = await serverWith(t, world, siem.port, { feedLimits: { gatherMs: 5, lookMs: 20, filteredMs: 50 } })
  await s.value(s.a.analyst, 'case.create', { title: 'before' })
  await s.value(s.a.admin, 'feed.create', {
    name: 'siem',
    kind: 'webhook',
    to: siem.to,
    operation: 'case.create',
    reason,
  })
  await s.value(s.a.analyst, 'case.create', { title: 'one' })
  await s.value(s.a.finops, 'budget.set', { limitMicros: '900000000' })
  await s.value(s.a.colleague, 'case.create', { title: 'two' })
  await caughtUp(s, s.a)
  const told = siem.accepted.flatMap(({ records }) => records)
  // Without a hole, every range once.
  let next = 0
  for (const record of told) {
    assert.equal(record.from ?? record.index, next)
    next = record.to ?? next + 1
  }
  assert.equal(told[0]?.gap, 'before')
  assert.ok(told.some(({ gap }) => gap === 'filtered'))
  assert.equal(told.filter(({ kind }) => kind === 'receipt').length, 2)

  await s.edit((tx) => tx.deleteFrom('salt_keys').where('subject', '=', s.a.analyst.user).execute())
  const { records } = await s.value(s.a.auditor, 'feed.read', {})
  const erased = (records as Told[]).filter(({ gap }) => gap === 'erased')
  assert.ok(erased.length >= 2)
  assert.ok(erased.every(({ id, leaf }) => id !== undefined && leaf !== undefined))
  await s.edit((tx) =>
    tx.updateTable('receipts').set({ parts: '{"actor":{}}' }).where('operation', '=', 'budget.set').execute(),
  )
  const after = await s.value(s.a.auditor, 'feed.read', {})
  assert.equal((after.records as Told[]).filter(({ gap }) => gap === 'altered').length, 1)
})

test('pages that are fetched go on after their cursor, and a cursor that is none, of others or ahead is told', async (t) => {
  const s = await createTestServer(t)
  for (let i = 0; i < 5; i += 1) await s.value(s.a.analyst, 'case.create', { title: `case ${i}` })
  while ((await s.server.evidence.pendingCount()) > 0) await delay(5)
  const ids: string[] = []
  let after: string | undefined
  for (let more = true; more;) {
    const page = await s.value(s.a.auditor, 'feed.read', {
      limit: 2,
      ...(after === undefined ? {} : { after }),
    })
    ids.push(...(page.records as Told[]).map(({ id = '' }) => id))
    after = page.cursor
    more = page.more
  }
  assert.deepEqual(ids, [...(await idsInLogs(s, s.a)).values()].flat())
  const [log] = await s.database.read
    .selectFrom('logs')
    .select('number')
    .where('organisation', '=', s.b.organisation)
    .execute()
  const own = after?.split('.')[0]
  const wrong = [
    ['nonsense', 'feed_cursor_invalid'],
    [`${own}.01`, 'feed_cursor_invalid'],
    [`${own}.1_${own}.1`, 'feed_cursor_invalid'],
    [`${log?.number}.1`, 'feed_cursor_invalid'],
    [`${own}.999999`, 'feed_cursor_ahead'],
  ] as const
  for (const [cursor, code] of wrong)
    assert.equal((await s.denial(s.a.auditor, 'feed.read', { after: cursor })).code, code, cursor)
  assert.equal((await s.denial(s.a.analyst, 'feed.read', {})).code, 'policy_denied')
})

test('a feed goes nowhere that the operator did not open, and to no receiver whose certificate is not of its CA', async (t) => {
  const world = outsideWorld(t)
  const siem = await receiver(world)
  const s = await serverWith(t, world, siem.port, {
    config: { feedDestinations: `https://${host}:${siem.port}, public` },
  })
  const feed = { name: 'siem', kind: 'webhook', reason } as const
  const refused: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ to: `http://${host}/` }, 'feed_destination_invalid'],
    [{ to: 'https://127.0.0.1/' }, 'feed_destination_invalid'],
    [{ to: 'https://localhost/' }, 'feed_destination_invalid'],
    [{ to: `https://user:pass@${host}:${siem.port}/` }, 'feed_destination_invalid'],
    [{ to: `https://${host}:${siem.port + 1}/` }, 'feed_destination_closed'],
    [{ to: 'https://metadata.corp.example:8080/' }, 'feed_destination_closed'],
    // Opened for webhooks is not opened for syslog.
    [{ kind: 'syslog', to: `${host}:${siem.port}` }, 'feed_destination_closed'],
    [{ kind: 'syslog', to: `${host}/x` }, 'feed_destination_invalid'],
    [{ to: siem.to, ca: 'no certificate' }, 'feed_ca_invalid'],
    [{ to: siem.to, ca: world.authority.certify([host]).cert }, 'feed_ca_invalid'],
  ]
  for (const [change, code] of refused)
    assert.equal(
      (await s.denial(s.a.admin, 'feed.create', { ...feed, ...change })).code,
      code,
      JSON.stringify(change),
    )
  // `public` is an address outside: what a name inside leads to is still refused when it is tried.
  world.names.set('inside.example', ['10.0.0.7'])
  await s.value(s.a.admin, 'feed.create', { ...feed, name: 'inside', to: 'https://inside.example/' })
  const inside = await s.denial(s.a.admin, 'feed.test', { name: 'inside' })
  assert.equal(inside.code, 'feed_test_failed')
  assert.match(inside.message, /private/)

  const other = makeAuthority('Another CA')
  await s.value(s.a.admin, 'feed.create', { ...feed, name: 'other-ca', to: siem.to, ca: other.pem })
  assert.equal((await s.denial(s.a.admin, 'feed.test', { name: 'other-ca' })).code, 'feed_test_failed')
  assert.equal(siem.received.length, 0)
  await s.value(s.a.admin, 'feed.create', { ...feed, name: 'own-ca', to: siem.to, ca: world.authority.pem })
  const tested = await s.value(s.a.admin, 'feed.test', { name: 'own-ca' })
  assert.equal(tested.answer, 'answered 204')
  assert.ok(siem.received.some(({ records }) => records[0]?.kind === 'test'))
  assert.equal((await s.denial(s.a.admin, 'feed.test', { name: 'none' })).code, 'feed_unknown')
})

test('feeds are made, paused and removed by administrators with a reason, each with a receipt; of others there is none', async (t) => {
  const world = outsideWorld(t)
  const siem = await receiver(world)
  const s = await serverWith(t, world, siem.port)
  const feed = { name: 'siem', kind: 'webhook', to: siem.to, reason } as const
  assert.equal((await s.denial(s.a.analyst, 'feed.create', feed)).code, 'policy_denied')
  assert.equal((await s.denial(s.a.admin, 'feed.create', { ...feed, reason: '' })).code, 'input_invalid')
  await s.value(s.a.admin, 'feed.create', feed)
  assert.equal((await s.denial(s.a.admin, 'feed.create', feed)).code, 'feed_name_taken')
  for (const [operation, input] of [
    ['feed.pause', { name: 'siem', reason }],
    ['feed.resume', { name: 'siem' }],
    ['feed.remove', { name: 'siem', reason }],
    ['feed.test', { name: 'siem' }],
  ] as const)
    assert.equal((await s.denial(s.b.admin, operation, input)).code, 'feed_unknown', operation)
  assert.deepEqual((await s.value(s.b.admin, 'feed.list', {})).rows, [])

  await caughtUp(s, s.a)
  await s.value(s.a.admin, 'feed.pause', { name: 'siem', reason })
  await caughtUpTo(s)
  const before = siem.received.length
  await s.value(s.a.analyst, 'case.create', { title: 'while it is paused' })
  await caughtUpTo(s)
  await delay(100)
  assert.equal(siem.received.length, before)
  await s.value(s.a.admin, 'feed.resume', { name: 'siem' })
  await caughtUp(s, s.a)
  assert.ok(siem.received.length > before)
  await s.value(s.a.admin, 'feed.remove', { name: 'siem', reason })
  assert.deepEqual((await s.value(s.a.admin, 'feed.list', {})).rows, [])
  for (const operation of ['feed.create', 'feed.pause', 'feed.resume', 'feed.remove'])
    assert.ok(
      (await s.receipts({ operation })).some(({ decision }) => decision === 'allowed'),
      operation,
    )
  for (let i = 0; i < 20; i += 1) await s.value(s.a.admin, 'feed.create', { ...feed, name: `siem-${i}` })
  assert.equal(
    (await s.denial(s.a.admin, 'feed.create', { ...feed, name: 'one-more' })).code,
    'feeds_too_many',
  )
})

async function caughtUpTo(s: TestServer): Promise<void> {
  while ((await s.server.evidence.pendingCount()) > 0) await delay(5)
}

test('on PostgreSQL two servers feed one receiver, one at a time: every receipt in order, no batch twice', async (t) => {
  const postgres = await startPostgres()
  if ('unavailable' in postgres) return t.skip(postgres.unavailable)
  t.after(() => postgres.stop())
  const world = outsideWorld(t)
  const siem = await receiver(world)
  const s = await serverWith(t, world, siem.port, { database: postgres.url })
  await s.value(s.a.admin, 'feed.create', {
    name: 'siem',
    kind: 'webhook',
    to: siem.to,
    begin: 'start',
    reason,
  })
  const second = await s.another()
  for (let i = 0; i < 25; i += 1) await s.value(s.a.analyst, 'case.create', { title: `case ${i}` })
  await caughtUp(s, s.a)
  assertWhole(siem.accepted, await idsInLogs(s, s.a))
  assert.equal(new Set(siem.received.map(({ batch }) => batch)).size, siem.received.length)
  // Hooks run in the order they were made, and these servers must end before their store does.
  await second.close()
  await s.close()
})

test('a feed goes on where it was when the server starts again', async (t) => {
  const world = outsideWorld(t)
  let isUp = false
  const siem = await receiver(world, (received, response) => {
    if (isUp) accepts(received, response)
    else response.writeHead(503).end()
  })
  const s = await serverWith(t, world, siem.port)
  await s.value(s.a.admin, 'feed.create', {
    name: 'siem',
    kind: 'webhook',
    to: siem.to,
    begin: 'start',
    reason,
  })
  await s.value(s.a.analyst, 'case.create', { title: 'before' })
  await until(
    () => siem.received[0],
    () => siem.received,
  )
  await s.reopen()
  isUp = true
  await s.value(s.a.analyst, 'case.create', { title: 'after' })
  await s.value(s.a.admin, 'feed.resume', { name: 'siem' })
  await caughtUp(s, s.a)
  assertWhole(siem.accepted, await idsInLogs(s, s.a))
})
