import type { Database } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import type { Integrator } from './integrator.ts'
import type { LogKey } from './log-key.ts'
import { insertPublishedSize } from './log-store.ts'
import type { LogView } from './log-view.ts'
import type { Log } from './log.ts'

/** What readers of the log need: its newest signed view, and that receipts have arrived in it. */
export function createLogAccess(deps: {
  readonly database: Database
  readonly key: LogKey
  readonly log: Log
  readonly integrator: Integrator
}) {
  const { database, key, log, integrator } = deps
  const patienceMs = 30_000

  async function viewOrFault(): Promise<LogView> {
    const view = await log.refreshed()
    if (view === undefined) throw new Fault('log_pending', 'The evidence log is empty.', { retryable: true })
    return view
  }

  return {
    origin: key.origin,
    vkey: key.vkey,
    /** The newest view, also when another server signed it; undefined while the log is empty. */
    newest: (): Promise<LogView | undefined> => log.refreshed(),
    /** Waits until these receipts have their place; throws {@link Fault} `log_pending` when that takes too long. */
    integrated: (receiptIds: readonly string[], timeoutMs = patienceMs): Promise<void> =>
      integrator.integrated(receiptIds, timeoutMs),
    /**
     * Makes a proof in the newest view. Where a tile turns out damaged all are made again from the table, once.
     *
     * @throws {Fault} `log_damaged` when that does not help.
     */
    async prove<T>(work: (view: LogView) => Promise<T>): Promise<T> {
      try {
        return await work(await viewOrFault())
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'log_damaged') throw error
        await log.remakeTiles()
        return await work(await viewOrFault())
      }
    },
    /** Remembers that somebody outside has the checkpoint of that size, so that later bundles extend it. */
    async publish(size: number): Promise<void> {
      await database.writer.transact({ by: 'integrator' }, (tx) => insertPublishedSize(tx, size))
    },
  }
}
export type LogAccess = ReturnType<typeof createLogAccess>
