import { randomBytes } from 'node:crypto'
import type { Reader, Tx } from '../../kernel/db/index.ts'
import { saltKeyFrom } from './salt.ts'
import type { SaltKey } from './salt.ts'

declare module '../../kernel/db/tables.ts' {
  interface Tables {
    /** Erasing a row erases every part that was salted with it, while the log stays whole. */
    salt_keys: { organisation: string; subject: string; epoch: string; key: Uint8Array }
  }
}

/** Whose receipts a key salts, and of which month. */
export interface SaltScope {
  readonly organisation: string
  /** The acting user. */
  readonly subject: string
  readonly epoch: string
}

export async function findSaltKey(db: Reader, scope: SaltScope): Promise<SaltKey | undefined> {
  const row = await db
    .selectFrom('salt_keys')
    .select('key')
    .where('organisation', '=', scope.organisation)
    .where('subject', '=', scope.subject)
    .where('epoch', '=', scope.epoch)
    .executeTakeFirst()
  return row === undefined ? undefined : saltKeyFrom(row.key)
}

async function makeSaltKey(tx: Tx, scope: SaltScope): Promise<SaltKey> {
  const key = randomBytes(32)
  // Two servers may need the first key of a month at once: whoever comes second waits here and then reads the winner's.
  await tx
    .insertInto('salt_keys')
    .values({ ...scope, key })
    .onConflict((c) => c.doNothing())
    .execute()
  return (await findSaltKey(tx, scope)) ?? saltKeyFrom(key)
}

const mostCached = 10_000

/**
 * Salt keys for writing. Only keys that another connection has seen committed are kept: a key made by a transaction
 * that is rolled back must never salt a receipt.
 */
export function createSaltKeys(read: Reader) {
  const committed = new Map<string, SaltKey>()
  const made = new Map<string, SaltScope>()
  const nameOf = (scope: SaltScope) => `${scope.organisation}\n${scope.subject}\n${scope.epoch}`

  return {
    async forWriting(tx: Tx, scope: SaltScope): Promise<SaltKey> {
      const name = nameOf(scope)
      const kept = committed.get(name)
      if (kept !== undefined) return kept
      made.set(name, scope)
      return (await findSaltKey(tx, scope)) ?? (await makeSaltKey(tx, scope))
    },
    /** Called after commits, which may have made keys of transactions before durable. */
    async keepCommitted(): Promise<void> {
      const scopes = [...made]
      made.clear()
      for (const [name, scope] of scopes) {
        const key = await findSaltKey(read, scope)
        if (key === undefined) continue
        if (committed.size >= mostCached) committed.clear()
        committed.set(name, key)
      }
    },
  }
}
