import { prepared } from '../../kernel/db/index.ts'
import type { MigrationStep, Reader, Tx } from '../../kernel/db/index.ts'
import { holdsOn } from '../holds/hold-store.ts'
import type { Range } from '../log/proof-ranges.ts'
import type { RetentionClass } from '../log/retention-class.ts'
import { noRules } from './rules.ts'
import type { RetentionAction, RetentionRules } from './rules.ts'
import type { Subtree } from './subtrees.ts'
import { textPlace } from '../../kernel/subject-place.ts'

declare module '../../kernel/db/tables.ts' {
  interface Tables {
    /** All that were ever set; those of the newest receipt are in force. */
    retention_rules: RulesRow
    /** When an organisation's receipts were last pruned and folded by the server itself. */
    retention_work: { organisation: string; at: number; ended: string }
    /** Results of `evidence.prune` and `evidence.fold`, as their receipts commit to them. */
    retention_statements: StatementRow
    /** Entries of logs that are gone, or folded, and by which statement. */
    retention_ranges: RangeRow
    /** Roots over pruned entries: of at most 256 each, so that no tile above the lowest level is lost with them. */
    pruned_subtrees: { log: number; from_idx: number; to_idx: number; root: Uint8Array }
  }
}

interface RulesRow {
  receipt_id: string
  organisation: string
  rules: string
  digest: string
  set_by: string
  set_by_name: string
  at: number
}
interface StatementRow {
  receipt_id: string
  organisation: string
  log: number
  class: RetentionClass
  action: RetentionAction
  at: number
  /** Canonical JSON. */
  statement: string
}
interface RangeRow {
  log: number
  from_idx: number
  to_idx: number
  action: RetentionAction
  organisation: string
  statement: string
  /** Bounds of the ids of its receipts, both included: ids sort by time. */
  first_id: string
  last_id: string
}

export const retentionRulesAndStatements: MigrationStep = {
  name: 'evidence/retention-0001',
  async up(db, types) {
    await db.schema
      .createTable('retention_rules')
      .addColumn('receipt_id', 'text', (c) => c.primaryKey())
      .addColumn('organisation', 'text', (c) => c.notNull())
      .addColumn('rules', 'text', (c) => c.notNull())
      .addColumn('digest', 'text', (c) => c.notNull())
      .addColumn('set_by', 'text', (c) => c.notNull())
      .addColumn('set_by_name', 'text', (c) => c.notNull())
      .addColumn('at', types.integer, (c) => c.notNull())
      .execute()
    await db.schema
      .createIndex('retention_rules_newest')
      .on('retention_rules')
      .columns(['organisation', 'receipt_id'])
      .execute()
    await db.schema
      .createTable('retention_work')
      .addColumn('organisation', 'text', (c) => c.primaryKey())
      .addColumn('at', types.integer, (c) => c.notNull())
      .addColumn('ended', 'text', (c) => c.notNull())
      .execute()
    await db.schema
      .createTable('retention_statements')
      .addColumn('receipt_id', 'text', (c) => c.primaryKey())
      .addColumn('organisation', 'text', (c) => c.notNull())
      .addColumn('log', types.integer, (c) => c.notNull())
      .addColumn('class', 'text', (c) => c.notNull())
      .addColumn('action', 'text', (c) => c.notNull())
      .addColumn('at', types.integer, (c) => c.notNull())
      .addColumn('statement', 'text', (c) => c.notNull())
      .execute()
    await db.schema
      .createIndex('retention_statements_of_log')
      .on('retention_statements')
      .columns(['organisation', 'log', 'receipt_id'])
      .execute()
    await db.schema
      .createTable('retention_ranges')
      .addColumn('log', types.integer, (c) => c.notNull())
      .addColumn('action', 'text', (c) => c.notNull())
      .addColumn('from_idx', types.integer, (c) => c.notNull())
      .addColumn('to_idx', types.integer, (c) => c.notNull())
      .addColumn('organisation', 'text', (c) => c.notNull())
      .addColumn('statement', 'text', (c) => c.notNull())
      .addColumn('first_id', 'text', (c) => c.notNull())
      .addColumn('last_id', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('retention_ranges_pk', ['log', 'action', 'from_idx'])
      .execute()
    await db.schema
      .createIndex('retention_ranges_of_ids')
      .on('retention_ranges')
      .columns(['organisation', 'action', 'first_id'])
      .execute()
    await db.schema
      .createTable('pruned_subtrees')
      .addColumn('log', types.integer, (c) => c.notNull())
      .addColumn('from_idx', types.integer, (c) => c.notNull())
      .addColumn('to_idx', types.integer, (c) => c.notNull())
      .addColumn('root', types.bytes, (c) => c.notNull())
      .addPrimaryKeyConstraint('pruned_subtrees_pk', ['log', 'from_idx'])
      .execute()
  },
}

export async function insertRules(
  tx: Tx,
  row: Omit<RulesRow, 'rules'> & { readonly rules: RetentionRules },
): Promise<void> {
  await tx
    .insertInto('retention_rules')
    .values({ ...row, rules: JSON.stringify(row.rules) })
    .execute()
}

export interface RulesInForce {
  readonly rules: RetentionRules
  /** Undefined while nobody has set any. */
  readonly set: { readonly by: string; readonly byName: string; readonly at: number } | undefined
}

export async function rulesInForce(db: Reader, organisation: string): Promise<RulesInForce> {
  const [row] = (await newestRules(db, { organisation })).rows
  if (row === undefined) return { rules: noRules, set: undefined }
  // Parsed by the schema when they were set.
  const rules = JSON.parse(row.rules) as RetentionRules
  return { rules, set: { by: row.set_by, byName: row.set_by_name, at: row.at } }
}

const newestRules = prepared((db: Reader, { organisation }: { organisation: string }) =>
  db
    .selectFrom('retention_rules')
    .select(['rules', 'set_by', 'set_by_name', 'at'])
    .where('organisation', '=', organisation)
    .orderBy('receipt_id', 'desc')
    .limit(1),
)

/** Statements stay, as the receipts do that they speak of. */
export async function deleteRulesOf(tx: Tx, organisation: string): Promise<number> {
  await tx.deleteFrom('retention_work').where('organisation', '=', organisation).execute()
  const result = await tx
    .deleteFrom('retention_rules')
    .where('organisation', '=', organisation)
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

/**
 * All that decides what may go, beside age: whoever found something due by it, and finds it unchanged in the transaction
 * that takes it away, need not look again.
 */
export async function circumstancesOf(db: Reader, organisation: string): Promise<string> {
  const rules = await db
    .selectFrom('retention_rules')
    .select((e) => e.fn.max('receipt_id').as('newest'))
    .where('organisation', '=', organisation)
    .executeTakeFirst()
  const statements = await db
    .selectFrom('retention_statements')
    .select((e) => e.fn.max('receipt_id').as('newest'))
    .where('organisation', '=', organisation)
    .executeTakeFirst()
  const holds = await holdsOn(db, organisation)
  // What is new of a held case may draw a run into it that was of no held case before.
  const touched: (string | null)[] = []
  for (const hold of holds) {
    const newest = await db
      .selectFrom('receipts')
      .select((e) => e.fn.max('id').as('id'))
      .where('organisation', '=', organisation)
      .where('case_id', '=', hold.case_id)
      .where('run', 'is not', null)
      .executeTakeFirst()
    touched.push(hold.id, newest?.id ?? null)
  }
  return JSON.stringify([rules?.newest ?? null, statements?.newest ?? null, ...touched])
}

export async function organisationsWithRules(db: Reader): Promise<readonly string[]> {
  const rows = await db.selectFrom('retention_rules').select('organisation').distinct().execute()
  return rows.map((row) => row.organisation)
}

export async function lastWork(
  db: Reader,
  organisation: string,
): Promise<{ readonly at: number; readonly ended: string } | undefined> {
  return await db
    .selectFrom('retention_work')
    .select(['at', 'ended'])
    .where('organisation', '=', organisation)
    .executeTakeFirst()
}

export async function saveWork(
  tx: Tx,
  organisation: string,
  work: { readonly at: number; readonly ended: string },
): Promise<void> {
  await tx
    .insertInto('retention_work')
    .values({ organisation, ...work })
    .onConflict((conflict) => conflict.column('organisation').doUpdateSet(work))
    .execute()
}

export interface StatedRange extends Range {
  readonly firstId: string
  readonly lastId: string
}

/** What a prune or a fold leaves beside its receipt, in the transaction of both. */
export async function insertStatement(
  tx: Tx,
  row: StatementRow,
  ranges: readonly StatedRange[],
): Promise<void> {
  await tx.insertInto('retention_statements').values(row).execute()
  for (const some of inChunks(ranges)) {
    await tx
      .insertInto('retention_ranges')
      .values(
        some.map(({ from, to, firstId, lastId }) => ({
          log: row.log,
          from_idx: from,
          to_idx: to,
          action: row.action,
          organisation: row.organisation,
          statement: row.receipt_id,
          first_id: firstId,
          last_id: lastId,
        })),
      )
      .execute()
  }
}

export async function insertSubtrees(tx: Tx, log: number, subtrees: readonly Subtree[]): Promise<void> {
  for (const some of inChunks(subtrees)) {
    await tx
      .insertInto('pruned_subtrees')
      .values(some.map(({ from, to, root }) => ({ log, from_idx: from, to_idx: to, root })))
      .execute()
  }
}

/** Statements of an organisation, oldest first: documents of bundles that speak of its logs. */
export async function statementsOf(
  db: Reader,
  organisation: string,
  log?: number,
): Promise<readonly StatementRow[]> {
  let query = db.selectFrom('retention_statements').selectAll().where('organisation', '=', organisation)
  if (log !== undefined) query = query.where('log', '=', log)
  return await query.orderBy('receipt_id').execute()
}

/** The prune that took a receipt away, as far as ids can tell: one that never was, of the same time, looks the same. */
export async function pruneOf(
  db: Reader,
  organisation: string,
  receipt: string,
): Promise<Pick<StatementRow, 'receipt_id' | 'at' | 'class'> | undefined> {
  return await db
    .selectFrom('retention_ranges')
    .innerJoin('retention_statements', 'retention_statements.receipt_id', 'retention_ranges.statement')
    .select(['retention_statements.receipt_id', 'retention_statements.at', 'retention_statements.class'])
    .where('retention_ranges.organisation', '=', organisation)
    .where('retention_ranges.action', '=', 'prune')
    .where('retention_ranges.first_id', '<=', receipt)
    .where('retention_ranges.last_id', '>=', receipt)
    .orderBy('retention_statements.receipt_id')
    .limit(1)
    .executeTakeFirst()
}

/** Ranges of a log that one kind of statement speaks of, ascending; those that touch [from, to) when a range is given. */
export async function statedRanges(
  db: Reader,
  log: number,
  action: RetentionAction,
  within?: Range,
): Promise<readonly Range[]> {
  let query = db
    .selectFrom('retention_ranges')
    .select(['from_idx', 'to_idx'])
    .where('log', '=', log)
    .where('action', '=', action)
  if (within !== undefined) query = query.where('from_idx', '<', within.to).where('to_idx', '>', within.from)
  return (await query.orderBy('from_idx').execute()).map((row) => ({ from: row.from_idx, to: row.to_idx }))
}

/** The ranges of a log that touch [from, to), with the receipt of the statement that speaks of each; prunes come last, for what is gone is gone. */
export async function statementsOver(
  db: Reader,
  log: number,
  within: Range,
): Promise<readonly (Range & { readonly action: RetentionAction; readonly statement: string })[]> {
  const rows = await db
    .selectFrom('retention_ranges')
    .select(['from_idx', 'to_idx', 'action', 'statement'])
    .where('log', '=', log)
    .where('from_idx', '<', within.to)
    .where('to_idx', '>', within.from)
    .orderBy('action')
    .orderBy('from_idx')
    .execute()
  return rows.map((row) => ({
    from: row.from_idx,
    to: row.to_idx,
    action: row.action,
    statement: row.statement,
  }))
}

export async function subtreesWithin(db: Reader, log: number, range: Range): Promise<readonly Subtree[]> {
  const rows = await db
    .selectFrom('pruned_subtrees')
    .select(['from_idx', 'to_idx', 'root'])
    .where('log', '=', log)
    .where('from_idx', '>=', range.from)
    .where('from_idx', '<', range.to)
    .where('to_idx', '<=', range.to)
    .orderBy('from_idx')
    .execute()
  return rows.map((row) => ({ from: row.from_idx, to: row.to_idx, root: row.root }))
}

function* inChunks<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += 500) yield rows.slice(start, start + 500)
}

export const rulesPlace = textPlace({
  place: 'retention rules',
  table: 'retention_rules',
  id: 'set_by',
  names: ['set_by_name'],
})
