import { sql } from 'kysely'
import type { Reader, Tx } from '../kernel/db/index.ts'
import type { Actor } from '../kernel/handler.ts'
import type { ReceiptId, ReviewId } from '../kernel/ids.ts'
import { textPlace } from '../kernel/subject-place.ts'
import type { SubjectPlace } from '../kernel/subject-place.ts'

declare module '../kernel/db/tables.ts' {
  interface Tables {
    governance_reviews: ReviewRow
    governance_votes: {
      review: ReviewId
      organisation: string
      user_id: string
      /** As it was; names do not change hands. */
      user_name: string
      note: string | null
      voted_at: number
      /** Of the approval; null of votes older than this column. */
      receipt: ReceiptId | null
    }
  }
}
interface ReviewRow {
  id: ReviewId
  organisation: string
  operation: string
  /** JSON, exactly as it will be performed. */
  input: string
  input_sha256: string
  /** The user id of who asked. */
  requester: string
  /** JSON of who asked, with roles and token scopes of that moment. */
  actor: string
  rule: string
  quorum: number
  state: 'pending' | 'approved' | 'denied' | 'performed'
  created_at: number
  expires_at: number
  consumed_at: number | null
  reason: string | null
  /** JSON of what performing it ended in. */
  outcome: string | null
  /** Of the asking; null of reviews older than this column. */
  receipt: ReceiptId | null
  denied_by: string | null
  denied_by_name: string | null
  denied_at: number | null
  denied_receipt: ReceiptId | null
}

export interface Review {
  readonly id: ReviewId
  readonly organisation: string
  readonly operation: string
  readonly input: unknown
  readonly inputSha256: string
  readonly actor: Actor
  readonly rule: string
  readonly quorum: number
  readonly status: 'pending' | 'approved' | 'denied' | 'performed' | 'expired'
  readonly createdAt: number
  readonly expiresAt: number
  readonly consumedAt: number | undefined
  readonly reason: string | null
  readonly outcome: unknown
  readonly receipt: ReceiptId | null
  readonly denied: DeniedBy | null
}

/** Who ended a review with a no, and the receipt that says so. */
interface DeniedBy {
  readonly user: string
  readonly name: string
  readonly at: number
  readonly receipt: ReceiptId | null
}

export async function addReview(
  tx: Tx,
  review: Pick<
    Review,
    | 'id'
    | 'operation'
    | 'input'
    | 'inputSha256'
    | 'actor'
    | 'rule'
    | 'quorum'
    | 'createdAt'
    | 'expiresAt'
    | 'receipt'
  >,
): Promise<void> {
  await tx
    .insertInto('governance_reviews')
    .values({
      id: review.id,
      organisation: review.actor.organisation,
      operation: review.operation,
      input: JSON.stringify(review.input),
      input_sha256: review.inputSha256,
      requester: review.actor.user,
      actor: JSON.stringify(review.actor),
      rule: review.rule,
      quorum: review.quorum,
      state: 'pending',
      created_at: review.createdAt,
      expires_at: review.expiresAt,
      consumed_at: null,
      reason: null,
      outcome: null,
      receipt: review.receipt,
      denied_by: null,
      denied_by_name: null,
      denied_at: null,
      denied_receipt: null,
    })
    .execute()
}

export async function findReview(
  db: Reader,
  organisation: string,
  id: ReviewId,
  at: number,
): Promise<Review | undefined> {
  const row = await db
    .selectFrom('governance_reviews')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && toReview(row, at)
}

/** Reads a review and keeps others from deciding it until this transaction ends. */
export async function lockReview(
  tx: Tx,
  organisation: string,
  id: ReviewId,
  at: number,
): Promise<Review | undefined> {
  // Two last votes at once would each miss the other's and both find the quorum short.
  // Writing what is there locks the row on both engines; `for update` exists on one.
  const row = await tx
    .updateTable('governance_reviews')
    .set({ state: sql<'pending'>`state` })
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row && toReview(row, at)
}

/** Newest first; `status` as shown, so that `expired` is what time made of those undecided or unused. */
export async function listReviews(
  db: Reader,
  organisation: string,
  filter: { status?: Review['status'] | undefined; limit: number; at: number },
): Promise<Review[]> {
  const { status, limit, at } = filter
  let query = db
    .selectFrom('governance_reviews')
    .selectAll()
    .where('organisation', '=', organisation)
    .orderBy('id', 'desc')
    .limit(limit)
  if (status === 'expired')
    query = query
      .where('state', 'in', ['pending', 'approved'])
      .where('consumed_at', 'is', null)
      .where('expires_at', '<=', at)
  else if (status === 'pending' || status === 'approved')
    query = query
      .where('state', '=', status)
      .where((eb) => eb.or([eb('expires_at', '>', at), eb('consumed_at', 'is not', null)]))
  else if (status !== undefined) query = query.where('state', '=', status)
  return (await query.execute()).map((row) => toReview(row, at))
}

/** When the oldest review was opened that still waits: for votes, or for its operation to be performed. */
export async function oldestWaiting(
  db: Reader,
  organisation: string,
  at: number,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('governance_reviews')
    .select('created_at')
    .where('organisation', '=', organisation)
    .where('state', 'in', ['pending', 'approved'])
    .where((either) => either.or([either('expires_at', '>', at), either('consumed_at', 'is not', null)]))
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst()
  return row?.created_at
}

/** Approved, in time and not performed yet, in all organisations: what a restart has to take up. */
export async function listApproved(db: Reader, at: number): Promise<Review[]> {
  const rows = await db
    .selectFrom('governance_reviews')
    .selectAll()
    .where('state', '=', 'approved')
    .where('consumed_at', 'is', null)
    .where('expires_at', '>', at)
    .orderBy('id')
    .execute()
  return rows.map((row) => toReview(row, at))
}

export async function setState(
  tx: Tx,
  id: ReviewId,
  change:
    | { state: 'approved' }
    | { state: 'denied'; reason: string; denied: DeniedBy }
    | { state: 'performed'; outcome: unknown },
): Promise<void> {
  await tx
    .updateTable('governance_reviews')
    .set({
      state: change.state,
      ...(change.state === 'denied'
        ? {
            reason: change.reason,
            denied_by: change.denied.user,
            denied_by_name: change.denied.name,
            denied_at: change.denied.at,
            denied_receipt: change.denied.receipt,
          }
        : {}),
      ...('outcome' in change ? { outcome: JSON.stringify(change.outcome ?? null) } : {}),
    })
    .where('id', '=', id)
    .execute()
}

export async function setConsumed(tx: Tx, id: ReviewId, at: number): Promise<void> {
  await tx.updateTable('governance_reviews').set({ consumed_at: at }).where('id', '=', id).execute()
}

/** False when this person has voted before. */
export async function addVote(
  tx: Tx,
  vote: {
    review: Review
    user: string
    name: string
    note: string | undefined
    at: number
    receipt: ReceiptId
  },
): Promise<boolean> {
  const added = await tx
    .insertInto('governance_votes')
    .values({
      review: vote.review.id,
      organisation: vote.review.organisation,
      user_id: vote.user,
      user_name: vote.name,
      note: vote.note ?? null,
      voted_at: vote.at,
      receipt: vote.receipt,
    })
    .onConflict((conflict) => conflict.columns(['review', 'user_id']).doNothing())
    .executeTakeFirst()
  return added.numInsertedOrUpdatedRows === 1n
}

export interface Vote {
  readonly review: ReviewId
  readonly user: string
  readonly name: string
  readonly note: string | null
  readonly at: number
  readonly receipt: ReceiptId | null
}

/** In the order in which they were given. */
export async function listVotes(db: Reader, reviews: readonly ReviewId[]): Promise<Vote[]> {
  if (reviews.length === 0) return []
  return await db
    .selectFrom('governance_votes')
    .select(['review', 'user_id as user', 'user_name as name', 'note', 'voted_at as at', 'receipt'])
    .where('review', 'in', reviews)
    .orderBy('voted_at')
    .orderBy('user_id')
    .execute()
}

function toReview(row: ReviewRow, at: number): Review {
  const overdue = row.expires_at <= at && row.consumed_at === null
  return {
    id: row.id,
    organisation: row.organisation,
    operation: row.operation,
    input: JSON.parse(row.input),
    inputSha256: row.input_sha256,
    // Written by addReview alone, from an actor.
    actor: JSON.parse(row.actor) as Actor,
    rule: row.rule,
    quorum: row.quorum,
    status: overdue && (row.state === 'pending' || row.state === 'approved') ? 'expired' : row.state,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    consumedAt: row.consumed_at ?? undefined,
    reason: row.reason,
    outcome: row.outcome === null ? null : JSON.parse(row.outcome),
    receipt: row.receipt,
    denied:
      row.denied_by === null || row.denied_by_name === null || row.denied_at === null
        ? null
        : { user: row.denied_by, name: row.denied_by_name, at: row.denied_at, receipt: row.denied_receipt },
  }
}

/** Where reviews keep people. The input of a review is bound by its digest: one that waits can no longer be approved then. */
export const reviewPlaces: readonly SubjectPlace[] = [
  textPlace({
    place: 'reviews',
    table: 'governance_reviews',
    id: 'id',
    texts: { input: 'empty object', reason: 'replace', outcome: 'null' },
    names: ['denied_by_name'],
    namesWithin: ['actor'],
    asking: sql<boolean>`operation = 'subject.erase' and state in ('pending', 'approved')`,
  }),
  textPlace({
    place: 'votes in reviews',
    table: 'governance_votes',
    id: 'review',
    texts: { note: 'replace' },
    names: ['user_name'],
  }),
]
