import { findOperation } from '@switchboard/api'
import type { OperationByName, OperationSpec, OutputOf } from '@switchboard/api'
import type { Review, Vote } from './review-store.ts'

type Shown = OutputOf<OperationByName<'review.detail'>>

/**
 * A review as people see it, with the input exactly as it would be performed.
 *
 * @param reader the user id of who looks; without one no file is shown, as in a list.
 */
export function showReview(review: Review, votes: readonly Vote[], reader: string | undefined): Shown {
  const given = votes.filter((vote) => vote.review === review.id)
  return {
    id: review.id,
    kind: review.operation,
    status: review.status,
    createdAt: review.createdAt,
    expiresAt: review.expiresAt,
    requester: review.actor.name,
    requesterId: review.actor.user,
    approvers: given.map((vote) => vote.name),
    approvals: given.map(({ user, name, at, note, receipt }) => ({ user, name, at, note, receipt })),
    denied: review.denied,
    receipt: review.receipt,
    quorum: review.quorum,
    rule: review.rule,
    inputDigest: review.inputSha256,
    input: review.input,
    reason: review.reason,
    outcome: reader === review.actor.user ? review.outcome : withoutFiles(review),
  }
}

/** Who approves lets a file be made for who asked, and does not get it: policy may not let them export at all. */
function withoutFiles({ operation, outcome }: Review): unknown {
  const { value } = (outcome ?? {}) as { readonly value?: unknown }
  if (typeof value !== 'object' || value === null) return outcome
  const spec: OperationSpec | undefined = findOperation(operation)
  const output: { readonly properties?: Readonly<Record<string, { readonly contentEncoding?: string }>> } =
    spec?.output ?? {}
  const members = output.properties
  const shown = Object.entries(value).filter(([name]) => members?.[name]?.contentEncoding !== 'base64')
  return { ...(outcome as object), value: Object.fromEntries(shown) }
}
