import type { MigrationStep } from '../../kernel/db/index.ts'

export const finopsMigrations: readonly MigrationStep[] = [
  {
    name: 'finops/0001-budgets-and-meters',
    async up(db, types) {
      await db.schema
        .createTable('finops_budgets')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('month', 'text', (c) => c.notNull())
        .addColumn('limit_micros', types.integer, (c) => c.notNull())
        .addColumn('spent_micros', types.integer, (c) => c.notNull())
        .addColumn('reserved_micros', types.integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('finops_budgets_key', ['organisation', 'month'])
        .execute()
      await db.schema
        .createTable('finops_reservations')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('month', 'text', (c) => c.notNull())
        .addColumn('left_micros', types.integer, (c) => c.notNull())
        .addColumn('reserved_at', types.integer, (c) => c.notNull())
        // Kept after the end, so that a second settlement is recognised.
        .addColumn('closed_at', types.integer)
        .execute()
      await db.schema
        .createTable('finops_meters')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('month', 'text', (c) => c.notNull())
        .addColumn('package', 'text', (c) => c.notNull())
        .addColumn('user_id', 'text', (c) => c.notNull())
        .addColumn('runs', types.integer, (c) => c.notNull())
        .addColumn('calls', types.integer, (c) => c.notNull())
        .addColumn('rows', types.integer, (c) => c.notNull())
        .addColumn('cpu_micros', types.integer, (c) => c.notNull())
        .addColumn('cost_micros', types.integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('finops_meters_key', ['organisation', 'month', 'package', 'user_id'])
        .execute()
    },
  },
]
