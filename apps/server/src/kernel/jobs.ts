import type { MigrationStep, Reader, Tx, Writer } from './db/index.ts'
import type { Clock } from './clock.ts'
import { newId } from './ids.ts'
import type { Logger } from './log.ts'

interface JobRow {
  id: string
  kind: string
  payload: string
  attempts: number
  /** A claim that has lapsed may be taken again. */
  claimed_until: number
  created_at: number
}

declare module './db/tables.ts' {
  interface Tables {
    jobs: JobRow
  }
}

export const jobMigrations: readonly MigrationStep[] = [
  {
    name: 'kernel/0001-jobs',
    async up(db, types) {
      await db.schema
        .createTable('jobs')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('payload', 'text', (c) => c.notNull())
        .addColumn('attempts', types.integer, (c) => c.notNull())
        .addColumn('claimed_until', types.integer, (c) => c.notNull())
        .addColumn('created_at', types.integer, (c) => c.notNull())
        .execute()
      await db.schema
        .createIndex('jobs_waiting')
        .on('jobs')
        .columns(['kind', 'claimed_until', 'id'])
        .execute()
    },
  },
]

/** A claim is renewed while the work goes on: after a crash the job waits no longer than this. */
const claimMs = 60_000
const renewMs = 20_000
const mostAttempts = 3

/** Queues work in the transaction that calls for it; it is there exactly when that transaction is. */
export async function enqueue(tx: Tx, job: { kind: string; payload: unknown; at: number }): Promise<string> {
  const id = newId('job')
  await tx
    .insertInto('jobs')
    .values({
      id,
      kind: job.kind,
      payload: JSON.stringify(job.payload),
      attempts: 0,
      claimed_until: 0,
      created_at: job.at,
    })
    .execute()
  return id
}

interface ClaimedJob {
  readonly id: string
  readonly payload: string
  readonly createdAt: number
  /** This one included. */
  readonly attempts: number
}

export interface JobWorker {
  /** Looks for work now instead of at the next turn. */
  wake(): void
  /** Takes no new jobs and waits for those under way. */
  stop(): Promise<void>
}

/**
 * Works through jobs of one kind, oldest first, at most `concurrency` at once. The attempt is counted before the work: a
 * crash mid-way uses it up. What must happen once is for the work itself to refuse twice.
 */
export function startJobs(deps: {
  readonly kind: string
  readonly read: Reader
  readonly writer: Writer
  readonly clock: Clock
  readonly log: Logger
  readonly concurrency: number
  readonly pollMs: number
  readonly work: (payload: unknown, job: { readonly createdAt: number }) => Promise<void>
  /** What a job leaves that was tried for the last time, in the transaction that takes it away. */
  readonly giveUp?: (tx: Tx, payload: unknown) => Promise<void>
}): JobWorker {
  const running = new Set<Promise<void>>()
  let stopped = false
  let claiming = false
  let filling: Promise<void> = Promise.resolve()

  async function claim(): Promise<ClaimedJob | undefined> {
    const at = deps.clock()
    return await deps.writer.transact({ by: 'jobs' }, async (tx) => {
      // Tried for the last time by a process that is gone: its payload is somebody's data and must not stay.
      const spent = await tx
        .deleteFrom('jobs')
        .where('kind', '=', deps.kind)
        .where('claimed_until', '<', at)
        .where('attempts', '>=', mostAttempts)
        .returning(['id', 'payload'])
        .execute()
      for (const job of spent) await deps.giveUp?.(tx, JSON.parse(job.payload))
      const next = await tx
        .selectFrom('jobs')
        .select(['id', 'payload', 'attempts', 'created_at'])
        .where('kind', '=', deps.kind)
        .where('claimed_until', '<', at)
        .where('attempts', '<', mostAttempts)
        .orderBy('id')
        .executeTakeFirst()
      if (next === undefined) return undefined
      const claimed = await tx
        .updateTable('jobs')
        .set({ attempts: next.attempts + 1, claimed_until: at + claimMs })
        .where('id', '=', next.id)
        // On PostgreSQL two servers may have read the same row.
        .where('attempts', '=', next.attempts)
        .executeTakeFirst()
      if (claimed.numUpdatedRows !== 1n) return undefined
      return {
        id: next.id,
        payload: next.payload,
        createdAt: next.created_at,
        attempts: next.attempts + 1,
      }
    })
  }

  /** Not when it lapsed meanwhile and somebody else has claimed it: the attempts say so. */
  async function renew(job: ClaimedJob): Promise<void> {
    await deps.writer
      .transact({ by: 'jobs' }, (tx) =>
        tx
          .updateTable('jobs')
          .set({ claimed_until: deps.clock() + claimMs })
          .where('id', '=', job.id)
          .where('attempts', '=', job.attempts)
          .execute(),
      )
      .catch((error: unknown) =>
        deps.log.error({ err: error, job: job.id, kind: deps.kind }, 'a claim could not be renewed'),
      )
  }

  async function perform(job: ClaimedJob): Promise<void> {
    const renewal = setInterval(() => void renew(job), renewMs).unref()
    try {
      await deps.work(JSON.parse(job.payload), { createdAt: job.createdAt })
      await deps.writer.transact({ by: 'jobs' }, (tx) =>
        tx.deleteFrom('jobs').where('id', '=', job.id).execute(),
      )
    } catch (error) {
      // The claim lapses and the job is tried again, up to its attempts.
      deps.log.error({ err: error, job: job.id, kind: deps.kind }, 'job failed')
      if (job.attempts >= mostAttempts) await abandon(job)
    } finally {
      clearInterval(renewal)
    }
  }

  async function abandon(job: ClaimedJob): Promise<void> {
    await deps.writer
      .transact({ by: 'jobs' }, async (tx) => {
        await deps.giveUp?.(tx, JSON.parse(job.payload))
        await tx.deleteFrom('jobs').where('id', '=', job.id).execute()
      })
      .catch((error: unknown) =>
        deps.log.error({ err: error, job: job.id, kind: deps.kind }, 'a job could not be given up'),
      )
  }

  function fill(): void {
    if (!claiming && !stopped) filling = claimAll()
  }

  async function claimAll(): Promise<void> {
    claiming = true
    try {
      while (!stopped && running.size < deps.concurrency) {
        const job = await claim()
        if (job === undefined) break
        const work = perform(job).finally(() => {
          running.delete(work)
          fill()
        })
        running.add(work)
      }
    } catch (error) {
      deps.log.error({ err: error, kind: deps.kind }, 'jobs cannot be claimed')
    } finally {
      claiming = false
    }
  }

  const timer = setInterval(fill, deps.pollMs)
  fill()
  return {
    wake: fill,
    async stop() {
      stopped = true
      clearInterval(timer)
      // A claim under way may still bring a job.
      await filling
      await Promise.all(running)
    },
  }
}
