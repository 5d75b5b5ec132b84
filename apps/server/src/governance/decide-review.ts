import { allow, deny, governanceDenials } from '@switchboard/api'
import { handleWrite, operationOf } from '../kernel/handler.ts'
import type { Registration, WriteContext } from '../kernel/handler.ts'
import type { ReviewId } from '../kernel/ids.ts'
import { standingVotes } from './consume.ts'
import type { IsActive } from './consume.ts'
import { addVote, listVotes, lockReview, setState } from './review-store.ts'
import { showReview } from './show-review.ts'

/**
 * Adds one person's approval. The vote that makes the quorum has the operation performed once it is durable; a crash
 * in between loses nothing, because a restart takes up what is approved and not performed.
 */
export function reviewApprove(deps: {
  isActive: IsActive
  resume: (taskId: ReviewId) => void
}): Registration {
  return handleWrite(operationOf('review.approve'), {
    async run(ctx, input) {
      const found = await undecided(ctx, input.id)
      if (!found.ok) return found
      const { value: review } = found
      const { user, name } = ctx.actor
      if (
        !(await addVote(ctx.tx, { review, user, name, note: input.note, at: ctx.at, receipt: ctx.receiptId }))
      )
        return deny(governanceDenials, 'already_voted', { review: review.id })
      const reached = (await standingVotes(ctx.tx, review, deps.isActive)).length >= review.quorum
      if (reached) {
        await setState(ctx.tx, review.id, { state: 'approved' })
        ctx.afterCommit(() => deps.resume(review.id))
      }
      const status = reached ? 'approved' : 'pending'
      return allow(showReview({ ...review, status }, await listVotes(ctx.tx, [review.id]), user))
    },
  })
}

export const reviewDeny = handleWrite(operationOf('review.deny'), {
  async run(ctx, input) {
    const found = await undecided(ctx, input.id)
    if (!found.ok) return found
    const { value: review } = found
    const { user, name } = ctx.actor
    const denied = { user, name, at: ctx.at, receipt: ctx.receiptId }
    await setState(ctx.tx, review.id, { state: 'denied', reason: input.reason, denied })
    return allow(
      showReview(
        { ...review, status: 'denied', reason: input.reason, denied },
        await listVotes(ctx.tx, [review.id]),
        user,
      ),
    )
  },
})

/** The review, held until the transaction ends, when it waits for a decision and this actor may be one to decide. */
async function undecided(ctx: WriteContext, reviewId: string) {
  // The schema checked the form; whether there is such a review, the store says.
  const id = reviewId as ReviewId
  const review = await lockReview(ctx.tx, ctx.actor.organisation, id, ctx.at)
  if (review === undefined) return deny(governanceDenials, 'review_unknown', { review: id })
  ctx.subject({ target: id })
  if (review.actor.user === ctx.actor.user) return deny(governanceDenials, 'self_approval', { review: id })
  if (review.status !== 'pending')
    return deny(governanceDenials, 'review_decided', { review: id, status: review.status })
  return allow(review)
}
