import type { MigrationStep } from '../../kernel/db/index.ts'

export const feedsAndCursors: MigrationStep = {
  name: 'feeds/0001-feeds-and-cursors',
  async up(db, types) {
    await db.schema
      .createTable('feeds')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('organisation', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('destination', 'text', (c) => c.notNull())
      .addColumn('tlp', 'text', (c) => c.notNull())
      .addColumn('filter', 'text', (c) => c.notNull())
      .addColumn('ca', 'text')
      .addColumn('secret', 'text')
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('reason', 'text', (c) => c.notNull())
      .addColumn('created_by', 'text', (c) => c.notNull())
      .addColumn('created_at', types.integer, (c) => c.notNull())
      .addColumn('failures', types.integer, (c) => c.notNull())
      .addColumn('error', 'text')
      .addColumn('retry_at', types.integer)
      .addColumn('accepted_at', types.integer)
      .addColumn('leased_by', 'text')
      .addColumn('leased_until', types.integer)
      .addUniqueConstraint('feeds_of_organisation', ['organisation', 'name'])
      .execute()
    await db.schema
      .createTable('feed_cursors')
      .addColumn('feed', 'text', (c) => c.notNull())
      .addColumn('organisation', 'text', (c) => c.notNull())
      .addColumn('log', types.integer, (c) => c.notNull())
      .addColumn('next', types.integer, (c) => c.notNull())
      .addColumn('begin', types.integer, (c) => c.notNull())
      .addColumn('sending_to', types.integer)
      .addPrimaryKeyConstraint('feed_cursors_pk', ['feed', 'log'])
      .execute()
  },
}
