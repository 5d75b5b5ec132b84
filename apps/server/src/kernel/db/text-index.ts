import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { prepared } from './prepared.ts'
import type { Reader, Tx } from './tables.ts'

/**
 * Word search over rows with an integer key: FTS5 on SQLite, tsvector on PostgreSQL.
 * Words match from their start; every word must match; a scope (an organisation) is a word of its own that others cannot type.
 */
export interface TextIndex {
  put(
    tx: Tx,
    rows: readonly { readonly key: number; readonly scope: string; readonly text: string }[],
  ): Promise<void>
  remove(tx: Tx, keys: readonly number[]): Promise<void>
  /** Keys of matching rows: those that hold the very words, then those with words that begin so; short texts first. */
  search(
    db: Reader,
    query: { readonly scope: string; readonly text: string; readonly limit: number },
  ): Promise<readonly number[]>
}

const rowsAStatement = 200
const keysAStatement = 500
/**
 * Deleting a row securely rewrites the postings of each of its words: 0.3 ms a row at 184,000 rows, a minute for all of
 * them. Deleting them plainly and writing the index anew afterwards takes two seconds.
 */
const mostRemovedOneByOne = 2_000
/**
 * Of more matches than this, only so many are put in order. The engine's own rank weighs every word against all texts of
 * its scope: with 184,000 entities that took 6 ms for any query and 100 ms for a single letter, against 0.1 to 7.
 */
const mostOrdered = 2_000

/** Letters and digits of any script, lower case; everything else separates words. */
function wordsOf(text: string): readonly string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
}
// Words of a text never hold an underscore, so no query can name another scope.
function scopeWord(scope: string): string {
  return `scope_${scope.replaceAll(/[^0-9A-Za-z]/g, '')}`.toLowerCase()
}

export async function createTextIndexTable(
  // A migration's connection knows no table types.
  // oxlint-disable-next-line typescript/no-explicit-any
  db: Kysely<any>,
  dialect: 'sqlite' | 'postgresql',
  name: string,
): Promise<void> {
  if (dialect === 'sqlite') {
    await sql`create virtual table ${sql.table(name)} using fts5(words, tokenize = "unicode61 remove_diacritics 0 tokenchars '_'", prefix = '2 3')`.execute(
      db,
    )
    // What is deleted leaves the index's pages too.
    await sql`insert into ${sql.table(name)}(${sql.ref(name)}, rank) values ('secure-delete', 1)`.execute(db)
  } else {
    await sql`create table ${sql.table(name)} (rowid bigint primary key, words tsvector not null)`.execute(db)
    await sql`create index ${sql.ref(`${name}_words`)} on ${sql.table(name)} using gin (words)`.execute(db)
  }
}

export function openTextIndex(dialect: 'sqlite' | 'postgresql', name: string): TextIndex {
  const table = sql.table(name)
  const matching = prepared((db: Reader, { match, limit }: { match: string; limit: number }) => {
    const condition =
      dialect === 'sqlite' ? sql`${table} match ${match}` : sql`words @@ cast(${match} as tsquery)`
    const query = sql<{ rowid: number }>`
      select rowid from (select rowid, length(words) as size from ${table} where ${condition} limit ${mostOrdered}) as found
      order by size, rowid limit ${limit}`
    return { compile: () => query.compile(db) }
  })
  return {
    async put(tx: Tx, rows) {
      for (let start = 0; start < rows.length; start += rowsAStatement) {
        const values = rows.slice(start, start + rowsAStatement).map(({ key, scope, text }) => {
          const words = [scopeWord(scope), ...wordsOf(text)].join(' ')
          return dialect === 'sqlite'
            ? sql`(${key}, ${words})`
            : sql`(${key}, array_to_tsvector(${[...new Set(words.split(' '))]}))`
        })
        await sql`insert into ${table}(rowid, words) values ${sql.join(values)}`.execute(tx)
      }
    },
    async remove(tx: Tx, keys) {
      const isBulk = dialect === 'sqlite' && keys.length > mostRemovedOneByOne
      if (isBulk) await configure(tx, 'secure-delete', 0)
      for (let start = 0; start < keys.length; start += keysAStatement) {
        const some = keys.slice(start, start + keysAStatement)
        await sql`delete from ${table} where rowid in (${sql.join(some)})`.execute(tx)
      }
      if (!isBulk) return
      // Writes the whole index anew, without what was deleted.
      await sql`insert into ${table}(${sql.ref(name)}) values ('optimize')`.execute(tx)
      await configure(tx, 'secure-delete', 1)
    },
    async search(db, { scope, text, limit }) {
      const words = wordsOf(text).slice(0, 16)
      if (words.length === 0) return []
      const whole = await matches(db, matchOf(dialect, scope, words, ''), limit)
      if (whole.length === limit) return whole
      const begun = await matches(db, matchOf(dialect, scope, words, '*'), limit)
      return [...new Set([...whole, ...begun])].slice(0, limit)
    },
  }

  async function configure(tx: Tx, option: string, value: number): Promise<void> {
    await sql`insert into ${table}(${sql.ref(name)}, rank) values (${option}, ${sql.lit(value)})`.execute(tx)
  }

  /** The shortest texts first: of those that hold the same words, they say least besides. */
  async function matches(db: Reader, match: string, limit: number): Promise<readonly number[]> {
    const found = await matching(db, { match, limit })
    return found.rows.map((row) => row.rowid)
  }
}

/** @param ending `*` also finds longer words that begin so. */
function matchOf(
  dialect: 'sqlite' | 'postgresql',
  scope: string,
  words: readonly string[],
  ending: '' | '*',
): string {
  if (dialect === 'sqlite')
    return [`"${scopeWord(scope)}"`, ...words.map((word) => `"${word}"${ending}`)].join(' AND ')
  return [`'${scopeWord(scope)}'`, ...words.map((word) => `'${word}'${ending === '' ? '' : ':*'}`)].join(
    ' & ',
  )
}
