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
  {
    name: 'finops/0002-cost-of-each-run',
    async up(db, types) {
      // SQLite adds one column at a time.
      const table = 'finops_reservations'
      for (const column of ['package', 'user_id', 'run'])
        await db.schema.alterTable(table).addColumn(column, 'text').execute()
      await db.schema
        .alterTable(table)
        .addColumn('charged_micros', types.integer, (c) => c.notNull().defaultTo(0))
        .execute()
      await db.schema.alterTable(table).addColumn('wall_micros', types.integer).execute()
      // Holds all that quantiles read, so that they never touch the rows; its order is that of the dearest runs.
      await db.schema
        .createIndex('finops_reservations_cost')
        .on(table)
        .columns(['organisation', 'month', 'charged_micros', 'wall_micros', 'package', 'user_id'])
        .execute()
    },
  },
]
