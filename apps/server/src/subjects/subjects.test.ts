import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { verifyBundle } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { People, TestServer } from '../../../../tests/support/test-server.ts'

const person = 'Zoë Ünlü-Nowak'
const code = `
  console.log('seen', args.q)
  const hits = await api.graph.search({ q: args.q, limit: 5 })
  return { said: args.q, hits: hits.length }
`
const manifest = { capabilities: { graph: ['read'], network: false } }

/** A person in everything that an organisation has: graph, case, run with its log and recording. */
async function withPerson(s: TestServer, who: People) {
  const id = await s.install(who, { name: 'looks-up', code, manifest }, ['read:graph'])
  const { id: caseId } = await s.value(who.analyst, 'case.create', {
    title: `About ${person}`,
    note: `${person.toUpperCase()} called at noon`,
  })
  await s.value(who.admin, 'graph.import', {
    source: { name: 'list', version: '1', licence: 'CC0-1.0' },
    entities: [
      { key: 'person:1', type: 'person', name: person, properties: { mail: 'zoe@example.org' } },
      { key: 'org:1', type: 'organisation', name: 'Example', properties: {} },
    ],
    relations: [{ from: 'person:1', to: 'org:1', type: 'works_for' }],
  })
  const run = await s.value(who.analyst, 'plugin.run', { id, input: { q: person }, case: caseId })
  return { caseId, run: run.runId }
}

async function erased(s: TestServer, who: People, input: { user?: string; text?: string }) {
  const { rows } = await s.value(who.admin, 'subject.report', input)
  const parked = await s.denial(who.admin, 'subject.erase', { ...input, rows, reason: 'request 17/26' })
  assert.equal(parked.code, 'approval_required', JSON.stringify(parked))
  const task = String(parked.params['taskId'])
  await s.value(who.reviewer, 'review.approve', { id: task })
  return performed(s, who, task)
}

/** It re-enters the gate by itself, as its requester. */
async function performed(s: TestServer, who: People, task: string) {
  for (;;) {
    const { status, outcome } = await s.value(who.reviewer, 'review.detail', { id: task })
    if (status === 'performed') return outcome
    await sleep(20)
  }
}

test('a person is found in every place, erased from all of them after a second person approved, and bundles still verify', async (t: TestContext) => {
  const s = await createTestServer(t)
  const { caseId } = await withPerson(s, s.a)
  await withPerson(s, s.b)
  const before = await s.value(s.a.admin, 'subject.report', { text: person.toLowerCase() })
  const places = before.places.map(({ place }) => place)
  for (const place of ['graph', 'cases', 'notes of cases', 'runs', 'logs of runs', 'recordings of runs'])
    assert.ok(places.includes(place), `${place} is not among ${places.join(', ')}`)
  assert.ok(before.beyond.some(({ where }) => where === 'backups'))

  await erased(s, s.a, { text: person })
  const after = await s.value(s.a.admin, 'subject.report', { text: person })
  assert.deepEqual(after.places, [])
  // The graph is whole: what the person was related to is still there.
  const left = await s.value(s.a.analyst, 'graph.search', { q: 'Example' })
  assert.equal(left.rows.length, 1)
  assert.equal((await s.value(s.a.analyst, 'case.read', { id: caseId })).title, '[erased]')
  // Of the other organisation nothing was looked into.
  const others = await s.value(s.b.admin, 'subject.report', { text: person })
  assert.deepEqual(
    others.places.map(({ place }) => place).filter((place) => places.includes(place)),
    places,
  )
  await verified(s, s.a)
})

test('the receipts of somebody who left are closed for ever, name nobody, and every bundle verifies', async (t: TestContext) => {
  const s = await createTestServer(t)
  await withPerson(s, s.a)
  const user = s.a.analyst.user
  assert.equal(
    (await s.denial(s.a.admin, 'subject.erase', { user, rows: 1, reason: 'left' })).code,
    'subject_active',
  )
  await s.value(s.a.admin, 'user.deactivate', { id: user })
  const found = await s.value(s.a.admin, 'subject.report', { user })
  assert.ok(found.places.some(({ place, count }) => place === 'receipts' && count > 3))
  await erased(s, s.a, { user })
  assert.deepEqual((await s.value(s.a.admin, 'subject.report', { user })).places, [])
  const { rows } = await s.value(s.a.auditor, 'receipt.list', { actor: user })
  assert.ok(rows.length > 3)
  const { parts } = await s.value(s.a.auditor, 'receipt.read', { id: rows[0]?.id ?? '' })
  assert.deepEqual(parts, {})
  await verified(s, s.a)
})

test('a legal hold on one case refuses the whole erasure and is named; lifted, it goes', async (t: TestContext) => {
  const s = await createTestServer(t)
  const { caseId } = await withPerson(s, s.a)
  const hold = await s.value(s.a.admin, 'hold.place', { case: caseId, reason: 'claim 4' })
  const refused = await s.denial(s.a.admin, 'subject.erase', { text: person, rows: 1, reason: 'asked' })
  assert.equal(refused.code, 'under_hold')
  assert.match(refused.message, new RegExp(hold.id))
  const report = await s.value(s.a.admin, 'subject.report', { text: person })
  assert.deepEqual(report.heldBy, [{ hold: hold.id, case: caseId }])
  assert.ok(report.places.length > 3)
})

test('a request names one person in one way, and somebody who is not there is said to be absent', async (t: TestContext) => {
  const s = await createTestServer(t)
  const asked = { rows: 1, reason: 'asked' }
  const both = { user: s.a.analyst.user, text: person }
  for (const input of [{}, both])
    assert.equal((await s.denial(s.a.admin, 'subject.erase', { ...input, ...asked })).code, 'subject_unclear')
  assert.equal((await s.denial(s.a.admin, 'subject.report', both)).code, 'subject_unclear')
  assert.equal(
    (await s.denial(s.a.admin, 'subject.erase', { text: 'nobody at all', ...asked })).code,
    'subject_absent',
  )
  // A user of another organisation is nobody here.
  for (const operation of ['subject.report', 'subject.erase'])
    assert.equal(
      (
        await s.denial(s.a.admin, operation, {
          user: s.b.analyst.user,
          ...(operation === 'subject.erase' ? asked : {}),
        })
      ).code,
      'user_unknown',
    )
  assert.equal((await s.denial(s.a.analyst, 'subject.report', { text: person })).code, 'policy_denied')
})

test('a text erases where it stands as whole words: Ana is not in analyst, nor in any other word', async (t: TestContext) => {
  const s = await createTestServer(t)
  const about = async (title: string) => (await s.value(s.a.analyst, 'case.create', { title })).id
  const [hers, others] = [await about('ANA, asked at noon'), await about('An analyst of banana prices')]
  const before = await s.value(s.a.auditor, 'receipt.list', { limit: 50 })
  await erased(s, s.a, { text: 'Ana' })
  assert.equal((await s.value(s.a.analyst, 'case.read', { id: hers })).title, '[erased]')
  assert.equal((await s.value(s.a.analyst, 'case.read', { id: others })).title, 'An analyst of banana prices')
  // Whose receipts are open is as it was, but for those of her case.
  for (const { id, operation, case: of } of before.rows) {
    if (of === hers || operation === 'case.create') continue
    const { parts } = await s.value(s.a.auditor, 'receipt.read', { id })
    assert.notDeepEqual(parts, {}, operation)
  }
  await verified(s, s.a)
})

test('an erasure says how many rows it is about: a text that names everybody, and a number that is not what is there, are refused', async (t: TestContext) => {
  const s = await createTestServer(t)
  const title = (of: string) => ({ title: `About ${of}` })
  await s.value(s.a.analyst, 'case.create', title(person))
  for (const text of ['an.', '  a  ', '-.-', '...'])
    for (const [operation, more] of [
      ['subject.report', {}],
      ['subject.erase', { rows: 1, reason: 'asked' }],
    ] as const)
      assert.equal((await s.denial(s.a.admin, operation, { text, ...more })).code, 'subject_vague', text)
  const { rows } = await s.value(s.a.admin, 'subject.report', { text: person })
  for (const wrong of [rows - 1, rows + 1, 1_000_000].filter((stated) => stated > 0))
    assert.equal(
      (await s.denial(s.a.admin, 'subject.erase', { text: person, rows: wrong, reason: 'asked' })).code,
      'subject_differs',
    )
  // What came since is not what was approved: nothing goes, and the review says why.
  const parked = await s.denial(s.a.admin, 'subject.erase', { text: person, rows, reason: 'asked' })
  const { id } = await s.value(s.a.analyst, 'case.create', title(person))
  const task = String(parked.params['taskId'])
  await s.value(s.a.reviewer, 'review.approve', { id: task })
  const outcome = await performed(s, s.a, task)
  assert.match(JSON.stringify(outcome), /subject_differs/)
  assert.equal((await s.value(s.a.analyst, 'case.read', { id })).title, `About ${person}`)
  // Asked anew, with what there is, it goes: the first request was never counted as one more row about them.
  await erased(s, s.a, { text: person })
  assert.equal((await s.value(s.a.analyst, 'case.read', { id })).title, '[erased]')
})

async function verified(s: TestServer, who: People): Promise<void> {
  const { bundle } = await s.value(who.auditor, 'evidence.export', {})
  const report = await verifyBundle(
    Buffer.from(bundle, 'base64'),
    { logKeys: [s.server.evidence.logKey] },
    nodeCrypto,
  )
  assert.ok(report.ok, JSON.stringify(report.findings))
}
