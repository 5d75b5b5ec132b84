import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { makeAuthority } from '../support/certificates.ts'
import { noRsyslog, rsyslogFor } from '../support/rsyslog.ts'
import type { Rsyslog } from '../support/rsyslog.ts'
import { createTestServer } from '../support/test-server.ts'
import type { TestServer } from '../support/test-server.ts'

const host = 'logs.corp.example'
const reason = 'The SIEM keeps receipts.'

interface Told {
  readonly kind: string
  readonly log: string
  readonly index: number
  readonly id: string
}

/** An RFC 5424 message as rsyslog wrote it: the structured data, and the record behind it. */
function parsed(message: string): { readonly header: string; readonly record: Told } {
  const match =
    /^(<\d{1,3}>1 (?:-|[\d:.TZ-]+) \S+ switchboard - \w+ \[receipt@32473(?: \w+="(?:[^"\\\]]|\\.)*")+\]) (\{.*\})$/.exec(
      message,
    )
  assert.ok(match?.[1] !== undefined && match[2] !== undefined, message.slice(0, 300))
  return { header: match[1], record: JSON.parse(match[2]) as Told }
}

async function opened(t: TestContext): Promise<{ s: TestServer; rsyslog: Rsyslog; caPem: string }> {
  const authority = makeAuthority()
  const rsyslog = await rsyslogFor(t, host, authority)
  const s = await createTestServer(t, {
    config: {
      feedDestinations: `syslog://${host}:${rsyslog.port}, syslog://other.corp.example:${rsyslog.port}`,
    },
    resolve: () => Promise.resolve(['127.0.0.1']),
    feedLimits: { gatherMs: 5, lookMs: 20, entries: 40 },
  })
  return { s, rsyslog, caPem: authority.pem }
}

/** Until the feed has been accepted for all there is; what it waits after a failure is not waited for. */
async function caughtUp(s: TestServer): Promise<void> {
  while ((await s.server.evidence.pendingCount()) > 0) await delay(5)
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const [feed] = (await s.value(s.a.admin, 'feed.list', {})).rows
    if (feed?.lag === 0) return
    // Its receipt is one more to deliver, so only where there is a wait to end.
    if (feed?.retryAt !== null && feed?.retryAt !== undefined)
      await s.value(s.a.admin, 'feed.resume', { name: 'siem' })
    await delay(100)
    while ((await s.server.evidence.pendingCount()) > 0) await delay(5)
  }
  assert.fail(JSON.stringify((await s.value(s.a.admin, 'feed.list', {})).rows))
}

async function idsInLogs(s: TestServer): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await s.database.read
    .selectFrom('log_entries')
    .innerJoin('logs', 'logs.number', 'log_entries.log')
    .select(['logs.origin', 'log_entries.receipt_id'])
    .where('logs.organisation', '=', s.a.organisation)
    .orderBy('log_entries.log')
    .orderBy('log_entries.idx')
    .execute()
  const ids = new Map<string, string[]>()
  for (const row of rows) ids.set(row.origin, [...(ids.get(row.origin) ?? []), row.receipt_id])
  return ids
}

test(
  'a real rsyslog is sent every receipt over TLS, in order, and being stopped and killed in the middle loses none',
  { skip: noRsyslog, timeout: 180_000 },
  async (t) => {
    const { s, rsyslog, caPem } = await opened(t)
    await rsyslog.start()
    await s.value(s.a.admin, 'feed.create', {
      name: 'siem',
      kind: 'syslog',
      to: `${host}:${rsyslog.port}`,
      begin: 'start',
      ca: caPem,
      reason,
    })
    for (const end of ['SIGTERM', 'SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      // Stopped while batches are on their way, started again while the feed waits.
      const before = rsyslog.messages().length
      const writing = Promise.all(
        Array.from({ length: 150 }, (_, i) =>
          s.value(s.a.analyst, 'case.create', { title: `case "${i}" ]\\ é` }),
        ),
      )
      while (rsyslog.messages().length === before) await delay(5)
      await rsyslog.stop(end)
      await writing
      await rsyslog.start()
    }
    await caughtUp(s)
    const told = rsyslog.messages().map(parsed)
    const ids = await idsInLogs(s)
    assert.ok([...ids.values()].flat().length > 600)
    for (const [log, wanted] of ids) {
      const seen = new Map<number, string>()
      let next = 0
      for (const { record } of told.filter((one) => one.record.log === log)) {
        const before = seen.get(record.index)
        // What comes twice is what came before; what is new comes in order.
        if (before !== undefined) assert.equal(JSON.stringify(record), before)
        else assert.equal(record.index, next)
        seen.set(record.index, JSON.stringify(record))
        next = Math.max(next, record.index + 1)
        assert.equal(record.id, wanted[record.index])
      }
      assert.equal(seen.size, wanted.length, `${log}: ${seen.size} of ${wanted.length}`)
    }
    assert.match(told[0]?.header ?? '', /^<110>1 \d{4}-.* operation="publisher.trust" decision="allowed"\]$/)
  },
)

test(
  'a syslog receiver with a certificate of another CA, or for another name, is sent nothing',
  { skip: noRsyslog },
  async (t) => {
    const { s, rsyslog, caPem } = await opened(t)
    await rsyslog.start()
    const feed = { kind: 'syslog', reason } as const
    const to = `${host}:${rsyslog.port}`
    await s.value(s.a.admin, 'feed.create', {
      ...feed,
      name: 'wrong-ca',
      to,
      ca: makeAuthority('Another CA').pem,
    })
    await s.value(s.a.admin, 'feed.create', { ...feed, name: 'public-ca', to })
    await s.value(s.a.admin, 'feed.create', {
      ...feed,
      name: 'wrong-name',
      to: `other.corp.example:${rsyslog.port}`,
      ca: caPem,
    })
    for (const name of ['wrong-ca', 'public-ca', 'wrong-name']) {
      const denial = await s.denial(s.a.admin, 'feed.test', { name })
      assert.equal(denial.code, 'feed_test_failed', name)
      assert.match(denial.message, /certificate/i)
    }
    assert.deepEqual(rsyslog.messages(), [])
    await s.value(s.a.admin, 'feed.create', { ...feed, name: 'right', to, ca: caPem })
    assert.equal((await s.value(s.a.admin, 'feed.test', { name: 'right' })).answer, 'took 1 messages')
    assert.ok(rsyslog.messages().some((message) => message.includes('"kind":"test"')))
  },
)
