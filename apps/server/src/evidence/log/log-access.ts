import type { Database } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import type { Integrator } from './integrator.ts'
import type { KeyRing } from './key-ring.ts'
import { insertPublishedSize } from './log-store.ts'
import type { LogFacts } from './log-store.ts'
import type { LogView } from './log-view.ts'
import type { Log } from './log.ts'
import type { Logs } from './logs.ts'
import type { Range } from './proof-ranges.ts'

/** What readers of one log need: its newest signed view, and proofs in it. */
export interface LogAccess extends LogFacts {
  /** Of its paths over HTTP: `logs/5f3e9a01/short`; empty for the log of a store from before. */
  readonly address: string
  /** Entries, as far as this process knows without asking the store. */
  knownSize(): number
  /** The newest view, also when another server signed it; undefined while the log is empty. */
  newest(): Promise<LogView | undefined>
  /**
   * Makes a proof in the newest view. Where a tile turns out damaged all are made again from the store, once.
   *
   * @throws {Fault} `log_damaged` when that does not help; `log_pruned` for a hash below the root of a pruned subtree.
   */
  prove<T>(work: (view: LogView) => Promise<T>): Promise<T>
  /** Entries of [from, to) that are the organisation's and still there, by index, as they were logged. */
  entries(range: Range): Promise<ReadonlyMap<number, Uint8Array>>
  /** Remembers that somebody outside has the checkpoint of that size, so that later bundles extend it. */
  publish(size: number): Promise<void>
  /** Removes the tiles of leaves that were pruned, once the archive says so. */
  forgetLeaves(range: Range): Promise<void>
}

/** The logs as the rest of evidence sees them. */
export function createLogsAccess(deps: {
  readonly database: Database
  readonly keys: KeyRing
  readonly logs: Logs
  readonly integrator: Integrator
}) {
  const { database, keys, logs, integrator } = deps
  const patienceMs = 30_000

  function accessTo(log: Log): LogAccess {
    async function viewOrFault(): Promise<LogView> {
      const view = await log.refreshed()
      if (view === undefined)
        throw new Fault('log_pending', `The evidence log ${log.facts.origin} is empty.`, { retryable: true })
      return view
    }
    return {
      ...log.facts,
      address: log.address,
      knownSize: () => log.state().tree.size,
      newest: () => log.refreshed(),
      async prove(work) {
        try {
          return await work(await viewOrFault())
        } catch (error) {
          if (!(error instanceof Fault) || error.code !== 'log_damaged') throw error
          await log.remakeTiles()
          return await work(await viewOrFault())
        }
      },
      entries: log.entries,
      async publish(size) {
        await database.writer.transact({ by: 'integrator' }, (tx) =>
          insertPublishedSize(tx, log.facts.number, size),
        )
      },
      forgetLeaves: log.forgetLeaves,
    }
  }

  return {
    /** The operator's key, as it is handed out. */
    vkey: keys.vkey,
    /** The notes of its rotations, oldest first. */
    rotations: keys.rotations,
    /** Every log that this process has open. */
    all: (): readonly LogAccess[] => logs.all().map(accessTo),
    /** Hears that a log has grown. */
    onAdvance: logs.onAdvance,
    /** The organisation's logs, in the order of their classes; a class without receipts has none. */
    async of(organisation: string): Promise<readonly LogAccess[]> {
      return (await logs.of(organisation)).map(accessTo)
    },
    /** The log that a receipt has its place in: of another organisation only for receipts from before there was one for each. */
    async find(number: number): Promise<LogAccess> {
      const log = await logs.find(number)
      if (log === undefined)
        throw new Fault('log_altered', `The store has no log with the number ${number}.`, {
          retryable: false,
        })
      return accessTo(log)
    },
    /** Waits until these receipts have their place; throws {@link Fault} `log_pending` when that takes too long. */
    integrated: (receiptIds: readonly string[], timeoutMs = patienceMs): Promise<void> =>
      integrator.integrated(receiptIds, timeoutMs),
  }
}
export type LogsAccess = ReturnType<typeof createLogsAccess>
