import type { Reader, Tx } from '../kernel/db/index.ts'
import type { ReceiptFilter } from '../evidence/index.ts'
import { textPlace } from '../kernel/subject-place.ts'

declare module '../kernel/db/tables.ts' {
  interface Tables {
    feeds: FeedRow
    /** How far each feed has been accepted, by log. */
    feed_cursors: CursorRow
  }
}

export type FeedKind = 'webhook' | 'syslog'
export interface FeedRow {
  id: string
  organisation: string
  /** Unique within the organisation. */
  name: string
  kind: FeedKind
  /** `https://host:port/path` or `host:port`, as it was read. */
  destination: string
  /** Of receipts marked stricter only id and leaf hash are sent. */
  tlp: string
  /** JSON of a {@link ReceiptFilter}. */
  filter: string
  /** PEM; the only CAs that the receiver's certificate may come from. */
  ca: string | null
  /** Sealed; what signs the requests of a webhook. */
  secret: string | null
  state: 'active' | 'paused'
  reason: string
  created_by: string
  created_at: number
  /** Attempts in a row that failed. */
  failures: number
  error: string | null
  retry_at: number | null
  accepted_at: number | null
  /** The server that sends it now, and until when nobody else does. */
  leased_by: string | null
  leased_until: number | null
}
export interface CursorRow {
  feed: string
  organisation: string
  log: number
  /** The first entry that was not accepted yet. */
  next: number
  /** What came before the feed did: entries below are told as a gap and never sent. */
  begin: number
  /** Where the batch ends that was begun: sent again, it is the same. */
  sending_to: number | null
}

export async function insertFeed(tx: Tx, row: FeedRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('feeds')
    .values(row)
    .onConflict((conflict) => conflict.columns(['organisation', 'name']).doNothing())
    .executeTakeFirstOrThrow()
  return Number(numInsertedOrUpdatedRows) === 1
}

export async function insertCursors(tx: Tx, rows: readonly CursorRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.insertInto('feed_cursors').values(rows).execute()
}

export async function listFeeds(db: Reader, organisation: string): Promise<readonly FeedRow[]> {
  return await db
    .selectFrom('feeds')
    .selectAll()
    .where('organisation', '=', organisation)
    .orderBy('name')
    .execute()
}

export async function findFeed(db: Reader, organisation: string, name: string): Promise<FeedRow | undefined> {
  return await db
    .selectFrom('feeds')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('name', '=', name)
    .executeTakeFirst()
}

/** Feeds of all organisations that send. */
export async function activeFeeds(db: Reader): Promise<readonly FeedRow[]> {
  return await db.selectFrom('feeds').selectAll().where('state', '=', 'active').orderBy('id').execute()
}

export async function cursorsOf(db: Reader, feed: string): Promise<readonly CursorRow[]> {
  return await db.selectFrom('feed_cursors').selectAll().where('feed', '=', feed).execute()
}

export async function updateFeed(
  tx: Tx,
  id: string,
  change: Partial<Pick<FeedRow, 'state' | 'failures' | 'error' | 'retry_at'>>,
): Promise<void> {
  await tx.updateTable('feeds').set(change).where('id', '=', id).execute()
}

/** Answers whether the feed is this server's to send until `until`: one that died with it gives it up by time alone. */
export async function leaseFeed(
  tx: Tx,
  id: string,
  { by, at, until }: { by: string; at: number; until: number },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('feeds')
    .set({ leased_by: by, leased_until: until })
    .where('id', '=', id)
    .where('state', '=', 'active')
    .where((e) => e.or([e('leased_by', 'is', null), e('leased_by', '=', by), e('leased_until', '<', at)]))
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows) === 1
}

/** Gives up the feeds of one server; of all, when none is named. */
export async function releaseFeeds(tx: Tx, by?: string): Promise<void> {
  const released = tx.updateTable('feeds').set({ leased_by: null, leased_until: null })
  await (
    by === undefined ? released.where('leased_by', 'is not', null) : released.where('leased_by', '=', by)
  ).execute()
}

/** Says where the batch ends that is about to be sent. */
export async function beginBatch(tx: Tx, cursor: CursorRow, to: number): Promise<void> {
  await tx
    .insertInto('feed_cursors')
    .values({ ...cursor, sending_to: to })
    .onConflict((conflict) => conflict.columns(['feed', 'log']).doUpdateSet({ sending_to: to }))
    .execute()
}

/** Moves on, once the receiver has accepted; a feed removed meanwhile stays removed. */
export async function acceptBatch(
  tx: Tx,
  { feed, log, to, at }: { feed: string; log: number; to: number; at: number },
): Promise<void> {
  await tx
    .updateTable('feed_cursors')
    .set({ next: to, sending_to: null })
    .where('feed', '=', feed)
    .where('log', '=', log)
    .execute()
  await tx
    .updateTable('feeds')
    .set({ failures: 0, error: null, retry_at: null, accepted_at: at })
    .where('id', '=', feed)
    .execute()
}

export async function deleteFeed(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('feed_cursors').where('feed', '=', id).execute()
  await tx.deleteFrom('feeds').where('id', '=', id).execute()
}

export async function deleteFeedsOf(tx: Tx, organisation: string): Promise<number> {
  await tx.deleteFrom('feed_cursors').where('organisation', '=', organisation).execute()
  const { numDeletedRows } = await tx
    .deleteFrom('feeds')
    .where('organisation', '=', organisation)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/** Whether no feed keeps a sealed secret: only then may a missing key of secrets be made anew. */
export async function hasNoFeedSecrets(db: Reader): Promise<boolean> {
  const row = await db
    .selectFrom('feeds')
    .select('id')
    .where('secret', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return row === undefined
}

export function filterOf(row: Pick<FeedRow, 'filter'>): ReceiptFilter {
  // Written by us, from fields that the schema parsed.
  return JSON.parse(row.filter) as ReceiptFilter
}

export const feedsPlace = textPlace({
  place: 'feeds',
  table: 'feeds',
  id: 'id',
  texts: { reason: 'replace' },
})
