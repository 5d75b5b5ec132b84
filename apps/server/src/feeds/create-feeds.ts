import type { Evidence } from '../evidence/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Config } from '../kernel/config.ts'
import type { Database, Tx } from '../kernel/db/index.ts'
import type { Registration } from '../kernel/handler.ts'
import { createReceiverReach } from '../outbound/index.ts'
import type { OutboundLimits, Resolve } from '../outbound/index.ts'
import type { SecretBox } from '../secrets/index.ts'
import { readOpenedDestinations } from './destination.ts'
import { activeFeeds, deleteFeedsOf } from './feed-store.ts'
import { keepFeeds, lagOf, placeOfSecret } from './keep-feeds.ts'
import { readFeed } from './read-feed.ts'
import { sendFeeds } from './send-feeds.ts'
import type { SendDeps, SendLimits } from './send-feeds.ts'
import { syslog } from './syslog.ts'
import { testFeed } from './test-feed.ts'
import { webhook } from './webhook.ts'

export interface FeedsDeps {
  readonly config: Pick<Config, 'feedDestinations' | 'netProxy' | 'netProxyResolves' | 'netCa'>
  readonly database: Database
  readonly clock: Clock
  readonly evidence: Evidence
  readonly box: SecretBox
  readonly onFailure: (feed: string) => void
  readonly onFault: (cause: unknown) => void
  readonly random?: () => number
  readonly resolve?: Resolve | undefined
  readonly outboundLimits?: Partial<OutboundLimits> | undefined
  readonly limits?: Partial<SendLimits> | undefined
}

export interface Feeds {
  readonly registrations: readonly Registration[]
  /** Begins to send; before it nothing leaves. */
  start(): void
  /** Entries not delivered yet, by id of the active feeds. */
  lags(): Promise<ReadonlyMap<string, number>>
  removeAll(tx: Tx, organisation: string): Promise<number>
  stop(): Promise<void>
}

/** @throws {Fault} `config_invalid` when the destinations that the operator opened cannot be read. */
export function createFeeds(deps: FeedsDeps): Feeds {
  const { config, database, clock, evidence, box } = deps
  const opened = readOpenedDestinations(config.feedDestinations)
  const reach = createReceiverReach({
    config,
    // Both kinds are TLS to a host and port; which of them was opened for which kind is asked before anything is sent.
    open: { has: (to) => opened.has('webhook', to) || opened.has('syslog', to) },
    resolve: deps.resolve,
    limits: deps.outboundLimits,
  })
  const sendDeps: SendDeps = {
    database,
    clock,
    evidence,
    opened,
    random: deps.random ?? Math.random,
    deliver: { webhook: webhook({ reach, clock }), syslog: syslog({ reach }) },
    secretOf: (row) => (row.secret === null ? undefined : box.open(row.secret, placeOfSecret(row))),
    onFailure: deps.onFailure,
    onFault: deps.onFault,
    ...(deps.limits === undefined ? {} : { limits: deps.limits }),
  }
  const source = evidence.feed
  let sending: ReturnType<typeof sendFeeds> | undefined
  return {
    registrations: [
      ...keepFeeds({ source, opened, box, wake: () => sending?.wake() }),
      testFeed(sendDeps),
      readFeed({ source }),
    ],
    start() {
      sending ??= sendFeeds(sendDeps)
    },
    async lags() {
      const lags = new Map<string, number>()
      for (const feed of await activeFeeds(database.read))
        lags.set(feed.id, await lagOf(database.read, feed, source))
      return lags
    },
    removeAll: deleteFeedsOf,
    async stop() {
      await sending?.stop()
    },
  }
}
