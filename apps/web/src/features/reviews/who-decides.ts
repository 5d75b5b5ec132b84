import type { Review } from './review-words.ts'

/** Somebody who looks at reviews. */
export interface Decider {
  readonly id: string
  /** Whether their roles may decide reviews at all; undefined while that is asked. */
  readonly may: boolean | undefined
  readonly roles: readonly string[]
}

/** Why this person cannot approve now, said beforehand; undefined when they can try. The server has the last word. */
export function whyNotApprove(review: Review, who: Decider): string | undefined {
  const ended = whyNotDeny(review, who)
  if (ended !== undefined) return ended
  if (review.approvals.some(({ user }) => user === who.id))
    return 'You have approved this already. A quorum counts different people, so somebody else is needed.'
  return undefined
}

export function whyNotDeny(review: Review, who: Decider): string | undefined {
  if (review.status === 'expired') return 'The time to decide is over. Who asked can ask again.'
  if (review.status !== 'pending') return `This is decided already: ${review.status}.`
  if (review.requesterId === who.id) return 'You asked for this yourself, so another person decides it.'
  if (who.may === false)
    return `Your roles may not decide reviews. ${who.roles.join(' or ') || 'Nobody here'} may.`
  return undefined
}
