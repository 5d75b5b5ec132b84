import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '../../kernel/db/index.ts'
import { removeOldCheckpoints } from './log-store.ts'
import type { Logs } from './logs.ts'

const newestKept = 64
const largestStep = 500
const betweenStepsMs = 50

/**
 * Removes checkpoints that newer ones say all of: each batch signs one, and a bundle proves from the tiles that the
 * newest extends any size before it. What somebody outside may hold, and the newest few of each log, stay. No receipt:
 * nothing goes that cannot be said again, and no entry, root or proof is touched.
 *
 * In small steps with pauses, so that receipts never wait for it.
 */
export async function pruneCheckpoints(
  database: Database,
  logs: readonly number[],
  options: { readonly kept?: number; readonly signal?: AbortSignal } = {},
): Promise<number> {
  const { kept = newestKept, signal } = options
  let removed = 0
  for (const log of logs) {
    for (;;) {
      if (signal?.aborted === true) return removed
      const step = await database.writer.transact({ by: 'integrator' }, (tx) =>
        removeOldCheckpoints(tx, log, { kept, most: largestStep }),
      )
      removed += step
      if (step < largestStep) break
      await delay(betweenStepsMs, undefined, { ref: false })
    }
  }
  return removed
}

/** Prunes now and then, logs that have grown since. */
export function startCheckpointPruning(deps: {
  readonly database: Database
  readonly logs: Logs
  readonly everyMs: number
  onFault(cause: unknown): void
}) {
  const { database, logs, everyMs, onFault } = deps
  const closing = new AbortController()
  const prunedAt = new Map<number, number>()
  let running: Promise<void> = Promise.resolve()

  async function prune(): Promise<void> {
    const grown = logs.all().filter((log) => prunedAt.get(log.facts.number) !== log.state().tree.size)
    for (const log of grown) {
      const { size } = log.state().tree
      await pruneCheckpoints(database, [log.facts.number], { signal: closing.signal })
      prunedAt.set(log.facts.number, size)
    }
  }

  const timer = setInterval(() => {
    running = running.then(prune).catch(onFault)
  }, everyMs).unref()

  return {
    async close(): Promise<void> {
      clearInterval(timer)
      closing.abort()
      await running
    },
  }
}
