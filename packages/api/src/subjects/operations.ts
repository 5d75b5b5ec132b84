import { Type } from 'typebox'
import { holdDenials } from '../holds/denials.ts'
import { identityDenials } from '../identity/denials.ts'
import { operation } from '../operation.ts'
import { CaseId, closed, HoldId, Instant, UserId } from '../schema.ts'
import { subjectDenials as d } from './denials.ts'

const who = {
  user: Type.Optional(UserId),
  text: Type.Optional(
    Type.String({
      minLength: 3,
      maxLength: 200,
      description:
        'A name, an address or a number. Found where these words stand one after the other, in any script and case.',
    }),
  ),
}
const Place = closed(
  {
    place: Type.String(),
    count: Type.Integer({ description: 'Rows that hold the person.' }),
    ids: Type.Array(Type.String(), { description: 'Some of them.' }),
  },
  { title: 'SubjectPlace' },
)

export const subjectReport = operation({
  name: 'subject.report',
  summary: 'Say where a person is kept',
  description:
    'Each place that holds the person: graph, cases, runs, recordings, logs, kept values, receipts; what a legal hold keeps; and what lies beyond this server.',
  effect: 'read',
  input: closed(who),
  output: closed({
    rows: Type.Integer({ description: 'Of all places together; an erasure must state it.' }),
    places: Type.Array(Place),
    heldBy: Type.Array(closed({ hold: HoldId, case: CaseId })),
    beyond: Type.Array(closed({ where: Type.String(), says: Type.String() })),
  }),
  denials: {
    subject_unclear: d.subject_unclear,
    subject_vague: d.subject_vague,
    user_unknown: identityDenials.user_unknown,
  },
  rest: { method: 'POST', path: '/subjects/report' },
  cli: { command: 'subject report' },
})
export const subjectErase = operation({
  name: 'subject.erase',
  summary: 'Erase a person',
  description:
    'Takes the person out of every place that holds them, and destroys the keys that open their receipts; what was signed stays verifiable. Needs the approval of a second person. Refused while a legal hold keeps any of it.',
  effect: 'write',
  input: closed({
    ...who,
    rows: Type.Integer({
      minimum: 1,
      description: 'How many rows the report counted: who approves sees how much goes, and no more does.',
    }),
    reason: Type.String({ minLength: 1, maxLength: 500 }),
  }),
  output: closed({
    erased: Type.Array(closed({ place: Type.String(), count: Type.Integer() })),
    at: Instant,
    beyond: Type.Array(closed({ where: Type.String(), says: Type.String() })),
  }),
  denials: {
    subject_unclear: d.subject_unclear,
    subject_vague: d.subject_vague,
    subject_absent: d.subject_absent,
    subject_differs: d.subject_differs,
    subject_active: d.subject_active,
    user_unknown: identityDenials.user_unknown,
    under_hold: holdDenials.under_hold,
  },
  rest: { method: 'POST', path: '/subjects/erasures' },
  cli: { command: 'subject erase' },
})
