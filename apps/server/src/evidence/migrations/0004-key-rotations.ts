import type { MigrationStep } from '../../kernel/db/index.ts'

export const keyRotations: MigrationStep = {
  name: 'evidence/0004-key-rotations',
  async up(db, types) {
    await db.schema
      .createTable('log_key_rotations')
      .addColumn('number', types.sequence, (c) => c.primaryKey())
      .addColumn('vkey', 'text', (c) => c.notNull())
      .addColumn('note', 'text', (c) => c.notNull())
      .addColumn('at', types.integer, (c) => c.notNull())
      .execute()
  },
}
