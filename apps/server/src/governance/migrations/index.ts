import type { MigrationStep } from '../../kernel/db/index.ts'

export const governanceMigrations: readonly MigrationStep[] = [
  {
    name: 'governance/0001-reviews-and-votes',
    async up(db, types) {
      await db.schema
        .createTable('governance_reviews')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('operation', 'text', (c) => c.notNull())
        .addColumn('input', 'text', (c) => c.notNull())
        .addColumn('input_sha256', 'text', (c) => c.notNull())
        .addColumn('requester', 'text', (c) => c.notNull())
        .addColumn('actor', 'text', (c) => c.notNull())
        .addColumn('rule', 'text', (c) => c.notNull())
        .addColumn('quorum', types.integer, (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('created_at', types.integer, (c) => c.notNull())
        .addColumn('expires_at', types.integer, (c) => c.notNull())
        .addColumn('consumed_at', types.integer)
        .addColumn('reason', 'text')
        .addColumn('outcome', 'text')
        .execute()
      await db.schema
        .createIndex('governance_reviews_newest')
        .on('governance_reviews')
        .columns(['organisation', 'id'])
        .execute()
      await db.schema
        .createIndex('governance_reviews_waiting')
        .on('governance_reviews')
        .columns(['state', 'consumed_at'])
        .execute()
      // One approval of each person: the key is what makes a quorum count distinct people.
      await db.schema
        .createTable('governance_votes')
        .addColumn('review', 'text', (c) => c.notNull().references('governance_reviews.id'))
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('user_id', 'text', (c) => c.notNull())
        .addColumn('user_name', 'text', (c) => c.notNull())
        .addColumn('note', 'text')
        .addColumn('voted_at', types.integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('governance_votes_key', ['review', 'user_id'])
        .execute()
    },
  },
  {
    name: 'governance/0002-who-denied-and-receipts',
    async up(db, types) {
      // SQLite adds one column at a time.
      for (const column of ['receipt', 'denied_by', 'denied_by_name', 'denied_receipt'])
        await db.schema.alterTable('governance_reviews').addColumn(column, 'text').execute()
      await db.schema.alterTable('governance_reviews').addColumn('denied_at', types.integer).execute()
      await db.schema.alterTable('governance_votes').addColumn('receipt', 'text').execute()
    },
  },
]
