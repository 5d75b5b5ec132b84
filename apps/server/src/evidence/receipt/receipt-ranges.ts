import type { Reader } from '../../kernel/db/index.ts'
import { archiveOf } from '../blocks/archive.ts'
import { placed } from './receipt-store.ts'
import type { PlacedReceipt } from './receipt-store.ts'

interface InPeriod {
  readonly organisation: string
  /** Half-open, milliseconds. */
  readonly fromAt: number
  readonly toAt: number
}

/** Receipts of a period that wait for their place. */
export async function pendingOfPeriod(
  db: Reader,
  { organisation, fromAt, toAt }: InPeriod,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('receipt_outbox')
    .innerJoin('receipts', 'receipts.id', 'receipt_outbox.receipt_id')
    .select('receipts.id')
    .where('receipts.organisation', '=', organisation)
    .where('receipts.at', '>=', fromAt)
    .where('receipts.at', '<', toAt)
    .execute()
  return rows.map((row) => row.id)
}

const entriesOf = (db: Reader, organisation: string) =>
  db
    .selectFrom('receipts')
    .innerJoin('log_entries', 'log_entries.receipt_id', 'receipts.id')
    .where('receipts.organisation', '=', organisation)

/** The first and the last entry of a period in each log that has any, whoever's log it is. */
export async function extentsOfPeriod(
  db: Reader,
  { organisation, fromAt, toAt }: InPeriod,
): Promise<ReadonlyMap<number, { readonly first: number; readonly last: number }>> {
  const rows = await entriesOf(db, organisation)
    .where('receipts.at', '>=', fromAt)
    .where('receipts.at', '<', toAt)
    .select((e) => [
      'log_entries.log',
      e.fn.min('log_entries.idx').as('first'),
      e.fn.max('log_entries.idx').as('last'),
    ])
    .groupBy('log_entries.log')
    .execute()
  const extents = new Map(rows.map((row) => [row.log, { first: Number(row.first), last: Number(row.last) }]))
  const filter = { from: fromAt, to: toAt }
  for (const [log, { first, last }] of (await (await archiveOf(db))?.extents(db, { organisation, filter })) ??
    []) {
    const known = extents.get(log)
    extents.set(log, {
      first: Math.min(first, known?.first ?? first),
      last: Math.max(last, known?.last ?? last),
    })
  }
  return extents
}

interface InLog {
  readonly organisation: string
  readonly log: number
}

/** The last entry below an index that is from before an instant. */
export async function lastBefore(
  db: Reader,
  { organisation, log, below, at }: InLog & { readonly below: number; readonly at: number },
): Promise<number | undefined> {
  const row = await entriesOf(db, organisation)
    .where('log_entries.log', '=', log)
    .where('log_entries.idx', '<', below)
    .where('receipts.at', '<', at)
    .select('log_entries.idx')
    .orderBy('log_entries.idx', 'desc')
    .limit(1)
    .executeTakeFirst()
  // What is in blocks has lower indices than what is in rows.
  if (row !== undefined && row.idx !== null) return row.idx
  return await (
    await archiveOf(db)
  )?.lastEntry(db, organisation, log, (index, when) => index < below && when < at)
}

/** The first entry above an index that is not from before an instant. */
export async function firstFrom(
  db: Reader,
  { organisation, log, above, at }: InLog & { readonly above: number; readonly at: number },
): Promise<number | undefined> {
  const row = await entriesOf(db, organisation)
    .where('log_entries.log', '=', log)
    .where('log_entries.idx', '>', above)
    .where('receipts.at', '>=', at)
    .select('log_entries.idx')
    .orderBy('log_entries.idx')
    .limit(1)
    .executeTakeFirst()
  const found = await (
    await archiveOf(db)
  )?.firstEntry(db, organisation, log, (index, when) => index > above && when >= at)
  return found ?? row?.idx
}

/** The organisation's receipts in a half-open range of a log, ascending. */
export async function receiptsOfRange(
  db: Reader,
  {
    organisation,
    log,
    from,
    to,
    limit,
  }: InLog & { readonly from: number; readonly to: number; readonly limit: number },
): Promise<readonly PlacedReceipt[]> {
  const rows = await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('log_entries.log', '=', log)
    .where('log_entries.idx', '>=', from)
    .where('log_entries.idx', '<', to)
    .orderBy('log_entries.idx')
    .limit(limit)
    .execute()
  const archived = await (await archiveOf(db))?.range(db, log, from, to, { organisation, limit })
  if (archived === undefined || archived.length === 0) return rows
  const known = new Set(rows.map((row) => row.id))
  const further = archived.map(({ receipt }) => receipt).filter((receipt) => !known.has(receipt.id))
  return [...rows, ...further].toSorted((a, b) => (a.idx ?? 0) - (b.idx ?? 0)).slice(0, limit)
}

/** When the first of the organisation's entries at or above an index was, and the last of those it has in a log. */
export async function boundsOfEntries(
  db: Reader,
  { organisation, log, from }: InLog & { readonly from: number },
): Promise<{ readonly first: number | undefined; readonly newest: number | undefined }> {
  const row = await entriesOf(db, organisation)
    .where('log_entries.log', '=', log)
    .where('log_entries.idx', '>=', from)
    .select((e) => [e.fn.min('receipts.at').as('first'), e.fn.max('receipts.at').as('newest')])
    .executeTakeFirst()
  const at = (value: unknown) => (value === null || value === undefined ? undefined : Number(value))
  const bounds = { first: at(row?.first), newest: at(row?.newest) }
  const archived = await (await archiveOf(db))?.boundsOf(db, organisation, log, from)
  if (archived === undefined) return bounds
  return {
    first: Math.min(archived.first, bounds.first ?? archived.first),
    newest: Math.max(archived.newest, bounds.newest ?? archived.newest),
  }
}
