import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../kernel/clock.ts'
import { exclusive } from '../../kernel/db/index.ts'
import type { Database, Tx } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import { signCheckpoint } from './checkpoint.ts'
import { growTree, rootOf } from './growing-tree.ts'
import type { KeyRing } from './key-ring.ts'
import { areIntegrated, countOutbox, insertCheckpoint, moveToLogs, peekOutbox } from './log-store.ts'
import type { OutboxRow, PlacedRow } from './log-store.ts'
import type { Growth, Log } from './log.ts'
import type { Logs } from './logs.ts'

const largestBatch = 1_024
const retryMs = 25
const longestRetryMs = 5_000

export interface Batch {
  readonly receipts: number
  /** Logs that they went to, each signed once. */
  readonly logs: number
  readonly wallMicros: number
}

export interface IntegratorOptions {
  readonly database: Database
  readonly logs: Logs
  readonly keys: KeyRing
  readonly clock: Clock
  /** How often the outbox is looked at when nobody calls. */
  readonly safetyMs: number
  onBatch?(batch: Batch): void
  onFault(cause: unknown): void
}

/**
 * Gives receipts their places in their logs, a batch at a time with one signature for each log in it; one integrator
 * among all servers.
 */
export function createIntegrator(options: IntegratorOptions) {
  const { database, logs, keys, clock } = options
  const closing = new AbortController()
  let wanted = false
  /** Receipts may wait that no batch has looked for. */
  let unseen = true
  let running: Promise<void> | undefined
  let failures = 0
  let fault: Fault | undefined

  /** @returns how many receipts were integrated, or that another server is at it. */
  async function integrate(): Promise<number | 'elsewhere'> {
    const began = performance.now()
    const batch = await database.writer.transact({ by: 'integrator' }, integrateIn)
    if (batch === undefined) return 'elsewhere'
    const { grown, vkey } = batch
    // A rotation of another server, or of this one a moment ago.
    if (vkey !== keys.vkey()) await keys.settle()
    // Only now is it durable; a batch that was rolled back has left nothing here.
    let receipts = 0
    for (const { log, growth, added } of grown) {
      logs.keep(log)
      log.adopt(growth)
      receipts += added
    }
    if (receipts > 0) {
      const wallMicros = Math.round((performance.now() - began) * 1_000)
      options.onBatch?.({ receipts, logs: grown.length, wallMicros })
    }
    return receipts
  }

  interface Grown {
    readonly log: Log
    readonly growth: Growth
    readonly added: number
  }

  interface Integrated {
    readonly grown: readonly Grown[]
    /** Of the key that signed. */
    readonly vkey: string
  }

  async function integrateIn(tx: Tx): Promise<Integrated | undefined> {
    if (!(await exclusive(tx, 'evidence.integrator'))) return undefined
    unseen = false
    const rows = await peekOutbox(tx, largestBatch)
    if (rows.length === 0) return { grown: [], vkey: keys.vkey() }
    const key = await keys.signingKey(tx)
    const grown: Grown[] = []
    const placed: PlacedRow[] = []
    for (const group of byLog(rows)) {
      const [{ organisation, class: retention }] = group
      const log = await logs.forWriting(tx, organisation, retention, clock())
      const before = await log.caughtUp(tx)
      const growing = growTree(before.tree)
      for (const [at, row] of group.entries()) {
        growing.append(row.leaf_hash)
        placed.push({ ...row, log: log.facts.number, idx: before.tree.size + at })
      }
      const tree = growing.state()
      const checkpoint = signCheckpoint(key, log.facts.origin, tree.size, rootOf(tree))
      await insertCheckpoint(tx, log.facts.number, checkpoint, clock())
      const growth = { tree, checkpoint, tiles: [...before.tiles, ...growing.fullTiles()] }
      grown.push({ log, growth, added: group.length })
    }
    await moveToLogs(tx, placed)
    return { grown, vkey: key.vkey }
  }

  async function run(): Promise<void> {
    while (wanted && !closing.signal.aborted) {
      wanted = false
      try {
        const receipts = await integrate()
        failures = 0
        if (receipts === largestBatch) wanted = true
        if (receipts === 'elsewhere') {
          await pause(retryMs)
          wanted ||= (await countOutbox(database.read)) > 0
        }
      } catch (cause) {
        options.onFault(cause)
        if (cause instanceof Fault && !cause.retryable) {
          // The log is not what was signed: to go on would sign a lie.
          fault = cause
          return
        }
        failures += 1
        await pause(Math.min(retryMs * 2 ** failures, longestRetryMs))
        wanted = true
      }
    }
  }

  // Only who waits for a receipt keeps the process alive; a store that does not answer must not.
  const pause = (ms: number, ref = false) =>
    delay(ms, undefined, { signal: closing.signal, ref }).catch(() => {
      // Closing: the loop's condition ends it.
    })

  function wake(): void {
    wanted = true
    if (running !== undefined || closing.signal.aborted || fault !== undefined) return
    running = run().finally(() => {
      running = undefined
      // Somebody may have called after the loop's last look.
      if (wanted) wake()
    })
  }

  const safety = setInterval(() => {
    countOutbox(database.read).then((count) => count > 0 && wake(), options.onFault)
  }, options.safetyMs).unref()

  return {
    wake,
    /** A receipt was written, in a transaction that is not durable yet. */
    recorded(): void {
      unseen = true
    },
    /** The transaction of a receipt ends now: where it may be shared, its commit gives the receipt its place too. */
    committing(): void {
      if (database.sharesCommits && unseen) wake()
    },
    /** Receipts may have become durable. */
    committed(): void {
      if (!database.sharesCommits || unseen) wake()
    },
    /** Why no more receipts are integrated, when that is so. */
    fault: (): Fault | undefined => fault,
    /**
     * Resolves when all these receipts have their places.
     *
     * @throws {Fault} `log_stopped` or, after `timeoutMs`, `log_pending`.
     */
    async integrated(receiptIds: readonly string[], timeoutMs: number): Promise<void> {
      const giveUpAt = performance.now() + timeoutMs
      while (!(await areIntegrated(database.read, receiptIds))) {
        if (fault !== undefined || closing.signal.aborted) {
          throw new Fault('log_stopped', 'The evidence log does not take receipts.', {
            retryable: false,
            cause: fault,
          })
        }
        if (performance.now() > giveUpAt) {
          throw new Fault('log_pending', 'The receipts have not reached the evidence log yet.', {
            retryable: true,
          })
        }
        wake()
        await nextAdvance(retryMs * 4)
      }
    },
    async close(): Promise<void> {
      clearInterval(safety)
      closing.abort()
      while (running !== undefined) await running
    },
  }

  async function nextAdvance(atMostMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const off = logs.onAdvance(() => resolve())
    await Promise.race([promise, pause(atMostMs, true)])
    off()
  }
}
export type Integrator = ReturnType<typeof createIntegrator>

type Group = readonly [OutboxRow, ...OutboxRow[]]

/** Rows of one log each, in the order of the outbox. */
function byLog(rows: readonly OutboxRow[]): readonly Group[] {
  const groups = new Map<string, [OutboxRow, ...OutboxRow[]]>()
  for (const row of rows) {
    const name = `${row.class} ${row.organisation}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [row])
    else group.push(row)
  }
  return [...groups.values()]
}
