import { sql } from 'kysely'
import type { MigrationStep } from './migrate.ts'

/**
 * The words of a text, small, in any script, each between single spaces: how both engines look for a name however it was
 * written. Ann is in "ANN, at noon" and not in "Joanna".
 */
export function wordsIn(value: unknown): string {
  const words =
    typeof value === 'string'
      ? value
          .normalize('NFKC')
          .toLowerCase()
          .match(/[\p{L}\p{Nd}]+/gu)
      : []
  return ` ${(words ?? []).join(' ')} `
}

/** The same of JSON as text, where a line break is written as a backslash and a letter. */
export function wordsInJson(value: unknown): string {
  return wordsIn(typeof value === 'string' ? value.replaceAll(/\\(?:u[0-9a-f]{4}|.)/gi, ' ') : '')
}

/** SQLite is given these as functions at each opening; PostgreSQL gets two of the same names once. */
export const wordFunctions: MigrationStep = {
  name: 'kernel/0002-words',
  async up(db, types) {
    if (types.dialect !== 'postgresql') return
    const { rows } = await sql`select 1 from pg_collation where collname = 'und-x-icu'`.execute(db)
    if (rows.length > 0)
      await sql`create or replace function words(value text) returns text language sql immutable as $$
        select ' ' || trim(regexp_replace(lower(normalize($1, NFKC) collate "und-x-icu"), '[^[:alnum:]]+', ' ', 'g')) || ' ' $$`.execute(
        db,
      )
    // Without ICU letters are what the database's own locale takes for them, in the text and in what is looked for alike.
    else
      await sql`create or replace function words(value text) returns text language sql immutable as $$
        select ' ' || trim(regexp_replace(lower(normalize($1, NFKC)), '[^[:alnum:]]+', ' ', 'g')) || ' ' $$`.execute(
        db,
      )
    await sql`create or replace function json_words(value text) returns text language sql immutable as $$
      select words(regexp_replace($1, '\\\\(u[0-9a-fA-F]{4}|.)', ' ', 'g')) $$`.execute(db)
  },
}
