import type { Clock } from '../../kernel/clock.ts'
import type { Database } from '../../kernel/db/index.ts'
import type { LogsAccess } from '../log/log-access.ts'
import { prunedArchive } from '../retention/pruned-archive.ts'
import type { Range } from '../log/proof-ranges.ts'
import { Fault } from '../../kernel/fault.ts'
import type { Archive } from './archive.ts'
import type { BlockFiles } from './block-files.ts'
import { listBlocks } from './block-store.ts'
import type { BlockReceipt } from './block.ts'
import { compactEvidenceHandler } from './compact-evidence.ts'
import { createCompactor } from './compactor.ts'
import type { Fate, Rewriting } from './rewrite-blocks.ts'

const everyMs = 10 * 60_000

/** Sweeps what was interrupted, then compacts what is old enough, now and then. */
export async function createCompaction(deps: {
  readonly database: Database
  readonly files: BlockFiles
  readonly archive: Archive
  readonly clock: Clock
  readonly logs: Pick<LogsAccess, 'find'>
  readonly entries: number | undefined
  readonly share: number | undefined
  /** Never by itself when undefined. */
  readonly afterMs: number | undefined
  onFault(cause: unknown): void
}) {
  const { clock, logs, afterMs } = deps
  const compactor = createCompactor({
    database: deps.database,
    files: deps.files,
    archive: deps.archive,
    clock,
    viewOf: async (log) => await (await logs.find(log.number)).newest(),
    pruned: prunedArchive,
    ...(deps.entries === undefined ? {} : { entries: deps.entries }),
    ...(deps.share === undefined ? {} : { share: deps.share }),
    onFault: deps.onFault,
  })
  // A folder that cannot be read now stops nobody from reading what is in rows.
  await compactor.sweep().catch(deps.onFault)
  for (const block of await listBlocks(deps.database.read)) await deps.archive.open(block).catch(deps.onFault)
  const timer =
    afterMs === undefined
      ? undefined
      : setInterval(() => void compactor.compact(clock() - afterMs), everyMs).unref()

  return {
    handler: compactEvidenceHandler(compactor, clock, afterMs),
    compact: compactor.compact,
    /** @throws {Fault} `log_pending` while the log is empty. */
    async rewrite(
      log: number,
      range: Range,
      fateOf: (receipt: BlockReceipt) => Fate | Promise<Fate>,
    ): Promise<Rewriting> {
      const access = await logs.find(log)
      const view = await access.newest()
      if (view === undefined)
        throw new Fault('log_pending', `The evidence log ${access.origin} is empty.`, { retryable: true })
      return await compactor.rewrite(access, range, view, fateOf)
    },
    async close(): Promise<void> {
      clearInterval(timer)
      await compactor.close()
    },
  }
}
export type Compaction = Awaited<ReturnType<typeof createCompaction>>
