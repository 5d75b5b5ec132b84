import { sql } from 'kysely'
import type { MigrationStep } from './migrate.ts'

/** How both engines compare texts where it must not matter how somebody wrote a name: in any script, not only in ASCII. */
export function foldText(value: unknown): string {
  return typeof value === 'string' ? value.normalize('NFKC').toLowerCase() : ''
}

/** SQLite is given {@link foldText} as its function `fold` at each opening; PostgreSQL gets one of the same name once. */
export const foldFunction: MigrationStep = {
  name: 'kernel/0002-fold',
  async up(db, types) {
    if (types.dialect !== 'postgresql') return
    const { rows } = await sql`select 1 from pg_collation where collname = 'und-x-icu'`.execute(db)
    if (rows.length > 0)
      await sql`create or replace function fold(value text) returns text language sql immutable
        as $$ select lower(normalize($1, NFKC) collate "und-x-icu") $$`.execute(db)
    // Without ICU lower() knows what the database's own locale knows.
    else
      await sql`create or replace function fold(value text) returns text language sql immutable
        as $$ select lower(normalize($1, NFKC)) $$`.execute(db)
  },
}
