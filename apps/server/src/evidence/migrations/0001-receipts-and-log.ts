import type { MigrationStep } from '../../kernel/db/index.ts'

export const receiptsAndLog: MigrationStep = {
  name: 'evidence/0001-receipts-and-log',
  async up(db, types) {
    await db.schema
      .createTable('receipts')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('organisation', 'text', (c) => c.notNull())
      .addColumn('operation', 'text', (c) => c.notNull())
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('package', 'text')
      .addColumn('case_id', 'text')
      .addColumn('run', 'text')
      .addColumn('parent', 'text')
      .addColumn('phase', 'text', (c) => c.notNull())
      .addColumn('decision', 'text', (c) => c.notNull())
      .addColumn('at', types.integer, (c) => c.notNull())
      .addColumn('level', 'text', (c) => c.notNull())
      .addColumn('calls', types.integer, (c) => c.notNull())
      .addColumn('rows', types.integer, (c) => c.notNull())
      .addColumn('cost_micros', types.integer, (c) => c.notNull())
      .addColumn('rule', 'text', (c) => c.notNull())
      .addColumn('entry', types.bytes, (c) => c.notNull())
      .addColumn('parts', 'text', (c) => c.notNull())
      .execute()
    // Ids sort by time, so each index also gives "newest first".
    await index('receipts_of_organisation', ['organisation', 'id'])
    await index('receipts_of_case', ['organisation', 'case_id', 'id'])
    await index('receipts_of_package', ['organisation', 'package', 'id'])
    await index('receipts_of_parent', ['parent'])
    await index('receipts_of_time', ['organisation', 'at'])

    await db.schema
      .createTable('open_intents')
      .addColumn('receipt_id', 'text', (c) => c.primaryKey())
      .execute()
    await db.schema
      .createTable('salt_keys')
      .addColumn('organisation', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('epoch', 'text', (c) => c.notNull())
      .addColumn('key', types.bytes, (c) => c.notNull())
      .addPrimaryKeyConstraint('salt_keys_pk', ['organisation', 'subject', 'epoch'])
      .execute()
    await db.schema
      .createTable('receipt_outbox')
      .addColumn('seq', types.sequence, (c) => c.primaryKey())
      .addColumn('receipt_id', 'text', (c) => c.notNull())
      .addColumn('leaf_hash', types.bytes, (c) => c.notNull())
      .execute()
    await db.schema
      .createTable('log_entries')
      .addColumn('idx', types.integer, (c) => c.primaryKey())
      .addColumn('receipt_id', 'text', (c) => c.notNull().unique())
      .addColumn('leaf_hash', types.bytes, (c) => c.notNull())
      .execute()
    await db.schema
      .createTable('checkpoints')
      .addColumn('size', types.integer, (c) => c.primaryKey())
      .addColumn('root', types.bytes, (c) => c.notNull())
      .addColumn('note', 'text', (c) => c.notNull())
      .addColumn('at', types.integer, (c) => c.notNull())
      .execute()
    await db.schema
      .createTable('published_sizes')
      .addColumn('size', types.integer, (c) => c.primaryKey())
      .execute()

    async function index(name: string, columns: string[]): Promise<void> {
      await db.schema.createIndex(name).on('receipts').columns(columns).execute()
    }
  },
}
