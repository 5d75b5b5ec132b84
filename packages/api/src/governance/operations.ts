import { Type } from 'typebox'
import { operation } from '../operation.ts'
import { closed, Instant, Json, Limit, ReceiptId, ReviewId, UserId } from '../schema.ts'
import { governanceDenials as d } from './denials.ts'

const Status = Type.Union([
  Type.Literal('pending'),
  Type.Literal('approved'),
  Type.Literal('denied'),
  Type.Literal('performed'),
  Type.Literal('expired'),
])
const Receipted = {
  user: UserId,
  name: Type.String(),
  at: Instant,
  receipt: Type.Union([ReceiptId, Type.Null()]),
}
const Review = closed(
  {
    id: ReviewId,
    kind: Type.String({ description: 'The operation that waits.' }),
    status: Status,
    createdAt: Instant,
    expiresAt: Instant,
    requester: Type.String(),
    requesterId: UserId,
    approvers: Type.Array(Type.String(), { description: 'Who has approved so far.' }),
    approvals: Type.Array(
      closed({ ...Receipted, note: Type.Union([Type.String(), Type.Null()]) }, { title: 'ReviewApproval' }),
      { description: 'The same with when, the note they left, and the receipt.' },
    ),
    denied: Type.Union([closed(Receipted, { title: 'ReviewDenial' }), Type.Null()], {
      description: 'Who ended it with a no.',
    }),
    receipt: Type.Union([ReceiptId, Type.Null()], { description: 'Of the asking.' }),
    quorum: Type.Integer(),
    rule: Type.String(),
    inputDigest: Type.String({ description: 'SHA-256 of the input that an approval is bound to.' }),
    input: Json,
    reason: Type.Union([Type.String(), Type.Null()]),
    outcome: Type.Unknown({
      description:
        'What performing it ended in; null before. A file in it, such as a bundle, is shown by review.detail to its requester alone.',
    }),
  },
  { title: 'ReviewTask' },
)

export const reviewList = operation({
  name: 'review.list',
  summary: 'List reviews',
  description: 'Operations that wait for approval, and those decided.',
  effect: 'read',
  input: closed({ status: Type.Optional(Status), limit: Limit }),
  output: closed({ rows: Type.Array(Review) }),
  denials: {},
  rest: { method: 'GET', path: '/reviews' },
  graphql: { kind: 'query', field: 'reviews' },
  cli: { command: 'review list' },
})
export const reviewDetail = operation({
  name: 'review.detail',
  summary: 'Show a review',
  description: 'What would be done, by whom, under which rule, with its exact parameters.',
  effect: 'read',
  input: closed({ id: ReviewId }),
  output: Review,
  denials: { review_unknown: d.review_unknown },
  rest: { method: 'GET', path: '/reviews/{id}' },
  graphql: { kind: 'query', field: 'review' },
  cli: { command: 'review detail', positional: ['id'], out: 'outcome.value.bundle', outOptional: true },
})
export const reviewApprove = operation({
  name: 'review.approve',
  summary: 'Approve a review',
  description: 'When the quorum is reached the operation is performed as its requester, decided anew.',
  effect: 'write',
  input: closed({ id: ReviewId, note: Type.Optional(Type.String({ maxLength: 2000 })) }),
  output: Review,
  denials: {
    review_unknown: d.review_unknown,
    review_decided: d.review_decided,
    self_approval: d.self_approval,
    already_voted: d.already_voted,
  },
  rest: { method: 'POST', path: '/reviews/{id}/approve' },
  graphql: { kind: 'mutation', field: 'reviewApprove' },
  cli: { command: 'review approve', positional: ['id'] },
})
export const reviewDeny = operation({
  name: 'review.deny',
  summary: 'Deny a review',
  description: 'Ends the review with a reason that its requester sees.',
  effect: 'write',
  input: closed({ id: ReviewId, reason: Type.String({ minLength: 1, maxLength: 2000 }) }),
  output: Review,
  denials: {
    review_unknown: d.review_unknown,
    review_decided: d.review_decided,
    self_approval: d.self_approval,
  },
  rest: { method: 'POST', path: '/reviews/{id}/deny' },
  graphql: { kind: 'mutation', field: 'reviewDeny' },
  cli: { command: 'review deny', positional: ['id', 'reason'] },
})
