import { sql } from 'kysely'
import { prepared } from '../../kernel/db/index.ts'
import type { Reader, Tx } from '../../kernel/db/index.ts'
import type { ReceiptId } from '../../kernel/ids.ts'
import type { EncodedReceipt } from './entry.ts'
import { archiveOf } from '../blocks/archive.ts'
import type { ReceiptQuery } from '../blocks/match-rows.ts'
import type { Part, ReceiptDraft } from './receipt-draft.ts'
import { partsOf } from './receipt-row.ts'
import type { PlacedReceipt, ReceiptRow } from './receipt-row.ts'
import { filterColumns } from './receipt-filter.ts'
import type { ReceiptFilter } from './receipt-filter.ts'

declare module '../../kernel/db/tables.ts' {
  interface Tables {
    receipts: ReceiptRow
    /** Intents whose outcome has not been recorded: running now, or dangling after a crash. */
    open_intents: { receipt_id: string }
  }
}

export type { Parts, PlacedReceipt, ReceiptRow } from './receipt-row.ts'
export { partsOf } from './receipt-row.ts'

export async function insertReceipt(tx: Tx, draft: ReceiptDraft, encoded: EncodedReceipt): Promise<void> {
  await addReceipt(tx, receiptRowOf(draft, encoded))
  if (draft.phase === 'intent') await openIntent(tx, { receipt: draft.id })
  if (draft.phase === 'outcome') await closeIntent(tx, { receipt: draft.parent ?? '' })
}

/** The columns that a receipt is found by, beside what is logged of it. */
export function receiptRowOf(draft: ReceiptDraft, encoded: EncodedReceipt): ReceiptRow {
  const { actor, subject, policy } = draft.parts
  const via = actor['via'] as Part | undefined
  return {
    id: draft.id,
    organisation: draft.organisation,
    operation: textOf(subject['operation']) ?? '',
    actor: textOf(actor['user']) ?? '',
    package: textOf(subject['package']) ?? textOf(via?.['package']),
    version: textOf(subject['package']) === null ? textOf(via?.['version']) : textOf(subject['version']),
    case_id: textOf(subject['case']),
    run: textOf(subject['run']) ?? textOf(via?.['run']),
    trace: draft.traceId,
    parent: draft.parent ?? null,
    phase: draft.phase,
    decision: draft.decision,
    at: draft.at,
    level: draft.level,
    calls: draft.counts.calls,
    rows: draft.counts.rows,
    cost_micros: Number(draft.costMicros),
    rule: Array.isArray(policy['rules']) ? policy['rules'].join(', ') : '',
    entry: encoded.entry,
    parts: encoded.parts,
  }
}

const addReceipt = prepared((tx: Tx, row: ReceiptRow) =>
  tx.insertInto('receipts').values({
    id: row.id,
    organisation: row.organisation,
    operation: row.operation,
    actor: row.actor,
    package: row.package,
    version: row.version,
    case_id: row.case_id,
    run: row.run,
    trace: row.trace,
    parent: row.parent,
    phase: row.phase,
    decision: row.decision,
    at: row.at,
    level: row.level,
    calls: row.calls,
    rows: row.rows,
    cost_micros: row.cost_micros,
    rule: row.rule,
    entry: row.entry,
    parts: row.parts,
  }),
)
const openIntent = prepared((tx: Tx, { receipt }: { receipt: string }) =>
  tx.insertInto('open_intents').values({ receipt_id: receipt }),
)
const closeIntent = prepared((tx: Tx, { receipt }: { receipt: string }) =>
  tx.deleteFrom('open_intents').where('receipt_id', '=', receipt),
)

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

export const placed = (db: Reader) =>
  db
    .selectFrom('receipts')
    .leftJoin('log_entries', 'log_entries.receipt_id', 'receipts.id')
    .selectAll('receipts')
    .select(['log_entries.log', 'log_entries.idx', 'log_entries.leaf_hash'])

/**
 * Receipts out of rows, and out of blocks what has left the rows. Rows are read first: what leaves them in between is
 * found twice and taken once, where the other order would miss it.
 */
async function withArchived(
  db: Reader,
  rows: readonly PlacedReceipt[],
  query: ReceiptQuery,
  limit?: number,
): Promise<readonly PlacedReceipt[]> {
  const archive = await archiveOf(db)
  if (archive === undefined) return rows
  const archived = await archive.search(db, query, limit)
  if (archived.length === 0) return rows
  const known = new Set(rows.map((row) => row.id))
  return [...rows, ...archived.filter((receipt) => !known.has(receipt.id))]
}

export async function findReceipt(
  db: Reader,
  organisation: string,
  id: ReceiptId,
): Promise<PlacedReceipt | undefined> {
  const row = await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.id', '=', id)
    .executeTakeFirst()
  return row ?? (await withArchived(db, [], { organisation, ids: [id] }))[0]
}

export async function outcomeOf(
  db: Reader,
  organisation: string,
  intent: string,
): Promise<PlacedReceipt | undefined> {
  const row = await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.parent', '=', intent)
    .where('receipts.phase', '=', 'outcome')
    .executeTakeFirst()
  const filter = { phase: 'outcome' } as const
  return row ?? (await withArchived(db, [], { organisation, parents: [intent], filter }))[0]
}

export interface ReceiptPage extends ReceiptFilter {
  /** Only receipts older than the one with this id. */
  readonly before?: string | undefined
  readonly limit: number
}

/** Newest first. Ids sort by time and never change, so that a page begins where the one before it ended whatever was added since. */
export async function listReceipts(
  db: Reader,
  organisation: string,
  page: ReceiptPage,
): Promise<readonly PlacedReceipt[]> {
  const { before, limit, ...filter } = page
  let query = placed(db).where('receipts.organisation', '=', organisation)
  for (const [member, column] of Object.entries(filterColumns)) {
    const wanted = page[member as keyof typeof filterColumns]
    if (wanted !== undefined) query = query.where(`receipts.${column}`, '=', wanted)
  }
  // Said once more in the words of the index that holds only these.
  if (page.decision !== undefined && page.decision !== 'allowed')
    query = query.where(sql`receipts.decision`, '<>', sql.lit('allowed'))
  if (page.from !== undefined) query = query.where('receipts.at', '>=', page.from)
  if (page.to !== undefined) query = query.where('receipts.at', '<', page.to)
  if (before !== undefined) query = query.where('receipts.id', '<', before)
  const rows = await query.orderBy('receipts.id', 'desc').limit(limit).execute()
  // A page that is full of rows takes from blocks only what is newer than its last.
  const newerThan = rows[limit - 1]?.id
  const all = await withArchived(db, rows, { organisation, filter, before, newerThan }, limit)
  if (all.length === rows.length) return rows
  return all.toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit)
}

/** Receipts by id, in no particular order. */
export async function findReceipts(
  db: Reader,
  organisation: string,
  ids: readonly string[],
): Promise<readonly PlacedReceipt[]> {
  if (ids.length === 0) return []
  const rows = await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.id', 'in', ids)
    .execute()
  const found = new Set(rows.map((row) => row.id))
  const missing = ids.filter((id) => !found.has(id))
  return missing.length === 0 ? rows : await withArchived(db, rows, { organisation, ids: missing })
}

/** Index → receipt id, of entries [from, to) of a log that are there, in rows or in blocks. */
export async function receiptIdsOfLog(
  db: Reader,
  log: number,
  from: number,
  to: number,
): Promise<ReadonlyMap<number, string>> {
  const rows = await db
    .selectFrom('log_entries')
    .select(['idx', 'receipt_id'])
    .where('log', '=', log)
    .where('idx', '>=', from)
    .where('idx', '<', to)
    .execute()
  const placed = rows.map((row) => [row.idx, row.receipt_id] as const)
  if (placed.length === to - from) return new Map(placed)
  return new Map([...((await (await archiveOf(db))?.ids(db, log, from, to)) ?? []), ...placed])
}

export async function receiptsOfCase(
  db: Reader,
  organisation: string,
  caseId: string,
  limit: number,
): Promise<readonly PlacedReceipt[]> {
  const rows = await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.case_id', '=', caseId)
    .limit(limit)
    .execute()
  const all = await withArchived(db, rows, { organisation, filter: { case: caseId } }, limit)
  return all.slice(0, limit)
}

/** Cases that something was done with; one that was only asked for in vain may not exist at all. */
export async function casesOfPeriod(
  db: Reader,
  organisation: string,
  fromAt: number,
  toAt: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('receipts')
    .select('case_id')
    .distinct()
    .where('organisation', '=', organisation)
    .where('at', '>=', fromAt)
    .where('at', '<', toAt)
    .where('case_id', 'is not', null)
    .where('decision', '=', 'allowed')
    .execute()
  const filter = { from: fromAt, to: toAt, decision: 'allowed' } as const
  const archived = await (await archiveOf(db))?.distinct(db, { organisation, filter }, 'case_id')
  return distinctTexts(
    rows.map((row) => row.case_id),
    archived,
  )
}

/** The cases that runs were performed on whose results a bundle of the case, or of the half-open period, holds. */
export async function casesOfRuns(
  db: Reader,
  organisation: string,
  scope: { readonly case?: string | undefined; readonly fromAt: number; readonly toAt: number },
): Promise<readonly string[]> {
  let named = db
    .selectFrom('receipts')
    .select('run')
    .distinct()
    .where('organisation', '=', organisation)
    .where('run', 'is not', null)
  named =
    scope.case === undefined
      ? named.where('at', '>=', scope.fromAt).where('at', '<', scope.toAt)
      : named.where('case_id', '=', scope.case)
  const archive = await archiveOf(db)
  const runs = distinctTexts(
    (await named.execute()).map((row) => row.run),
    await archive?.distinct(
      db,
      {
        organisation,
        filter: scope.case === undefined ? { from: scope.fromAt, to: scope.toAt } : { case: scope.case },
      },
      'run',
    ),
  )
  const performed = { filter: { decision: 'allowed' }, operations: ['plugin.run'] } as const
  const cases = new Set<string>()
  for (let start = 0; start < runs.length; start += 500) {
    const some = runs.slice(start, start + 500)
    const rows = await db
      .selectFrom('receipts')
      .select('case_id')
      .distinct()
      .where('organisation', '=', organisation)
      .where('operation', '=', 'plugin.run')
      .where('decision', '=', 'allowed')
      .where('case_id', 'is not', null)
      .where('run', 'in', some)
      .execute()
    for (const { case_id } of rows) if (case_id !== null) cases.add(case_id)
  }
  for (const found of (await archive?.distinct(db, { organisation, ...performed, runs }, 'case_id')) ?? [])
    cases.add(found)
  return [...cases]
}

function distinctTexts(
  rows: readonly (string | null)[],
  archived: ReadonlySet<string> | undefined,
): readonly string[] {
  const texts = new Set(archived)
  for (const text of rows) if (text !== null) texts.add(text)
  return [...texts]
}

export async function receiptsOfParents(
  db: Reader,
  organisation: string,
  parents: readonly string[],
): Promise<readonly PlacedReceipt[]> {
  if (parents.length === 0) return []
  const rows = await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.parent', 'in', parents)
    .execute()
  return await withArchived(db, rows, { organisation, parents })
}

export async function receiptsOfPackages(
  db: Reader,
  organisation: string,
  packages: readonly string[],
  operations: readonly string[],
): Promise<readonly PlacedReceipt[]> {
  if (packages.length === 0) return []
  const rows = await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.package', 'in', packages)
    .where('receipts.operation', 'in', operations)
    .execute()
  return await withArchived(db, rows, { organisation, packages, operations })
}

/** What names this version of a package, as what was acted on or as the plugin that acted. */
export async function receiptsOfRelease(
  db: Reader,
  organisation: string,
  release: { readonly name: string; readonly version: string },
  limit: number,
): Promise<readonly PlacedReceipt[]> {
  const rows = await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.package', '=', release.name)
    .where('receipts.version', '=', release.version)
    .limit(limit)
    .execute()
  const filter = { package: release.name, version: release.version }
  return (await withArchived(db, rows, { organisation, filter }, limit)).slice(0, limit)
}

/** The cases that a version of a package was used for. */
export async function casesOfRelease(
  db: Reader,
  organisation: string,
  release: { readonly name: string; readonly version: string },
): Promise<readonly string[]> {
  const filter = { package: release.name, version: release.version }
  const cases = new Set<string>()
  const named = await db
    .selectFrom('receipts')
    .select(['run', 'case_id', 'decision'])
    .distinct()
    .where('organisation', '=', organisation)
    .where('package', '=', release.name)
    .where('version', '=', release.version)
    .execute()
  for (const row of named) if (row.case_id !== null && row.decision === 'allowed') cases.add(row.case_id)
  const archive = await archiveOf(db)
  const allowed = { decision: 'allowed' } as const
  for (const found of (await archive?.distinct(
    db,
    { organisation, filter: { ...filter, ...allowed } },
    'case_id',
  )) ?? [])
    cases.add(found)
  const runs = distinctTexts(
    named.map((row) => row.run),
    await archive?.distinct(db, { organisation, filter }, 'run'),
  )
  for (let start = 0; start < runs.length; start += 500) {
    const some = await db
      .selectFrom('receipts')
      .select('case_id')
      .distinct()
      .where('organisation', '=', organisation)
      .where('decision', '=', 'allowed')
      .where('case_id', 'is not', null)
      .where('run', 'in', runs.slice(start, start + 500))
      .execute()
    for (const { case_id } of some) if (case_id !== null) cases.add(case_id)
  }
  for (const found of (await archive?.distinct(db, { organisation, filter: allowed, runs }, 'case_id')) ?? [])
    cases.add(found)
  return [...cases]
}

/** An intent that nobody has answered for, and what recovery needs to record its outcome as unknown. */
export interface DanglingIntent {
  readonly receiptId: ReceiptId
  readonly organisation: string
  readonly user: string
  readonly operation: string
  readonly at: number
  readonly draft: Pick<ReceiptDraft, 'traceId' | 'level' | 'organisation' | 'parts'>
}

export async function listDanglingIntents(db: Reader): Promise<readonly DanglingIntent[]> {
  const rows = await db
    .selectFrom('open_intents')
    .innerJoin('receipts', 'receipts.id', 'open_intents.receipt_id')
    .selectAll('receipts')
    .orderBy('receipts.id')
    .execute()
  return rows.map((row) => ({
    // Written by insertReceipt from a draft, whose id is a receipt id and whose parts are all there.
    receiptId: row.id as ReceiptId,
    organisation: row.organisation,
    user: row.actor,
    operation: row.operation,
    at: row.at,
    draft: {
      traceId: Buffer.from(row.entry).toString('hex', 20, 36),
      level: row.level,
      organisation: row.organisation,
      parts: partsOf(row) as ReceiptDraft['parts'],
    },
  }))
}
