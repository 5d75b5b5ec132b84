import { allow, deny, gateDenials } from '@switchboard/api'
import type { Denial, DenialParamsOf, Outcome } from '@switchboard/api'
import type { Reader, Tx } from '../kernel/db/index.ts'
import type { Actor } from '../kernel/handler.ts'
import type { ReviewId } from '../kernel/ids.ts'
import { listVotes, lockReview, setConsumed } from './review-store.ts'
import type { Review, Vote } from './review-store.ts'

/** Whether a person may still count; identity answers, through `main`. */
export type IsActive = (db: Reader, organisation: string, user: string) => Promise<boolean>
export type ApprovalInvalid = Denial<'approval_invalid', DenialParamsOf<typeof gateDenials.approval_invalid>>

export interface Consumption {
  readonly taskId: ReviewId
  readonly operation: string
  readonly inputSha256: string
  readonly actor: Actor
  readonly at: number
}

/**
 * Uses an approval up, in the transaction of the effect that it allows: at most once, by who asked, for the very
 * operation and input that were shown. Votes of people who were deactivated since are void.
 *
 * @returns the user ids of those who approved.
 */
export async function consume(
  tx: Tx,
  use: Consumption,
  isActive: IsActive,
): Promise<Outcome<{ by: string[] }, ApprovalInvalid>> {
  const { taskId, actor, at } = use
  const review = await lockReview(tx, actor.organisation, taskId, at)
  const standing = review === undefined ? [] : await standingVotes(tx, review, isActive)
  const reason = whyNot(review, use, standing)
  if (reason !== undefined) return deny(gateDenials, 'approval_invalid', { taskId, reason })
  await setConsumed(tx, taskId, at)
  return allow({ by: standing.map((vote) => vote.user) })
}

function whyNot(
  review: Review | undefined,
  { operation, inputSha256, actor }: Consumption,
  standing: readonly Vote[],
): ApprovalInvalid['params']['reason'] | undefined {
  // A review of another organisation is found no more than one that never was.
  if (review === undefined || review.actor.user !== actor.user || actor.via) return 'other_actor'
  if (review.operation !== operation || review.inputSha256 !== inputSha256) return 'input_differs'
  if (review.consumedAt !== undefined || review.status === 'performed') return 'used'
  if (review.status === 'expired') return 'expired'
  if (review.status !== 'approved' || standing.length < review.quorum) return 'not_approved'
  return undefined
}

/** Approvals by people who may still approve. */
export async function standingVotes(db: Reader, review: Review, isActive: IsActive): Promise<Vote[]> {
  const standing: Vote[] = []
  for (const vote of await listVotes(db, [review.id]))
    if (await isActive(db, review.organisation, vote.user)) standing.push(vote)
  return standing
}
