import type { Clock } from '../kernel/clock.ts'
import type { Reader, Tx } from '../kernel/db/index.ts'
import type { Actor, Registration } from '../kernel/handler.ts'
import type { ReviewId } from '../kernel/ids.ts'
import { consume } from './consume.ts'
import type { Consumption, IsActive } from './consume.ts'
import { reviewApprove, reviewDeny } from './decide-review.ts'
import { park } from './park.ts'
import { reviewDetail, reviewList } from './read-reviews.ts'
import { listApproved, oldestWaiting, setState } from './review-store.ts'

export type Governance = ReturnType<typeof createGovernance>

/**
 * @param deps.isActive whether a person may still count; identity's.
 * @param deps.resume performs an approved operation, called after the approval is durable; the gate's.
 */
export function createGovernance(deps: {
  readonly clock: Clock
  readonly isActive: IsActive
  readonly resume: (taskId: ReviewId) => void
}) {
  const { clock, isActive } = deps
  const registrations: readonly Registration[] = [reviewList, reviewDetail, reviewApprove(deps), reviewDeny]
  return {
    registrations,
    park,
    consume: (tx: Tx, use: Consumption) => consume(tx, use, isActive),

    /** Operations that are approved and not performed, oldest first. The actor is as of the asking; have it renewed. */
    async approvedWaiting(
      db: Reader,
    ): Promise<{ taskId: ReviewId; operation: string; input: unknown; actor: Actor }[]> {
      const reviews = await listApproved(db, clock())
      return reviews.map(({ id, operation, input, actor }) => ({ taskId: id, operation, input, actor }))
    },

    /** When the oldest review was opened that still waits for votes, or for its operation to be performed. */
    waitingSince: oldestWaiting,

    /** Closes a review with what performing it ended in, a denial included: an approval allows one attempt. */
    recordPerformed: (tx: Tx, performed: { taskId: ReviewId; outcome: unknown; at: number }): Promise<void> =>
      setState(tx, performed.taskId, { state: 'performed', outcome: performed.outcome }),

    /** Deletes an organisation's reviews; the demonstration is removed by it. */
    async removeOrganisation(tx: Tx, organisation: string): Promise<{ what: string; count: number }[]> {
      await tx.deleteFrom('governance_votes').where('organisation', '=', organisation).execute()
      const reviews = await tx
        .deleteFrom('governance_reviews')
        .where('organisation', '=', organisation)
        .executeTakeFirst()
      return [{ what: 'reviews', count: Number(reviews.numDeletedRows) }]
    },
  }
}
