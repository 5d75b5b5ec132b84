import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { recordOf, testRecord } from './feed-record.ts'
import type { FeedItem, FeedReceipt } from '../evidence/index.ts'
import { framed, syslogMessage } from './syslog-message.ts'

const log = { number: 1, origin: 'log.example/5f3e9a01/standard', size: 9 }
const counts = { calls: 0, rows: 1, bytesIn: 2n, bytesOut: 3n, wallMicros: 4n, cpuMicros: 5n, costMicros: 6n }

function receipt(text: string, tlp?: string): FeedItem {
  const row: FeedReceipt['row'] = {
    at: Date.UTC(2027, 2, 4, 5, 6, 7, 8),
    phase: 'effect',
    decision: 'denied',
    operation: text,
    level: 'none',
    trace: 'a'.repeat(32),
    parent: null,
    organisation: 'org_1',
  }
  const parts = {
    actor: { user: 'usr_1', name: text },
    place: { region: text, ...(tlp === undefined ? {} : { tlp }) },
  }
  const known = { id: 'rct_1', leaf: '00', row, counts, parts, sentence: text }
  return { kind: 'receipt', index: 4, receipt: known }
}

test('a record of a refusal is a warning of the audit log, with what receivers sort by beside it', () => {
  const message = syslogMessage(recordOf(log, receipt('case.read'), 'AMBER'), {
    hostname: 'host',
    log: log.origin,
  })
  const [head, body] = [message.slice(0, message.indexOf(' {')), message.slice(message.indexOf('{'))]
  assert.equal(
    head,
    '<108>1 2027-03-04T05:06:07.008Z host switchboard - receipt [receipt@32473 log="log.example/5f3e9a01/standard" index="4" id="rct_1" operation="case.read" decision="denied"]',
  )
  const { counts: told, sentence } = JSON.parse(body) as { counts: object; sentence: string }
  assert.deepEqual(told, {
    calls: 0,
    rows: 1,
    bytesIn: 2,
    bytesOut: 3,
    wallMicros: 4,
    cpuMicros: 5,
    costMicros: 6,
  })
  assert.equal(sentence, 'case.read')
  assert.equal(framed('é'), '2 é')
  assert.match(
    framed(syslogMessage(testRecord('siem', 0), { hostname: '', log: '-' })),
    /^\d+ <110>1 1970-.* - switchboard - test /,
  )
})

test('whatever people, plugins and hosts are called, a record is one line of printable ASCII and its structured data is whole', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, hostname) => {
      const record = recordOf(log, receipt(text.toWellFormed()), 'AMBER')
      const message = syslogMessage(record, { hostname, log: log.origin })
      assert.match(message, /^[ -~]*$/)
      assert.match(
        message,
        /^<108>1 \S+ [!-~]{1,255} switchboard - receipt \[receipt@32473(?: \w+="(?:[^"\\\]]|\\["\\\]])*")+\] \{.*\}$/,
      )
      assert.equal((JSON.parse(record.json) as { sentence: string }).sentence, text.toWellFormed())
    }),
  )
})

test('a marking above the feed, and one that nobody knows, withholds everything but id and leaf hash', () => {
  for (const [tlp, most, kind] of [
    [undefined, 'CLEAR', 'receipt'],
    ['AMBER', 'AMBER', 'receipt'],
    ['AMBER+STRICT', 'AMBER', 'withheld'],
    ['RED', 'AMBER+STRICT', 'withheld'],
    ['RED', 'RED', 'receipt'],
    ['PURPLE', 'RED', 'withheld'],
  ] as const) {
    const record = recordOf(log, receipt('secret words', tlp), most)
    assert.equal(record.kind, kind, `${tlp} to ${most}`)
    assert.equal(record.json.includes('secret words'), kind === 'receipt')
    assert.equal(record.operation === undefined, kind === 'withheld')
  }
})

test('a record that is too long for receivers is told as a gap of one entry', () => {
  const record = recordOf(log, receipt('x'.repeat(70_000)), 'RED')
  assert.deepEqual(JSON.parse(record.json), {
    kind: 'gap',
    v: 1,
    log: log.origin,
    gap: 'too_large',
    from: 4,
    to: 5,
    id: 'rct_1',
    leaf: '00',
  })
})
