import { randomUUID } from 'node:crypto'
import type { Evidence } from '../evidence/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Database } from '../kernel/db/index.ts'
import { backOffMs } from './back-off.ts'
import { batchId, cutBatch } from './cut-batch.ts'
import type { Batch, BatchLimits } from './cut-batch.ts'
import { isOpened, readFeedDestination } from './destination.ts'
import type { OpenedDestinations } from './destination.ts'
import {
  acceptBatch,
  activeFeeds,
  beginBatch,
  cursorsOf,
  filterOf,
  leaseFeed,
  releaseFeeds,
  updateFeed,
} from './feed-store.ts'
import type { CursorRow, FeedKind, FeedRow } from './feed-store.ts'
import type { Deliver, Delivered } from './webhook.ts'

export interface SendDeps {
  readonly database: Database
  readonly clock: Clock
  /** At least 0, below 1. */
  readonly random: () => number
  readonly evidence: Pick<Evidence, 'feed' | 'onIntegrated'>
  readonly opened: OpenedDestinations
  readonly deliver: Readonly<Record<FeedKind, Deliver>>
  /** Opens the sealed secret of a webhook. */
  readonly secretOf: (feed: FeedRow) => string | undefined
  readonly onFailure: (feed: string) => void
  /** What went wrong on our side. */
  readonly onFault: (cause: unknown) => void
  readonly limits?: Partial<SendLimits>
}

export interface SendLimits extends BatchLimits {
  /** How often is looked for what is due when nobody says that there is something. */
  readonly lookMs: number
  /** New receipts are waited for so long, so that a busy moment is one batch. */
  readonly gatherMs: number
  /** Entries that the filter leaves out are told with the next that it does not, or after this. */
  readonly filteredMs: number
  readonly filteredEntries: number
  /** A server that is gone gives up its feeds after this; no attempt takes as long. */
  readonly leaseMs: number
}

const ordinary: SendLimits = {
  entries: 500,
  bytes: 1024 * 1024,
  lookMs: 1_000,
  gatherMs: 200,
  filteredMs: 60_000,
  filteredEntries: 5_000,
  leaseMs: 60_000,
}

/**
 * Sends each active feed, one batch at a time: where the batch ends is written down, it is sent, and once the receiver has
 * accepted it the cursor moves. Whatever happens in between, the same batch is sent again under the same id.
 */
export function sendFeeds(deps: SendDeps) {
  const { database, clock, evidence } = deps
  const limits = { ...ordinary, ...deps.limits }
  const self = randomUUID()
  const stopping = new AbortController()
  const attended = new Map<string, Promise<void>>()
  /** By feed and log: up to where everything since the cursor is known to be filtered, and since when that waits. */
  const filtered = new Map<string, { readonly to: number; readonly since: number }>()
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined

  const transact = async (work: Parameters<typeof database.writer.transact>[1]) =>
    await database.writer.transact({ by: 'feeds' }, work)

  async function look(): Promise<void> {
    for (const feed of await activeFeeds(database.read)) {
      if (attended.has(feed.id) || stopping.signal.aborted) continue
      const task = attend(feed)
        .catch((error: unknown) => {
          if (!stopping.signal.aborted) deps.onFault(error)
        })
        .finally(() => attended.delete(feed.id))
      attended.set(feed.id, task)
    }
  }

  function lookAfter(ms: number): void {
    if (stopping.signal.aborted) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      looking = look()
        .catch(deps.onFault)
        .finally(() => lookAfter(limits.lookMs))
    }, ms).unref()
  }

  /** Sends a feed until it has caught up, or fails. */
  async function attend(first: FeedRow): Promise<void> {
    let feed: FeedRow | undefined = first
    let after = 0
    while (feed !== undefined && !stopping.signal.aborted) {
      if (feed.retry_at !== null && feed.retry_at > clock()) return
      const cut = await nextBatch(feed, after)
      if (cut === undefined) return
      const { batch, cursor } = cut
      if (!(await begin(feed, cursor, batch))) return
      const delivered = await attempt(feed, batch)
      if (!delivered.ok) return await fail(feed, delivered)
      const accepted = { feed: feed.id, log: batch.log.number, to: batch.to, at: clock() }
      await transact((tx) => acceptBatch(tx, accepted))
      filtered.delete(`${feed.id} ${batch.log.number}`)
      after = batch.log.number
      // Paused, removed or changed meanwhile: that holds for the next batch.
      feed = await found(feed.id)
    }
  }

  async function found(id: string): Promise<FeedRow | undefined> {
    return (await activeFeeds(database.read)).find((row) => row.id === id)
  }

  /** The next batch of a log that has something new, the logs taking turns. */
  async function nextBatch(
    feed: FeedRow,
    after: number,
  ): Promise<{ readonly batch: Batch; readonly cursor: CursorRow } | undefined> {
    const { organisation } = feed
    const cursors = new Map((await cursorsOf(database.read, feed.id)).map((row) => [row.log, row]))
    const logs = await evidence.feed.logs(database.read, organisation)
    const inTurn = [...logs.filter((log) => log.number > after), ...logs.filter((log) => log.number <= after)]
    for (const log of inTurn) {
      const cursor = cursors.get(log.number) ?? {
        feed: feed.id,
        organisation,
        log: log.number,
        next: 0,
        begin: 0,
        sending_to: null,
      }
      const key = `${feed.id} ${log.number}`
      const known = filtered.get(key)
      const batch = await cutBatch(
        evidence.feed,
        database.read,
        {
          organisation,
          log,
          from: cursor.next,
          begin: cursor.begin,
          filteredTo: cursor.sending_to === null ? known?.to : undefined,
          to: cursor.sending_to ?? undefined,
          filter: filterOf(feed),
          tlp: feed.tlp,
        },
        limits,
      )
      if (batch === undefined) continue
      if (batch.onlyFiltered && cursor.sending_to === null) {
        const since = known?.since ?? clock()
        filtered.set(key, { to: batch.to, since })
        const waits = batch.to - batch.from < limits.filteredEntries && clock() - since < limits.filteredMs
        if (waits) continue
      }
      return { batch, cursor }
    }
    return undefined
  }

  /** False when another server sends the feed, or it is not active any more. */
  async function begin(feed: FeedRow, cursor: CursorRow, batch: Batch): Promise<boolean> {
    const at = clock()
    return await database.writer.transact({ by: 'feeds' }, async (tx) => {
      const isOurs = await leaseFeed(tx, feed.id, { by: self, at, until: at + limits.leaseMs })
      if (isOurs) await beginBatch(tx, cursor, batch.to)
      return isOurs
    })
  }

  async function attempt(feed: FeedRow, batch: Batch): Promise<Delivered> {
    // Opened when it was made; the operator may have closed it since.
    const to = readFeedDestination(feed.kind, feed.destination, deps.opened)
    if (!to.ok || !isOpened(feed.kind, to.value, deps.opened))
      return { ok: false, reason: to.ok ? 'It is closed.' : to.denial.message, retryMs: 0 }
    const secret = deps.secretOf(feed)
    return await deps.deliver[feed.kind](
      {
        id: batchId(feed.id, batch),
        feed: feed.name,
        organisation: feed.organisation,
        log: batch.log.origin,
        records: batch.records,
        destination: to.value,
        ...(feed.ca === null ? {} : { ca: feed.ca }),
        ...(secret === undefined ? {} : { secret }),
      },
      stopping.signal,
    )
  }

  async function fail(feed: FeedRow, { reason, retryMs }: Delivered & { ok: false }): Promise<void> {
    deps.onFailure(feed.id)
    const failures = feed.failures + 1
    const waitMs = backOffMs(failures, deps.random(), retryMs)
    const error = reason.slice(0, 500)
    await transact((tx) => updateFeed(tx, feed.id, { failures, error, retry_at: clock() + waitMs }))
  }

  const forget = evidence.onIntegrated(() => lookAfter(limits.gatherMs))
  // An embedded store has one server: what another held when it was killed is free.
  const begun =
    database.dialect === 'sqlite' ? transact((tx) => releaseFeeds(tx)).catch(deps.onFault) : Promise.resolve()
  void begun.then(() => lookAfter(0))

  return {
    /** Says that there may be something to send. */
    wake: () => lookAfter(0),
    async stop(): Promise<void> {
      forget()
      stopping.abort()
      clearTimeout(timer)
      await begun
      await looking
      await Promise.all(attended.values())
      await transact((tx) => releaseFeeds(tx, self)).catch(deps.onFault)
    },
  }
}
