import type { Kysely } from 'kysely'

/** Every table of the product; each domain's store adds its own by declaration merging. */
export interface Tables {}

/** Reads only: the connection behind it refuses to write. */
export type Reader = Kysely<Tables>

declare const writable: unique symbol
/**
 * A transaction that may write. Only {@link Writer.transact} makes one, and `main` hands the writer to the gate, the
 * log integrator, the job claims, the feeds' cursors and the migrations alone: a store that asks for a `Tx` cannot be reached past the gate.
 */
export type Tx = Kysely<Tables> & { readonly [writable]: true }

/** On whose account a transaction writes; a test holds it against the table it touched. */
export type WritePurpose =
  | { readonly by: 'gate'; readonly operation: string }
  | { readonly by: 'integrator' }
  | { readonly by: 'jobs' }
  | { readonly by: 'feeds' }
  | { readonly by: 'recovery' }
  | { readonly by: 'migration' }
  | { readonly by: 'bootstrap' }

export interface Writer {
  /**
   * Runs `work` in one transaction and resolves when it is durable.
   * `work` does nothing but SQL: it may be grouped with others and, on PostgreSQL, run again after a deadlock.
   *
   * @throws what `work` throws, after rolling back; {@link Fault} `store_unavailable` when the commit fails.
   */
  transact<T>(purpose: WritePurpose, work: (tx: Tx) => Promise<T>): Promise<T>
}

export interface WriteEvent {
  readonly table: string
  readonly purpose: WritePurpose
}

export interface Database {
  readonly dialect: 'sqlite' | 'postgresql'
  readonly read: Reader
  readonly writer: Writer
  /** Whether a transaction begun before another is committed may share its commit: so on SQLite, which has one writer. */
  readonly sharesCommits: boolean
  /** Commits that reached the disk, and transactions in them, since start. */
  stats(): { readonly commits: number; readonly transactions: number }
  /** Overwrites what deleted rows left behind in freed pages and journals, as far as the engine can. */
  scrub(): Promise<void>
  /** Which tables hold one of the words in any column; an embedded store is searched as files and answers none. */
  searchTables(words: readonly string[]): Promise<{
    readonly searched: number
    readonly found: readonly { readonly table: string; readonly word: string }[]
  }>
  close(): Promise<void>
}
