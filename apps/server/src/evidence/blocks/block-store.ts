import type { MigrationStep, Reader, Tx } from '../../kernel/db/index.ts'
import type { BlockHeader } from './block-file.ts'

declare module '../../kernel/db/tables.ts' {
  interface Tables {
    evidence_blocks: BlockRow
    /** Counts changes of receipts that lie in rows, so that a block in the making notices one. */
    receipt_changes: { id: 1; count: number }
  }
}

export interface BlockRow {
  log: number
  from_idx: number
  to_idx: number
  /** Entries below it have left the rows: from there on readers look into the rows, below it into the block. */
  drained_to: number
  /** The log's; a block of a log from before there was one for each may hold entries of others: then `is_shared` is 1. */
  organisation: string
  is_shared: number
  /** Changes with every rewriting. */
  file: string
  bytes: number
  sha256: string
  header_sha256: string
  /** Root over the entries in base64, where they are a complete subtree. */
  root: string | null
  /** Receipts that are there, full or folded. */
  receipts: number
  /** Bounds, both included; null where no receipt is left. */
  first_at: number | null
  last_at: number | null
  first_id: string | null
  last_id: string | null
  first_parent: string | null
  last_parent: string | null
  sealed_at: number
}

export const blocksStep: MigrationStep = {
  name: 'evidence/0006-blocks',
  async up(db, types) {
    await db.schema
      .createTable('evidence_blocks')
      .addColumn('log', types.integer, (c) => c.notNull())
      .addColumn('from_idx', types.integer, (c) => c.notNull())
      .addColumn('to_idx', types.integer, (c) => c.notNull())
      .addColumn('drained_to', types.integer, (c) => c.notNull())
      .addColumn('organisation', 'text', (c) => c.notNull())
      .addColumn('is_shared', types.integer, (c) => c.notNull())
      .addColumn('file', 'text', (c) => c.notNull().unique())
      .addColumn('bytes', types.integer, (c) => c.notNull())
      .addColumn('sha256', 'text', (c) => c.notNull())
      .addColumn('header_sha256', 'text', (c) => c.notNull())
      .addColumn('root', 'text')
      .addColumn('receipts', types.integer, (c) => c.notNull())
      .addColumn('first_at', types.integer)
      .addColumn('last_at', types.integer)
      .addColumn('first_id', 'text')
      .addColumn('last_id', 'text')
      .addColumn('first_parent', 'text')
      .addColumn('last_parent', 'text')
      .addColumn('sealed_at', types.integer, (c) => c.notNull())
      .addPrimaryKeyConstraint('evidence_blocks_pk', ['log', 'from_idx'])
      .execute()
    await db.schema
      .createIndex('evidence_blocks_of_organisation')
      .on('evidence_blocks')
      .columns(['organisation', 'last_id'])
      .execute()
    await db.schema
      .createTable('receipt_changes')
      .addColumn('id', types.integer, (c) => c.primaryKey())
      .addColumn('count', types.integer, (c) => c.notNull())
      .execute()
  },
}

/** What the row of a block says after its header. */
export function zoneColumns(header: BlockHeader) {
  const { at, id, parent } = header.zone
  const receipt = (hex: string | undefined): string | null => (hex === undefined ? null : `rct_${hex}`)
  return {
    receipts: header.rows,
    first_at: at?.[0] ?? null,
    last_at: at?.[1] ?? null,
    first_id: receipt(id?.[0]),
    last_id: receipt(id?.[1]),
    first_parent: receipt(parent?.[0]),
    last_parent: receipt(parent?.[1]),
  }
}

export async function insertBlock(tx: Tx, row: BlockRow): Promise<void> {
  await tx.insertInto('evidence_blocks').values(row).execute()
}

/** The blocks that may hold receipts of an organisation. */
export async function blocksOf(db: Reader, organisation: string): Promise<readonly BlockRow[]> {
  return await db
    .selectFrom('evidence_blocks')
    .selectAll()
    .where((e) => e.or([e('organisation', '=', organisation), e('is_shared', '=', 1)]))
    .execute()
}

export async function listBlocks(db: Reader): Promise<readonly BlockRow[]> {
  return await db.selectFrom('evidence_blocks').selectAll().orderBy('log').orderBy('from_idx').execute()
}

/** Blocks of one log, ascending; those that touch [from, to). */
export async function blocksOfLog(
  db: Reader,
  log: number,
  from = 0,
  to = Number.MAX_SAFE_INTEGER,
): Promise<readonly BlockRow[]> {
  return await db
    .selectFrom('evidence_blocks')
    .selectAll()
    .where('log', '=', log)
    .where('from_idx', '<', to)
    .where('to_idx', '>', from)
    .orderBy('from_idx')
    .execute()
}

export async function findBlock(db: Reader, log: number, from: number): Promise<BlockRow | undefined> {
  return await db
    .selectFrom('evidence_blocks')
    .selectAll()
    .where('log', '=', log)
    .where('from_idx', '=', from)
    .executeTakeFirst()
}

/** Blocks whose entries are still in rows too, some or all of them. */
export async function undrainedBlocks(db: Reader): Promise<readonly BlockRow[]> {
  return await db
    .selectFrom('evidence_blocks')
    .selectAll()
    .whereRef('drained_to', '<', 'to_idx')
    .orderBy('log')
    .orderBy('from_idx')
    .execute()
}

export async function namedFiles(db: Reader): Promise<readonly string[]> {
  const rows = await db.selectFrom('evidence_blocks').select('file').execute()
  return rows.map((row) => row.file)
}

/**
 * Takes entries [drained_to, to) of a block out of the rows; they are read from the block from this transaction on.
 *
 * @returns false when somebody else has moved on meanwhile.
 */
export async function drain(tx: Tx, block: BlockRow, to: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('evidence_blocks')
    .set({ drained_to: to })
    .where('log', '=', block.log)
    .where('from_idx', '=', block.from_idx)
    .where('drained_to', '=', block.drained_to)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) return false
  const entries = tx
    .selectFrom('log_entries')
    .select('receipt_id')
    .where('log', '=', block.log)
    .where('idx', '>=', block.drained_to)
    .where('idx', '<', to)
  await tx.deleteFrom('receipts').where('id', 'in', entries).execute()
  await tx
    .deleteFrom('log_entries')
    .where('log', '=', block.log)
    .where('idx', '>=', block.drained_to)
    .where('idx', '<', to)
    .execute()
  return true
}

/** Puts a file written anew in the place of `before`; false when the block is no longer that one. */
export async function swapFile(tx: Tx, before: BlockRow, after: BlockRow): Promise<boolean> {
  const { log, from_idx, ...columns } = after
  const { numUpdatedRows } = await tx
    .updateTable('evidence_blocks')
    .set({ ...columns, drained_to: before.drained_to })
    .where('log', '=', log)
    .where('from_idx', '=', from_idx)
    .where('file', '=', before.file)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** To be called by whoever changes receipts in rows, or destroys keys of their salts, in the same transaction. */
export async function receiptsChanged(tx: Tx): Promise<void> {
  await tx
    .insertInto('receipt_changes')
    .values({ id: 1, count: 1 })
    .onConflict((c) => c.column('id').doUpdateSet((e) => ({ count: e('receipt_changes.count', '+', 1) })))
    .execute()
}

export async function countChanges(db: Reader): Promise<number> {
  const row = await db.selectFrom('receipt_changes').select('count').executeTakeFirst()
  return row?.count ?? 0
}
