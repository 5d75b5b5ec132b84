import type { Generated } from 'kysely'
import { prepared } from '../../kernel/db/index.ts'
import type { Reader, Tx } from '../../kernel/db/index.ts'

declare module '../../kernel/db/tables.ts' {
  interface Tables {
    /** Receipts that are durable and wait for their place in the log. */
    receipt_outbox: { seq: Generated<number>; receipt_id: string; leaf_hash: Uint8Array }
    /** The log: `idx` counts from 0 without gaps. Rows are never changed or removed. */
    log_entries: { idx: number; receipt_id: string; leaf_hash: Uint8Array }
    checkpoints: { size: number; root: Uint8Array; note: string; at: number }
    /** Sizes whose checkpoint somebody outside may have kept; later bundles prove that they extend these. */
    published_sizes: { size: number }
  }
}

export interface LogRow {
  readonly idx: number
  readonly receipt_id: string
  readonly leaf_hash: Uint8Array
}
export interface OutboxRow {
  readonly seq: number
  readonly receipt_id: string
  readonly leaf_hash: Uint8Array
}

export async function addToOutbox(tx: Tx, receiptId: string, leafHash: Uint8Array): Promise<void> {
  await insertOutbox(tx, { receiptId, leafHash })
}

const insertOutbox = prepared(
  (tx: Tx, { receiptId, leafHash }: { receiptId: string; leafHash: Uint8Array }) =>
    tx.insertInto('receipt_outbox').values({ receipt_id: receiptId, leaf_hash: leafHash }),
)

/** The next receipts to integrate. An intent always comes before its outcome and before the calls inside it. */
export async function peekOutbox(db: Reader, limit: number): Promise<readonly OutboxRow[]> {
  return (await outbox(db, { limit })).rows
}

const outbox = prepared((db: Reader, { limit }: { limit: number }) =>
  db.selectFrom('receipt_outbox').selectAll().orderBy('seq').limit(limit),
)

export async function countOutbox(db: Reader): Promise<number> {
  const { count } = await db
    .selectFrom('receipt_outbox')
    .select((e) => e.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Moves rows from the outbox into the log, from index `from` on. */
export async function moveToLog(tx: Tx, rows: readonly OutboxRow[], from: number): Promise<void> {
  let idx = from
  for (const chunk of inPowersOfTwo(rows)) {
    const placed = chunk.map((row) => ({ idx: idx++, receipt_id: row.receipt_id, leaf_hash: row.leaf_hash }))
    await tx.insertInto('log_entries').values(placed).execute()
    await tx
      .deleteFrom('receipt_outbox')
      .where(
        'seq',
        'in',
        chunk.map((row) => row.seq),
      )
      .execute()
  }
}

// Statements are cached by their text, which grows with the rows: eleven lengths instead of a thousand.
function* inPowersOfTwo<T>(rows: readonly T[]): Generator<readonly T[]> {
  let start = 0
  for (let length = 1_024; length >= 1; length /= 2) {
    for (; rows.length - start >= length; start += length) yield rows.slice(start, start + length)
  }
}

export interface CheckpointRow {
  readonly size: number
  readonly root: Uint8Array
  readonly note: string
}

export async function insertCheckpoint(tx: Tx, row: CheckpointRow, at: number): Promise<void> {
  await addCheckpoint(tx, { ...row, at })
}

const addCheckpoint = prepared((tx: Tx, { size, root, note, at }: CheckpointRow & { at: number }) =>
  tx.insertInto('checkpoints').values({ size, root, note, at }),
)

export async function newestCheckpoint(db: Reader): Promise<CheckpointRow | undefined> {
  return (await newest(db, {})).rows[0]
}

const newest = prepared((db: Reader) =>
  db.selectFrom('checkpoints').select(['size', 'root', 'note']).orderBy('size', 'desc').limit(1),
)

/** Leaves of [from, to), in order. */
export async function readLeaves(db: Reader, from: number, to: number): Promise<readonly LogRow[]> {
  return await db
    .selectFrom('log_entries')
    .selectAll()
    .where('idx', '>=', from)
    .where('idx', '<', to)
    .orderBy('idx')
    .execute()
}

/** Leaves of [from, to) with the entries they stand for, null where the receipt is gone. */
export async function readLeavesWithEntries(
  db: Reader,
  from: number,
  to: number,
): Promise<readonly (LogRow & { readonly entry: Uint8Array | null })[]> {
  return await db
    .selectFrom('log_entries')
    .leftJoin('receipts', 'receipts.id', 'log_entries.receipt_id')
    .selectAll('log_entries')
    .select('receipts.entry')
    .where('idx', '>=', from)
    .where('idx', '<', to)
    .orderBy('idx')
    .execute()
}

export async function logExtent(db: Reader): Promise<{ readonly count: number; readonly end: number }> {
  const row = await db
    .selectFrom('log_entries')
    .select((e) => [e.fn.countAll<number>().as('count'), e.fn.max('idx').as('last')])
    .executeTakeFirstOrThrow()
  return { count: Number(row.count), end: row.last === null ? 0 : Number(row.last) + 1 }
}

export async function areIntegrated(db: Reader, receiptIds: readonly string[]): Promise<boolean> {
  for (let start = 0; start < receiptIds.length; start += 500) {
    const chunk = receiptIds.slice(start, start + 500)
    const rows = await db.selectFrom('log_entries').select('idx').where('receipt_id', 'in', chunk).execute()
    if (rows.length < chunk.length) return false
  }
  return true
}

export async function insertPublishedSize(tx: Tx, size: number): Promise<void> {
  await tx
    .insertInto('published_sizes')
    .values({ size })
    .onConflict((c) => c.doNothing())
    .execute()
}

/** The newest published sizes below `below`, ascending. */
export async function listPublishedSizes(
  db: Reader,
  below: number,
  limit: number,
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('published_sizes')
    .select('size')
    .where('size', '<', below)
    .orderBy('size', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => row.size).toReversed()
}
