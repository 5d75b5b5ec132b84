import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deedOf, factsOf, fileNameOf, timeLeft, timeSince } from './review-words.ts'
import type { Review } from './review-words.ts'
import { whyNotApprove, whyNotDeny } from './who-decides.ts'

const caseId = `case_${'0'.repeat(32)}`
const nobodyKnows = (): undefined => undefined
const minute = 60_000
const hour = 60 * minute

const review: Review = {
  id: `rev_${'0'.repeat(32)}`,
  kind: 'evidence.export',
  status: 'pending',
  createdAt: 0,
  expiresAt: 24 * hour,
  requester: 'Ana',
  requesterId: 'usr_ana',
  approvers: [],
  approvals: [],
  denied: null,
  receipt: null,
  quorum: 2,
  rule: 'r',
  inputDigest: '',
  input: { case: caseId },
  reason: null,
  outcome: null,
}

test('what waits is said with the title of its case, and without one by the id', () => {
  assert.equal(
    deedOf(review, () => 'Mail'),
    'Export the evidence of case “Mail”',
  )
  assert.equal(deedOf(review, nobodyKnows), 'Export the evidence of case …00000000')
  const erase = { kind: 'subject.erase', input: { text: 'Bo Ek', rows: 3, reason: 'asked' } }
  assert.equal(deedOf(erase, nobodyKnows), 'Erase “Bo Ek” from 3 rows')
  assert.equal(
    deedOf({ kind: 'evidence.export', input: { to: 86_400_000 } }, nobodyKnows),
    'Export the evidence of the period from the beginning to 1970-01-02',
  )
})

test('an operation that nothing is known of is said by its summary, and an unknown one by its name', () => {
  assert.equal(deedOf({ kind: 'budget.set', input: {} }, nobodyKnows), 'Set the budget')
  assert.equal(deedOf({ kind: 'no.such', input: null }, nobodyKnows), 'no.such')
})

test('every parameter is shown, those without a name of their own as they are', () => {
  const facts = factsOf({
    kind: 'evidence.export',
    input: { case: caseId, redact: ['actor'], new: { a: 1 } },
  })
  assert.deepEqual(facts, [
    { name: 'Case', text: caseId, link: `/cases/${caseId}` },
    { name: 'Parts that are closed', text: 'actor' },
    { name: 'new', text: '{"a":1}' },
  ])
  const rules = { classes: { standard: { keepDays: 1 } }, operations: { 'case.read': 'short' } }
  assert.deepEqual(
    factsOf({ kind: 'retention.set', input: rules }).map(({ text }) => text),
    ['never folded, pruned after 1 day', 'case.read: short'],
  )
})

test('time is said in words, and is over at its very moment', () => {
  assert.equal(timeLeft(24 * hour, 0), '24 hours left')
  assert.equal(timeLeft(hour, 1), '59 minutes left')
  assert.equal(timeLeft(hour, hour - 1), 'less than a minute left')
  assert.equal(timeLeft(hour, hour), 'time is over')
  assert.equal(timeSince(0, 59_999), 'just now')
  assert.equal(timeSince(0, 3 * 24 * hour), '3 days ago')
})

test('nobody decides what they asked for, twice, without the right, or what is decided', () => {
  const rea = { id: 'usr_rea', may: true, roles: [] }
  const seen = { user: 'usr_rea', name: 'Rea', at: 0, note: null, receipt: null }
  assert.equal(whyNotApprove(review, rea), undefined)
  assert.match(whyNotApprove(review, { ...rea, id: 'usr_ana' }) ?? '', /asked for this yourself/)
  assert.match(whyNotDeny(review, { ...rea, may: false, roles: ['reviewer'] }) ?? '', /reviewer may/)
  const voted = { ...review, approvers: ['Rea'], approvals: [seen] }
  assert.match(whyNotApprove(voted, rea) ?? '', /approved this already/)
  assert.equal(whyNotDeny(voted, rea), undefined, 'who approved may think again while it waits')
  assert.match(whyNotDeny({ ...review, status: 'performed' }, rea) ?? '', /performed/)
  assert.match(whyNotApprove({ ...review, status: 'expired' }, rea) ?? '', /over/)
})

test('a file is named after what it is about, whatever that is called', () => {
  assert.equal(fileNameOf(review), `${caseId}.bundle`)
  assert.equal(fileNameOf({ ...review, input: { release: '../a@1.0.0' } }), '.._a@1.0.0.bundle')
})
