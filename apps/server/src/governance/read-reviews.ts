import { allow, deny, governanceDenials } from '@switchboard/api'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { ReviewId } from '../kernel/ids.ts'
import { findReview, listReviews, listVotes } from './review-store.ts'
import { showReview } from './show-review.ts'

const defaultLimit = 100

export const reviewList = handleRead(operationOf('review.list'), {
  async run(ctx, input) {
    const { status, limit = defaultLimit } = input
    const reviews = await listReviews(ctx.read, ctx.actor.organisation, { status, limit, at: ctx.at })
    const votes = await listVotes(
      ctx.read,
      reviews.map((review) => review.id),
    )
    ctx.count({ rows: reviews.length })
    return allow({ rows: reviews.map((review) => showReview(review, votes, undefined)) })
  },
})

export const reviewDetail = handleRead(operationOf('review.detail'), {
  async run(ctx, input) {
    // The schema checked the form; whether there is such a review, the store says.
    const id = input.id as ReviewId
    const review = await findReview(ctx.read, ctx.actor.organisation, id, ctx.at)
    if (review === undefined) return deny(governanceDenials, 'review_unknown', { review: id })
    // A token gets no file by this that it could not have asked for itself.
    const { scopes, user } = ctx.actor
    const reader = scopes === undefined || scopes.includes(review.operation) ? user : undefined
    return allow(showReview(review, await listVotes(ctx.read, [id]), reader))
  },
})
