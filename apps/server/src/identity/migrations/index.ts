import type { MigrationStep } from '../../kernel/db/index.ts'

export const identityMigrations: readonly MigrationStep[] = [
  {
    name: 'identity/0001-people-and-credentials',
    async up(db, types) {
      await db.schema
        .createTable('identity_organisations')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull().unique())
        .addColumn('demo', types.integer, (c) => c.notNull())
        .addColumn('created_at', types.integer, (c) => c.notNull())
        .execute()
      await db.schema
        .createTable('identity_users')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('organisation', 'text', (c) => c.notNull().references('identity_organisations.id'))
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('roles', 'text', (c) => c.notNull())
        .addColumn('active', types.integer, (c) => c.notNull())
        .addColumn('demo', types.integer, (c) => c.notNull())
        .addColumn('created_at', types.integer, (c) => c.notNull())
        .addUniqueConstraint('identity_users_name', ['organisation', 'name'])
        .execute()
      // Secrets are never stored: a credential is found by the SHA-256 of what its holder presents.
      await db.schema
        .createTable('identity_sessions')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('user_id', 'text', (c) => c.notNull().references('identity_users.id'))
        .addColumn('secret_sha256', 'text', (c) => c.notNull().unique())
        .addColumn('created_at', types.integer, (c) => c.notNull())
        .addColumn('expires_at', types.integer, (c) => c.notNull())
        .addColumn('ended_at', types.integer)
        .execute()
      await db.schema
        .createTable('identity_tokens')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('user_id', 'text', (c) => c.notNull().references('identity_users.id'))
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('scopes', 'text', (c) => c.notNull())
        .addColumn('secret_sha256', 'text', (c) => c.notNull().unique())
        .addColumn('created_at', types.integer, (c) => c.notNull())
        .addColumn('expires_at', types.integer, (c) => c.notNull())
        .addColumn('revoked_at', types.integer)
        .execute()
      await db.schema
        .createTable('identity_sign_in_links')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('user_id', 'text', (c) => c.notNull().references('identity_users.id'))
        .addColumn('secret_sha256', 'text', (c) => c.notNull().unique())
        .addColumn('created_at', types.integer, (c) => c.notNull())
        .addColumn('expires_at', types.integer, (c) => c.notNull())
        .addColumn('used_at', types.integer)
        .execute()
      for (const table of ['identity_sessions', 'identity_tokens', 'identity_sign_in_links']) {
        await db.schema
          .createIndex(`${table}_by_user`)
          .on(table)
          .columns(['organisation', 'user_id'])
          .execute()
      }
    },
  },
]
