import type { OperationByName, OutputOf } from '@switchboard/api'
import type { Review, Vote } from './review-store.ts'

type Shown = OutputOf<OperationByName<'review.detail'>>

/** A review as people see it, with the input exactly as it would be performed. */
export function showReview(review: Review, votes: readonly Vote[]): Shown {
  return {
    id: review.id,
    kind: review.operation,
    status: review.status,
    createdAt: review.createdAt,
    expiresAt: review.expiresAt,
    requester: review.actor.name,
    approvers: votes.filter((vote) => vote.review === review.id).map((vote) => vote.name),
    quorum: review.quorum,
    rule: review.rule,
    inputDigest: review.inputSha256,
    input: review.input,
    reason: review.reason,
    outcome: review.outcome,
  }
}
