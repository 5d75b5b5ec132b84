import type { Clock } from '../../kernel/clock.ts'
import type { Database, Reader } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import { tileWidth } from '../log/growing-tree.ts'
import type { LogArchive } from '../log/log-archive.ts'
import { listLogs } from '../log/log-store.ts'
import type { LogFacts } from '../log/log-store.ts'
import type { LogView } from '../log/log-view.ts'
import type { Range } from '../log/proof-ranges.ts'
import type { Archive } from './archive.ts'
import type { BlockFiles } from './block-files.ts'
import { checkWhole } from './block-file.ts'
import { blocksOfLog, drain, findBlock, namedFiles, undrainedBlocks } from './block-store.ts'
import type { BlockRow } from './block-store.ts'
import { rewriteBlocks } from './rewrite-blocks.ts'
import type { Fate, Rewriting } from './rewrite-blocks.ts'
import { sealRun } from './seal-run.ts'
import type { BlockReceipt } from './block.ts'

/** Entries of a block: as many as two levels of tiles are over. */
export const blockEntries = tileWidth * tileWidth
const drainedAtOnce = 128
const mostAttempts = 3
/** What an interrupted write has left is swept by another server only when nobody can be at it any more. */
const abandonedAfterMs = 60 * 60_000

export interface Compaction {
  readonly blocks: number
  readonly receipts: number
  /** Of the files that were written. */
  readonly bytes: number
  /** Why it ended early; nothing is lost, and it is tried again. */
  readonly stopped?: string
}

export interface CompactorDeps {
  readonly database: Database
  readonly files: BlockFiles
  readonly archive: Archive
  readonly clock: Clock
  /** The newest signed view of a log; undefined while it is empty. */
  viewOf(log: LogFacts): Promise<LogView | undefined>
  /** What of logs was pruned out of rows. */
  readonly pruned: LogArchive
  /** Entries of a block; a multiple of a tile's 256. */
  readonly entries?: number
  /** Share of the time that compaction works, the rest it gives way; 1 is no rest. */
  readonly share?: number
  onFault(cause: unknown): void
}

/**
 * Moves old receipts out of the rows into blocks. Whatever moment it is killed in, each receipt is in rows, or in a
 * block that the store names, and readers look into the right one: the store says how far each block's rows are
 * drained, in the transaction that drains them.
 */
export function createCompactor(deps: CompactorDeps) {
  const { database, files, archive, clock } = deps
  const { entries = blockEntries, share = 0.3 } = deps
  let closing = false
  /** One at a time: two would only get in each other's way. */
  let turn: Promise<unknown> = Promise.resolve()
  let last: (Compaction & { readonly at: number }) | undefined
  const work = { database, files, archive, pause: createPause(share, () => closing), drainWhole }

  function inOrder<T>(what: () => Promise<T>): Promise<T> {
    const next = turn.then(what)
    turn = next.catch(() => undefined)
    return next
  }

  /** Deletes files that the store does not name: of writes that were interrupted, and of blocks that were written anew. */
  async function sweep(): Promise<void> {
    const found = await files.list()
    if (found.length === 0) return
    const named = new Set(await namedFiles(database.read))
    const isAlone = database.dialect === 'sqlite'
    for (const { name, writtenAt } of found) {
      const isAbandoned = isAlone || Date.now() - writtenAt > abandonedAfterMs
      if (!named.has(name) && isAbandoned) await files.delete(name)
    }
  }

  async function drainBlock(block: BlockRow): Promise<void> {
    if (block.drained_to === block.to_idx) return
    // From here on the file is all there is: a start, a restored folder may lie between its writing and now.
    checkWhole(await files.read(block.file, 0, block.bytes + 1), block.file, block.sha256)
    for (let at = block.drained_to; at < block.to_idx && !closing;) {
      const to = Math.min(at + drainedAtOnce, block.to_idx)
      const from = at
      const hasMoved = await database.writer.transact({ by: 'jobs' }, (tx) =>
        drain(tx, { ...block, drained_to: from }, to),
      )
      // Another server is at it, or has been.
      at = hasMoved ? to : ((await findBlock(database.read, block.log, block.from_idx))?.drained_to ?? to)
      await work.pause()
    }
  }

  async function drainWhole(log: number, range: Range): Promise<void> {
    for (const block of await blocksOfLog(database.read, log, range.from, range.to)) await drainBlock(block)
  }

  /** The next run of a log that may be sealed. */
  async function nextRun(log: LogFacts, olderThan: number): Promise<Range | undefined> {
    const sealed = await blocksOfLog(database.read, log.number)
    const from = sealed.at(-1)?.to_idx ?? 0
    const to = from - (from % entries) + entries
    const size = (await deps.viewOf(log))?.checkpoint.size ?? 0
    if (to > size) return undefined
    if (await hasYounger(database.read, log.number, from, to, olderThan)) return undefined
    if (await hasOpenIntent(database.read, log.number, from, to)) return undefined
    return { from, to }
  }

  async function compactLog(
    log: LogFacts,
    olderThan: number,
    done: (block: BlockRow) => void,
  ): Promise<void> {
    for (let attempt = 0; attempt < mostAttempts && !closing;) {
      const run = await nextRun(log, olderThan)
      const view = run === undefined ? undefined : await deps.viewOf(log)
      if (run === undefined || view === undefined) return
      const block = await sealRun(work, { log, ...run, view, pruned: deps.pruned, at: clock() })
      attempt = block === undefined ? attempt + 1 : 0
      if (block === undefined) continue
      done(block)
      await drainBlock(block)
    }
  }

  async function compact(olderThan: number, organisation?: string): Promise<Compaction> {
    let [blocks, receipts, bytes] = [0, 0, 0]
    let stopped: string | undefined
    try {
      for (const block of await undrainedBlocks(database.read)) await drainBlock(block)
      for (const log of await listLogs(database.read, organisation)) {
        await compactLog(log, olderThan, (block) => {
          blocks += 1
          receipts += block.receipts
          bytes += block.bytes
        })
      }
    } catch (cause) {
      // A full disk, a store that does not answer: what is sealed is sealed, and the rest is where it was.
      deps.onFault(cause)
      stopped = cause instanceof Error ? cause.message : String(cause)
    }
    const compaction = { blocks, receipts, bytes, ...(stopped === undefined ? {} : { stopped }) }
    last = { ...compaction, at: clock() }
    return compaction
  }

  return {
    sweep: () => inOrder(sweep),
    /** Seals what is older than `olderThan` (milliseconds since 1970) in full runs, and drains it. Never throws. */
    compact: (olderThan: number, organisation?: string) => inOrder(() => compact(olderThan, organisation)),
    /** What the last compaction did, or why it stopped. */
    last: () => last,
    /** Writes blocks anew in which receipts of a range are pruned, folded or erased. See {@link rewriteBlocks}. */
    rewrite: (
      log: LogFacts,
      range: Range,
      view: LogView,
      fateOf: (receipt: BlockReceipt) => Fate | Promise<Fate>,
    ): Promise<Rewriting> => inOrder(() => rewriteBlocks(work, { log, range, view, fateOf })),
    /** Ends after the page under way; what was begun goes on at the next start. */
    async close(): Promise<void> {
      closing = true
      await turn
    },
  }
}
export type Compactor = ReturnType<typeof createCompactor>

async function hasYounger(db: Reader, log: number, from: number, to: number, at: number): Promise<boolean> {
  // The last one first: it nearly always tells.
  for (const first of [Math.max(from, to - tileWidth), from]) {
    const row = await db
      .selectFrom('log_entries')
      .innerJoin('receipts', 'receipts.id', 'log_entries.receipt_id')
      .select('receipts.id')
      .where('log_entries.log', '=', log)
      .where('log_entries.idx', '>=', first)
      .where('log_entries.idx', '<', to)
      .where('receipts.at', '>', at)
      .limit(1)
      .executeTakeFirst()
    if (row !== undefined) return true
  }
  return false
}

/** A run that is still under way finds its intent in the rows. */
async function hasOpenIntent(db: Reader, log: number, from: number, to: number): Promise<boolean> {
  const row = await db
    .selectFrom('open_intents')
    .innerJoin('log_entries', 'log_entries.receipt_id', 'open_intents.receipt_id')
    .select('log_entries.idx')
    .where('log_entries.log', '=', log)
    .where('log_entries.idx', '>=', from)
    .where('log_entries.idx', '<', to)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Lets others work: after each few milliseconds of ours, for as long as the share says. */
function createPause(share: number, isClosing: () => boolean): () => Promise<void> {
  const longestMs = 8
  let began = performance.now()
  return async () => {
    if (isClosing()) {
      throw new Fault('compaction_stopped', 'The server stops; compaction goes on at its next start.', {
        retryable: true,
      })
    }
    const worked = performance.now() - began
    if (worked < longestMs) return
    // A machine that was asleep has not worked all that time.
    const restMs = Math.min(worked / share - worked, 1_000)
    await new Promise<void>((resolve) => {
      if (restMs < 1) setImmediate(resolve)
      else setTimeout(resolve, restMs)
    })
    began = performance.now()
  }
}
