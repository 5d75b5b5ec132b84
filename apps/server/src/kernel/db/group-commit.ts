import { sql } from 'kysely'
import type { Kysely, RawBuilder } from 'kysely'
import { Fault } from '../fault.ts'
import { prepared } from './prepared.ts'
import type { Reader, Tables, Tx, WritePurpose } from './tables.ts'

const largestGroup = 256
/** About what a sync takes: to gather for longer would cost those who wait more than it saves them. */
const longestGatherMs = 4

const command = (text: RawBuilder<unknown>) => prepared((db: Reader) => ({ compile: () => text.compile(db) }))
const begin = command(sql`BEGIN IMMEDIATE`)
const savepoint = command(sql`SAVEPOINT job`)
const release = command(sql`RELEASE job`)
const rollbackToSavepoint = command(sql`ROLLBACK TO job`)
const commit = command(sql`COMMIT`)
const rollback = command(sql`ROLLBACK`)

interface Job {
  readonly purpose: WritePurpose
  readonly work: (tx: Tx) => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Gathers concurrent transactions into one commit, so that forty callers pay for one sync of the disk, not forty.
 * Each keeps its own savepoint: one that throws takes back only its own rows.
 */
export function createGroupCommit(
  database: Kysely<Tables>,
  enter: (purpose: WritePurpose | undefined) => void,
) {
  const queue: Job[] = []
  const counts = { commits: 0, transactions: 0 }
  let closed = false
  let draining: Promise<void> | undefined

  async function perform(connection: Kysely<Tables>, job: Job): Promise<(() => void) | undefined> {
    await savepoint(connection, {})
    enter(job.purpose)
    try {
      const value = await job.work(connection as Tx)
      await release(connection, {})
      return () => job.resolve(value)
    } catch (error) {
      await rollbackToSavepoint(connection, {})
      await release(connection, {})
      job.reject(error)
      return undefined
    } finally {
      enter(undefined)
    }
  }

  async function commitGroup(connection: Kysely<Tables>): Promise<void> {
    const done: Job[] = []
    const acknowledge: (() => void)[] = []
    try {
      await begin(connection, {})
      const began = performance.now()
      do {
        // Jobs that arrive while the group runs may still join it.
        while (queue.length > 0 && done.length < largestGroup) {
          const job = queue.shift() as Job
          done.push(job)
          const resolve = await perform(connection, job)
          if (resolve !== undefined) acknowledge.push(resolve)
        }
        // Nothing else happens while the disk syncs: what is ready now would wait all that time for the next group.
        await turnOfTheLoop()
      } while (queue.length > 0 && done.length < largestGroup && performance.now() - began < longestGatherMs)
      await commit(connection, {})
    } catch (cause) {
      await rollback(connection, {}).catch(() => {
        // The engine has rolled back already, which is why it refuses a second time.
      })
      const fault = new Fault('store_unavailable', `The store could not commit: ${String(cause)}`, {
        retryable: true,
        cause,
      })
      const waiting = done.length > 0 ? done : queue.splice(0)
      for (const job of waiting) job.reject(fault)
      return
    }
    counts.commits += 1
    counts.transactions += acknowledge.length
    for (const resolve of acknowledge) resolve()
  }

  async function drain(): Promise<void> {
    await database.connection().execute(async (connection) => {
      // Callers of the same moment join the first group.
      await turnOfTheLoop()
      while (queue.length > 0) await commitGroup(connection)
    })
  }

  function start(): void {
    draining = drain().finally(() => {
      draining = undefined
      // A job may have come after the last look at the queue.
      if (queue.length > 0) start()
    })
  }

  function transact<T>(purpose: WritePurpose, work: (tx: Tx) => Promise<T>): Promise<T> {
    if (closed) return Promise.reject(new Fault('store_closed', 'The store is closed.', { retryable: false }))
    return new Promise<T>((resolve, reject) => {
      queue.push({ purpose, work, resolve: resolve as (value: unknown) => void, reject })
      if (draining === undefined) start()
    })
  }

  return {
    transact,
    /** Runs `work` between two groups, when no transaction is open. */
    async idle(work: () => Promise<void>): Promise<void> {
      while (draining !== undefined) await draining
      draining = work().finally(() => {
        draining = undefined
        if (queue.length > 0) start()
      })
      await draining
    },
    stats: () => ({ ...counts }),
    async close() {
      closed = true
      while (draining !== undefined) await draining
    },
  }
}

/** Lets everything happen that is ready to: the second turn looks at sockets in any case, the first may be under way. */
async function turnOfTheLoop(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
}
