import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { Fault } from '../fault.ts'
import { wordsIn, wordsInJson } from './words-in.ts'
import { createGroupCommit } from './group-commit.ts'
import { nodeSqliteDialect } from './node-sqlite-dialect.ts'
import { joinToStore } from './store-of.ts'
import type { Database, Tables, WriteEvent } from './tables.ts'
import { writesOf } from './writes-of.ts'
import type { WritePurpose } from './tables.ts'

/**
 * Opens (or creates) the embedded store: write-ahead log, a full sync at every commit, one writer, readers beside it.
 *
 * @throws {Fault} `store_unavailable` when the file cannot be opened.
 */
export async function openSqlite(file: string, observe?: (event: WriteEvent) => void): Promise<Database> {
  let writeHandle: DatabaseSync
  let readHandle: DatabaseSync
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeHandle = new DatabaseSync(file, { timeout: 5_000 })
    writeHandle.exec(
      'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON',
    )
    // Indexes of random keys touch pages all over: with the default 2 MB a large import reads and writes most of them twice.
    writeHandle.exec('PRAGMA cache_size=-65536')
    // A read-only connection cannot create the write-ahead index, so it opens second.
    readHandle = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
    readHandle.exec('PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456')
    for (const handle of [writeHandle, readHandle]) {
      handle.function('words', { deterministic: true }, wordsIn)
      handle.function('json_words', { deterministic: true }, wordsInJson)
    }
  } catch (cause) {
    throw new Fault('store_unavailable', `The store ${file} cannot be opened: ${String(cause)}`, {
      retryable: existsSync(file),
      cause,
    })
  }

  let purpose: WritePurpose | undefined
  const write = new Kysely<Tables>({
    dialect: nodeSqliteDialect(writeHandle),
    log: (event) => {
      if (observe !== undefined && purpose !== undefined) {
        for (const table of writesOf(event.query.query)) observe({ table, purpose })
      }
    },
  })
  const read = new Kysely<Tables>({ dialect: nodeSqliteDialect(readHandle) })
  joinToStore(read, write)
  const group = createGroupCommit(write, (next) => {
    purpose = next
  })

  return {
    dialect: 'sqlite',
    sharesCommits: true,
    read,
    writer: { transact: group.transact },
    stats: group.stats,
    async scrub() {
      // secure_delete has zeroed the pages already; the journal is cut after its pages are copied.
      await group.idle(async () => {
        writeHandle.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      })
    },
    async searchTables() {
      const tables = await read.introspection.getTables()
      return { searched: tables.length, found: [] }
    },
    async close() {
      await group.close()
      // The writer last: it copies the journal into the file, so that a store at rest is one file.
      await read.destroy()
      await write.destroy()
    },
  }
}
