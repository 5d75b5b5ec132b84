import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { MigrationStep } from '../../kernel/db/index.ts'

/**
 * One log for each organisation and retention class. A store from before keeps its log, name and entries: it is the
 * standard log of the organisation of its first entry, and may hold entries of others below `shared_below`.
 */
export const logsPerOrganisation: MigrationStep = {
  name: 'evidence/0002-logs-per-organisation',
  async up(db, types) {
    await db.schema
      .createTable('logs')
      .addColumn('number', types.sequence, (c) => c.primaryKey())
      .addColumn('organisation', 'text', (c) => c.notNull())
      .addColumn('class', 'text', (c) => c.notNull())
      .addColumn('origin', 'text', (c) => c.notNull().unique())
      .addColumn('shared_below', types.integer, (c) => c.notNull())
      .addColumn('at', types.integer, (c) => c.notNull())
      .addUniqueConstraint('logs_of_organisation', ['organisation', 'class'])
      .execute()
    const log = await keepLogFromBefore(db)

    for (const table of ['receipt_outbox', 'log_entries', 'checkpoints', 'published_sizes']) {
      await db.schema.alterTable(table).renameTo(`${table}_before`).execute()
    }
    await db.schema
      .createTable('receipt_outbox')
      .addColumn('seq', types.sequence, (c) => c.primaryKey())
      .addColumn('organisation', 'text', (c) => c.notNull())
      .addColumn('class', 'text', (c) => c.notNull())
      .addColumn('receipt_id', 'text', (c) => c.notNull())
      .addColumn('leaf_hash', types.bytes, (c) => c.notNull())
      .execute()
    // Its key leads each row and leaves are read in its order: without a row number there is one tree less to write.
    const clustered = types.dialect === 'sqlite' ? sql`without rowid` : sql``
    await db.schema
      .createTable('log_entries')
      .addColumn('log', types.integer, (c) => c.notNull())
      .addColumn('idx', types.integer, (c) => c.notNull())
      .addColumn('receipt_id', 'text', (c) => c.notNull().unique())
      .addColumn('leaf_hash', types.bytes, (c) => c.notNull())
      .addPrimaryKeyConstraint('log_entries_pk', ['log', 'idx'])
      .modifyEnd(clustered)
      .execute()
    await db.schema
      .createTable('checkpoints')
      .addColumn('log', types.integer, (c) => c.notNull())
      .addColumn('size', types.integer, (c) => c.notNull())
      .addColumn('root', types.bytes, (c) => c.notNull())
      .addColumn('note', 'text', (c) => c.notNull())
      .addColumn('at', types.integer, (c) => c.notNull())
      .addPrimaryKeyConstraint('checkpoints_pk', ['log', 'size'])
      .execute()
    await db.schema
      .createTable('published_sizes')
      .addColumn('log', types.integer, (c) => c.notNull())
      .addColumn('size', types.integer, (c) => c.notNull())
      .addPrimaryKeyConstraint('published_sizes_pk', ['log', 'size'])
      .execute()

    await sql`insert into receipt_outbox (organisation, class, receipt_id, leaf_hash)
      select receipts.organisation, 'standard', receipt_id, leaf_hash
      from receipt_outbox_before join receipts on receipts.id = receipt_id order by seq`.execute(db)
    await sql`insert into log_entries (log, idx, receipt_id, leaf_hash)
      select ${log}, idx, receipt_id, leaf_hash from log_entries_before`.execute(db)
    await sql`insert into checkpoints (log, size, root, note, at)
      select ${log}, size, root, note, at from checkpoints_before`.execute(db)
    await sql`insert into published_sizes (log, size) select ${log}, size from published_sizes_before`.execute(
      db,
    )
    for (const table of ['receipt_outbox', 'log_entries', 'checkpoints', 'published_sizes']) {
      await db.schema.dropTable(`${table}_before`).execute()
    }
  },
}

/** @returns its number; 0 when there was no entry yet, so that no row will name it. */
// Migrations are untyped on purpose, see kernel/db/migrate.ts.
// oxlint-disable-next-line typescript/no-explicit-any
async function keepLogFromBefore(db: Kysely<any>): Promise<number> {
  const newest = await db
    .selectFrom('checkpoints')
    .select(['size', 'note', 'at'])
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (newest === undefined) return 0
  const first = await db
    .selectFrom('log_entries')
    .innerJoin('receipts', 'receipts.id', 'log_entries.receipt_id')
    .select('receipts.organisation')
    .orderBy('log_entries.idx')
    .limit(1)
    .executeTakeFirst()
  const note = String(newest['note'])
  const { number } = await db
    .insertInto('logs')
    .values({
      // A log without its receipts does not start; what is wrong with it is for the start to say, not for this step.
      organisation: String(first?.['organisation'] ?? ''),
      class: 'standard',
      origin: note.slice(0, note.indexOf('\n')),
      shared_below: Number(newest['size']),
      at: Number(newest['at']),
    })
    .returning('number')
    .executeTakeFirstOrThrow()
  return Number(number)
}
