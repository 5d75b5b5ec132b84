import { Type } from 'typebox'
import { caseDenials } from '../cases/denials.ts'
import { operation } from '../operation.ts'
import { CaseId, closed, Cursor, HoldId, Instant, Limit, Page } from '../schema.ts'
import { holdDenials as d } from './denials.ts'

const Reason = Type.String({
  minLength: 1,
  maxLength: 500,
  description: 'Why, for everybody who is refused because of it.',
})
export const LegalHold = closed(
  {
    id: HoldId,
    case: CaseId,
    reason: Type.String(),
    by: Type.String(),
    at: Instant,
    lifted: Type.Union(
      [
        closed(
          { by: Type.String(), at: Instant, reason: Type.String() },
          { title: 'LiftedHold', description: 'Who asked for it; who approved is in the receipt.' },
        ),
        Type.Null(),
      ],
      { description: 'null while the hold stands.' },
    ),
  },
  { title: 'LegalHold' },
)

export const holdPlace = operation({
  name: 'hold.place',
  summary: 'Put a case under legal hold',
  description:
    'While it stands nothing of the case is pruned, folded, erased, forgotten or undone, by anybody and for any reason. A case may be under several holds; each is lifted by itself.',
  effect: 'write',
  input: closed({ case: CaseId, reason: Reason }),
  output: LegalHold,
  denials: { case_unknown: caseDenials.case_unknown },
  rest: { method: 'POST', path: '/cases/{case}/holds' },
  graphql: { kind: 'mutation', field: 'holdPlace' },
  cli: { command: 'hold place', positional: ['case'] },
})
export const holdLift = operation({
  name: 'hold.lift',
  summary: 'Lift a legal hold',
  description: 'Needs the approval of a second person. The hold stays listed, with who lifted it and why.',
  effect: 'write',
  input: closed({ hold: HoldId, reason: Reason }),
  output: LegalHold,
  denials: { hold_unknown: d.hold_unknown, hold_lifted: d.hold_lifted },
  rest: { method: 'POST', path: '/holds/{hold}/lift' },
  graphql: { kind: 'mutation', field: 'holdLift' },
  cli: { command: 'hold lift', positional: ['hold'] },
})
export const holdList = operation({
  name: 'hold.list',
  summary: 'List legal holds',
  description: 'Those that stand, newest first; `lifted` shows those that were lifted as well.',
  effect: 'read',
  input: closed({
    case: Type.Optional(CaseId),
    lifted: Type.Optional(Type.Boolean({ description: 'Those that were lifted too.' })),
    limit: Limit,
    cursor: Cursor,
  }),
  output: Page(LegalHold),
  denials: {},
  rest: { method: 'GET', path: '/holds' },
  graphql: { kind: 'query', field: 'holds' },
  cli: { command: 'hold list' },
})
