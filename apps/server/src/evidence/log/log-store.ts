import type { Generated } from 'kysely'
import { prepared } from '../../kernel/db/index.ts'
import type { Reader, Tx } from '../../kernel/db/index.ts'
import type { RetentionClass } from './retention-class.ts'

declare module '../../kernel/db/tables.ts' {
  interface Tables {
    /** One for each organisation and class; made by the integrator with the first entry. Never changed or removed. */
    logs: LogTableRow
    /** Receipts that are durable and wait for their place in a log. */
    receipt_outbox: {
      seq: Generated<number>
      organisation: string
      class: RetentionClass
      receipt_id: string
      leaf_hash: Uint8Array
    }
    /** Entries of logs: `idx` counts from 0 without gaps. A row is never changed; it leaves only for an archive. */
    log_entries: { log: number; idx: number; receipt_id: string; leaf_hash: Uint8Array }
    checkpoints: { log: number; size: number; root: Uint8Array; note: string; at: number }
    /** Sizes whose checkpoint somebody outside may have kept; later bundles prove that they extend these. */
    published_sizes: { log: number; size: number }
  }
}

interface LogTableRow {
  number: Generated<number>
  organisation: string
  class: RetentionClass
  /** The log's name in its checkpoints: the key's, or below it. */
  origin: string
  /** Entries with a lower index may be of other organisations: the log is from before there was one for each. */
  shared_below: number
  at: number
}

/** A log as its row tells it. */
export interface LogFacts {
  readonly number: number
  readonly organisation: string
  readonly class: RetentionClass
  readonly origin: string
  readonly sharedBelow: number
}

export interface LogRow {
  readonly idx: number
  readonly receipt_id: string
  readonly leaf_hash: Uint8Array
}
export interface OutboxRow {
  readonly seq: number
  readonly organisation: string
  readonly class: RetentionClass
  readonly receipt_id: string
  readonly leaf_hash: Uint8Array
}

const factsOf = (row: {
  number: number
  organisation: string
  class: RetentionClass
  origin: string
  shared_below: number
}): LogFacts => ({
  number: row.number,
  organisation: row.organisation,
  class: row.class,
  origin: row.origin,
  sharedBelow: row.shared_below,
})

export async function listLogs(db: Reader, organisation?: string): Promise<readonly LogFacts[]> {
  let query = db.selectFrom('logs').selectAll()
  if (organisation !== undefined) query = query.where('organisation', '=', organisation)
  return (await query.orderBy('number').execute()).map(factsOf)
}

export async function findLog(
  db: Reader,
  organisation: string,
  retention: RetentionClass,
): Promise<LogFacts | undefined> {
  return (await logOf(db, { organisation, retention })).rows.map(factsOf)[0]
}

const logOf = prepared(
  (db: Reader, { organisation, retention }: { organisation: string; retention: RetentionClass }) =>
    db.selectFrom('logs').selectAll().where('organisation', '=', organisation).where('class', '=', retention),
)

export async function findLogByNumber(db: Reader, number: number): Promise<LogFacts | undefined> {
  const row = await db.selectFrom('logs').selectAll().where('number', '=', number).executeTakeFirst()
  return row === undefined ? undefined : factsOf(row)
}

export async function findLogByOrigin(db: Reader, origin: string): Promise<LogFacts | undefined> {
  const row = await db.selectFrom('logs').selectAll().where('origin', '=', origin).executeTakeFirst()
  return row === undefined ? undefined : factsOf(row)
}

export async function insertLog(tx: Tx, facts: Omit<LogFacts, 'number'>, at: number): Promise<LogFacts> {
  const { number } = await tx
    .insertInto('logs')
    .values({
      organisation: facts.organisation,
      class: facts.class,
      origin: facts.origin,
      shared_below: facts.sharedBelow,
      at,
    })
    .returning('number')
    .executeTakeFirstOrThrow()
  return { ...facts, number }
}

interface Waiting {
  readonly organisation: string
  readonly retention: RetentionClass
  readonly receiptId: string
  readonly leafHash: Uint8Array
}

export async function addToOutbox(tx: Tx, waiting: Waiting): Promise<void> {
  await insertOutbox(tx, waiting)
}

const insertOutbox = prepared((tx: Tx, { organisation, retention, receiptId, leafHash }: Waiting) =>
  tx
    .insertInto('receipt_outbox')
    .values({ organisation, class: retention, receipt_id: receiptId, leaf_hash: leafHash }),
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

/** A row of the outbox with the place that it is given. */
export interface PlacedRow extends OutboxRow {
  readonly log: number
  readonly idx: number
}

/** Moves rows from the outbox into their logs. */
export async function moveToLogs(tx: Tx, rows: readonly PlacedRow[]): Promise<void> {
  for (const chunk of inPowersOfTwo(rows)) {
    const placed = chunk.map(({ log, idx, receipt_id, leaf_hash }) => ({ log, idx, receipt_id, leaf_hash }))
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

export async function insertCheckpoint(tx: Tx, log: number, row: CheckpointRow, at: number): Promise<void> {
  await addCheckpoint(tx, { log, ...row, at })
}

const addCheckpoint = prepared(
  (tx: Tx, { log, size, root, note, at }: CheckpointRow & { log: number; at: number }) =>
    tx.insertInto('checkpoints').values({ log, size, root, note, at }),
)

/** The same size and root under another signature. */
export async function resignCheckpoint(tx: Tx, log: number, row: CheckpointRow): Promise<void> {
  await tx
    .updateTable('checkpoints')
    .set({ note: row.note })
    .where('log', '=', log)
    .where('size', '=', row.size)
    .execute()
}

export async function newestCheckpoint(db: Reader, log: number): Promise<CheckpointRow | undefined> {
  return (await newest(db, { log })).rows[0]
}

const newest = prepared((db: Reader, { log }: { log: number }) =>
  db
    .selectFrom('checkpoints')
    .select(['size', 'root', 'note'])
    .where('log', '=', log)
    .orderBy('size', 'desc')
    .limit(1),
)

/** @returns how many were removed: of those older than the newest `kept`, and not published, at most `most`. */
export async function removeOldCheckpoints(
  tx: Tx,
  log: number,
  { kept, most }: { readonly kept: number; readonly most: number },
): Promise<number> {
  const oldestKept = await tx
    .selectFrom('checkpoints')
    .select('size')
    .where('log', '=', log)
    .orderBy('size', 'desc')
    .offset(kept - 1)
    .limit(1)
    .executeTakeFirst()
  if (oldestKept === undefined) return 0
  const old = await tx
    .selectFrom('checkpoints')
    .select('size')
    .where('log', '=', log)
    .where('size', '<', oldestKept.size)
    .where('size', 'not in', tx.selectFrom('published_sizes').select('size').where('log', '=', log))
    .orderBy('size')
    .limit(most)
    .execute()
  if (old.length === 0) return 0
  await tx
    .deleteFrom('checkpoints')
    .where('log', '=', log)
    .where(
      'size',
      'in',
      old.map((row) => row.size),
    )
    .execute()
  return old.length
}

/** Whether anything was ever signed here: then the key that signed it must be there too. */
export async function hasCheckpoints(db: Reader): Promise<boolean> {
  return (await db.selectFrom('checkpoints').select('log').limit(1).executeTakeFirst()) !== undefined
}

/** The stored leaves of [from, to), in order; rows that an archive has taken over are not among them. */
export async function readLeaves(
  db: Reader,
  log: number,
  from: number,
  to: number,
): Promise<readonly LogRow[]> {
  return await db
    .selectFrom('log_entries')
    .select(['idx', 'receipt_id', 'leaf_hash'])
    .where('log', '=', log)
    .where('idx', '>=', from)
    .where('idx', '<', to)
    .orderBy('idx')
    .execute()
}

export interface LeafWithEntry extends LogRow {
  /** Null where the receipt is gone. */
  readonly entry: Uint8Array | null
  readonly organisation: string | null
}

/** The stored leaves of [from, to) with the entries they stand for. */
export async function readLeavesWithEntries(
  db: Reader,
  log: number,
  from: number,
  to: number,
): Promise<readonly LeafWithEntry[]> {
  return await db
    .selectFrom('log_entries')
    .leftJoin('receipts', 'receipts.id', 'log_entries.receipt_id')
    .select(['log_entries.idx', 'log_entries.receipt_id', 'log_entries.leaf_hash'])
    .select(['receipts.entry', 'receipts.organisation'])
    .where('log_entries.log', '=', log)
    .where('log_entries.idx', '>=', from)
    .where('log_entries.idx', '<', to)
    .orderBy('log_entries.idx')
    .execute()
}

export async function logExtent(
  db: Reader,
  log: number,
): Promise<{ readonly count: number; readonly end: number }> {
  const row = await db
    .selectFrom('log_entries')
    .select((e) => [e.fn.countAll<number>().as('count'), e.fn.max('idx').as('last')])
    .where('log', '=', log)
    .executeTakeFirstOrThrow()
  return { count: Number(row.count), end: row.last === null ? 0 : Number(row.last) + 1 }
}

export async function countLeaves(db: Reader, log: number, from: number, to: number): Promise<number> {
  const { count } = await db
    .selectFrom('log_entries')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('log', '=', log)
    .where('idx', '>=', from)
    .where('idx', '<', to)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** A log that checkpoints sign and no row of `logs` speaks for. */
export async function findStrayLog(db: Reader): Promise<number | undefined> {
  const row = await db
    .selectFrom('checkpoints')
    .select('log')
    .where('log', 'not in', db.selectFrom('logs').select('number'))
    .limit(1)
    .executeTakeFirst()
  return row?.log
}

export async function areIntegrated(db: Reader, receiptIds: readonly string[]): Promise<boolean> {
  for (let start = 0; start < receiptIds.length; start += 500) {
    const chunk = receiptIds.slice(start, start + 500)
    const rows = await db
      .selectFrom('log_entries')
      .select('receipt_id')
      .where('receipt_id', 'in', chunk)
      .execute()
    const found = new Set(rows.map((row) => row.receipt_id))
    for (const id of chunk) if (!found.has(id) && !(await isSealed(db, id))) return false
  }
  return true
}

/** Whether a receipt may have left the rows for a block: then it has had its place for long. */
async function isSealed(db: Reader, receiptId: string): Promise<boolean> {
  const waits = await db
    .selectFrom('receipt_outbox')
    .select('seq')
    .where('receipt_id', '=', receiptId)
    .executeTakeFirst()
  if (waits !== undefined) return false
  const block = await db
    .selectFrom('evidence_blocks')
    .select('file')
    .where('first_id', '<=', receiptId)
    .where('last_id', '>=', receiptId)
    .limit(1)
    .executeTakeFirst()
  return block !== undefined
}

export async function insertPublishedSize(tx: Tx, log: number, size: number): Promise<void> {
  await tx
    .insertInto('published_sizes')
    .values({ log, size })
    .onConflict((c) => c.doNothing())
    .execute()
}

/** The newest published sizes below `below`, ascending. */
export async function listPublishedSizes(
  db: Reader,
  log: number,
  below: number,
  limit: number,
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('published_sizes')
    .select('size')
    .where('log', '=', log)
    .where('size', '<', below)
    .orderBy('size', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => row.size).toReversed()
}
