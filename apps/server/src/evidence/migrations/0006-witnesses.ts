import type { MigrationStep } from '../../kernel/db/index.ts'

/** What witnesses said of each log, and their cosignatures. */
export const witnesses: MigrationStep = {
  name: 'evidence/0006-witnesses',
  async up(db, types) {
    await db.schema
      .createTable('witness_states')
      .addColumn('log', types.integer, (c) => c.notNull())
      .addColumn('witness', 'text', (c) => c.notNull())
      .addColumn('organisation', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('conflict', 'text')
      .addColumn('why', 'text', (c) => c.notNull())
      .addColumn('size', types.integer, (c) => c.notNull())
      .addColumn('cosigned_at', types.integer, (c) => c.notNull())
      .addColumn('at', types.integer, (c) => c.notNull())
      .addPrimaryKeyConstraint('witness_states_pk', ['log', 'witness'])
      .execute()
    await db.schema
      .createTable('cosignatures')
      .addColumn('log', types.integer, (c) => c.notNull())
      .addColumn('size', types.integer, (c) => c.notNull())
      .addColumn('witness', 'text', (c) => c.notNull())
      .addColumn('organisation', 'text', (c) => c.notNull())
      .addColumn('note', 'text', (c) => c.notNull())
      .addColumn('line', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('cosignatures_pk', ['log', 'size', 'witness'])
      .execute()
  },
}
