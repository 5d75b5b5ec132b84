import { sql } from 'kysely'
import { prepared } from '../../kernel/db/index.ts'
import type { Reader, Tx } from '../../kernel/db/index.ts'
import type { ReceiptId } from '../../kernel/ids.ts'
import type { EncodedReceipt } from './entry.ts'
import type { Decision, Level, Part, PartName, Phase, ReceiptDraft } from './receipt-draft.ts'
import { filterColumns } from './receipt-filter.ts'
import type { ReceiptFilter } from './receipt-filter.ts'

declare module '../../kernel/db/tables.ts' {
  interface Tables {
    receipts: ReceiptRow
    /** Intents whose outcome has not been recorded: running now, or dangling after a crash. */
    open_intents: { receipt_id: string }
  }
}

export interface ReceiptRow {
  id: string
  organisation: string
  operation: string
  actor: string
  package: string | null
  /** Of the package in the column before. */
  version: string | null
  case_id: string | null
  run: string | null
  /** 32 hexadecimal digits. */
  trace: string
  parent: string | null
  phase: Phase
  decision: Decision
  at: number
  level: Level
  calls: number
  rows: number
  cost_micros: number
  rule: string
  /** 304 bytes, see docs/reference/evidence-format.md. The truth; the columns beside it are for finding it. */
  entry: Uint8Array
  /** The six parts as a JSON object. */
  parts: string
}

/** A receipt with its place: the log's number and the index in it, null while it waits for the integrator. */
export type PlacedReceipt = ReceiptRow & {
  readonly log: number | null
  readonly idx: number | null
  readonly leaf_hash: Uint8Array | null
}

export type Parts = Readonly<Partial<Record<PartName, Part>>>

/** Stored by us as JSON of exactly this shape; its commitments are checked wherever parts leave the server. */
export function partsOf(row: Pick<ReceiptRow, 'parts'>): Parts {
  return JSON.parse(row.parts) as Parts
}

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

export async function findReceipt(
  db: Reader,
  organisation: string,
  id: ReceiptId,
): Promise<PlacedReceipt | undefined> {
  return await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.id', '=', id)
    .executeTakeFirst()
}

export async function outcomeOf(
  db: Reader,
  organisation: string,
  intent: string,
): Promise<PlacedReceipt | undefined> {
  return await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.parent', '=', intent)
    .where('receipts.phase', '=', 'outcome')
    .executeTakeFirst()
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
  if (page.before !== undefined) query = query.where('receipts.id', '<', page.before)
  return await query.orderBy('receipts.id', 'desc').limit(page.limit).execute()
}

/** Receipts by id, in no particular order. */
export async function findReceipts(
  db: Reader,
  organisation: string,
  ids: readonly string[],
): Promise<readonly PlacedReceipt[]> {
  if (ids.length === 0) return []
  return await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.id', 'in', ids)
    .execute()
}

export async function receiptsOfCase(
  db: Reader,
  organisation: string,
  caseId: string,
  limit: number,
): Promise<readonly PlacedReceipt[]> {
  return await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.case_id', '=', caseId)
    .limit(limit)
    .execute()
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
  return rows.flatMap((row) => (row.case_id === null ? [] : [row.case_id]))
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
    .where('organisation', '=', organisation)
    .where('run', 'is not', null)
  named =
    scope.case === undefined
      ? named.where('at', '>=', scope.fromAt).where('at', '<', scope.toAt)
      : named.where('case_id', '=', scope.case)
  const rows = await db
    .selectFrom('receipts')
    .select('case_id')
    .distinct()
    .where('organisation', '=', organisation)
    .where('operation', '=', 'plugin.run')
    .where('decision', '=', 'allowed')
    .where('case_id', 'is not', null)
    .where('run', 'in', named)
    .execute()
  return rows.flatMap((row) => (row.case_id === null ? [] : [row.case_id]))
}

export async function receiptsOfParents(
  db: Reader,
  organisation: string,
  parents: readonly string[],
): Promise<readonly PlacedReceipt[]> {
  if (parents.length === 0) return []
  return await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.parent', 'in', parents)
    .execute()
}

export async function receiptsOfPackages(
  db: Reader,
  organisation: string,
  packages: readonly string[],
  operations: readonly string[],
): Promise<readonly PlacedReceipt[]> {
  if (packages.length === 0) return []
  return await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.package', 'in', packages)
    .where('receipts.operation', 'in', operations)
    .execute()
}

/** What names this version of a package, as what was acted on or as the plugin that acted. */
export async function receiptsOfRelease(
  db: Reader,
  organisation: string,
  release: { readonly name: string; readonly version: string },
  limit: number,
): Promise<readonly PlacedReceipt[]> {
  return await placed(db)
    .where('receipts.organisation', '=', organisation)
    .where('receipts.package', '=', release.name)
    .where('receipts.version', '=', release.version)
    .limit(limit)
    .execute()
}

/** The cases that a version of a package was used for. */
export async function casesOfRelease(
  db: Reader,
  organisation: string,
  release: { readonly name: string; readonly version: string },
): Promise<readonly string[]> {
  const named = db
    .selectFrom('receipts')
    .select('run')
    .where('organisation', '=', organisation)
    .where('package', '=', release.name)
    .where('version', '=', release.version)
    .where('run', 'is not', null)
  const rows = await db
    .selectFrom('receipts')
    .select('case_id')
    .distinct()
    .where('organisation', '=', organisation)
    .where('decision', '=', 'allowed')
    .where('case_id', 'is not', null)
    .where((e) =>
      e.or([
        e.and([e('package', '=', release.name), e('version', '=', release.version)]),
        e('run', 'in', named),
      ]),
    )
    .execute()
  return rows.flatMap((row) => (row.case_id === null ? [] : [row.case_id]))
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
