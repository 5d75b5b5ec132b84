import { boundedLabels, scopeKind } from './bounded-labels.ts'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** 50 to 1600 ms as the dashboards expect, and finer below: most runs take a few milliseconds. */
const runBuckets = [1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 200, 300, 400, 600, 800, 1200, 1600, 3200, 6400]
const queryBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250]
const requestBuckets = [0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000]

const waitBuckets = [1, 5, 10, 50, 100, 500, 1000, 5000, 15_000, 60_000, 300_000]
/** Tenants name their plugins; a metrics store keeps every name for ever. */
const mostPlugins = 200
const mostPairs = 1_000
const mostFeeds = 500

/** What the sandbox counts, as the metrics read it. */
export interface SandboxCounts {
  readonly runners: number
  readonly blank: number
  readonly busy: number
  readonly waiting: number
  readonly started: number
  readonly endings: Readonly<Record<string, number | undefined>>
}

/** The numbers of this server, as plain functions that domains are given. Names are public: dashboards use them. */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const pluginExecMs = new Histogram({
    name: 'plugin_exec_ms',
    help: 'Wall time of plugin runs in milliseconds.',
    labelNames: ['plugin', 'outcome'],
    buckets: runBuckets,
    registers,
  })
  const pluginRows = new Counter({
    name: 'plugin_rows_total',
    help: 'Rows read by plugins.',
    labelNames: ['plugin', 'org'],
    registers,
  })
  const signatureFail = new Counter({
    name: 'marketplace_signature_fail_total',
    help: 'Packages whose signature, signer or file list was refused.',
    registers,
  })
  const graphThreeHopMs = new Histogram({
    name: 'graph_3hop_ms',
    help: 'Time of three-hop graph queries in milliseconds.',
    buckets: queryBuckets,
    registers,
  })
  const requestMs = new Histogram({
    name: 'http_request_ms',
    help: 'Time to answer HTTP requests in milliseconds.',
    labelNames: ['method', 'route', 'status'],
    buckets: requestBuckets,
    registers,
  })
  const denials = new Counter({
    name: 'gate_denials_total',
    help: 'Refusals by code.',
    labelNames: ['code'],
    registers,
  })
  const sandboxLevel = new Gauge({
    name: 'sandbox_level',
    help: '1 for the level that this server reached.',
    labelNames: ['level'],
    registers,
  })
  const budgetBreaches = new Counter({
    name: 'plugin_budget_breaches_total',
    help: 'Runs that ended because a budget was used up, by kind of budget.',
    labelNames: ['kind'],
    registers,
  })
  const capabilityDenials = new Counter({
    name: 'plugin_capability_denials_total',
    help: 'Calls refused because the capability was not granted, by kind of capability.',
    labelNames: ['scope'],
    registers,
  })
  const queueWaitMs = new Histogram({
    name: 'plugin_queue_wait_ms',
    help: 'Time that queued runs waited for their turn in milliseconds.',
    buckets: waitBuckets,
    registers,
  })
  const feedFailures = new Counter({
    name: 'feed_failures_total',
    help: 'Attempts to deliver a batch of a feed that failed.',
    labelNames: ['feed'],
    registers,
  })
  const feedLabel = boundedLabels(mostFeeds)
  const witnessConflicts = new Counter({
    name: 'witness_conflicts_total',
    help: 'Times that a witness was found to know another log than ours, by how they differ.',
    labelNames: ['conflict'],
    registers,
  })
  for (const conflict of ['fork', 'shrunk', 'rewritten']) witnessConflicts.inc({ conflict }, 0)
  const pluginLabel = boundedLabels(mostPlugins)
  const pairLabel = boundedLabels(mostPairs)
  const streams = new Gauge({ name: 'event_streams_open', help: 'Live log streams under way.', registers })

  /** A number that is read when somebody looks. */
  function gauge(name: string, help: string, read: () => number | Promise<number>): void {
    void new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read())
      },
    })
  }
  gauge('process_resident_bytes', 'Memory of the server process.', () => process.memoryUsage.rss())

  /** Runners as the sandbox counts them, read when somebody looks; every reason is there from the start. */
  function sandboxCounts(reasons: readonly string[], read: () => SandboxCounts): void {
    gauge('sandbox_runs_waiting', 'Runs that wait for a runner.', () => read().waiting)
    void new Gauge({
      name: 'sandbox_runners',
      help: 'Runner processes by state; the rest of all is on its way or settling.',
      labelNames: ['state'],
      registers,
      collect() {
        const { runners, blank, busy } = read()
        this.set({ state: 'all' }, runners)
        this.set({ state: 'blank' }, blank)
        this.set({ state: 'busy' }, busy)
      },
    })
    void new Counter({
      name: 'sandbox_runners_started_total',
      help: 'Runner processes started.',
      registers,
      collect() {
        this.reset()
        this.inc(read().started)
      },
    })
    void new Counter({
      name: 'sandbox_runners_ended_total',
      help: 'Runner processes that ended, by reason.',
      labelNames: ['reason'],
      registers,
      collect() {
        const { endings } = read()
        this.reset()
        for (const reason of reasons) this.inc({ reason }, endings[reason] ?? 0)
      },
    })
  }

  return {
    pluginExec: (run: { plugin: string; outcome: string; ms: number }) =>
      pluginExecMs.observe({ plugin: pluginLabel(run.plugin), outcome: run.outcome }, run.ms),
    pluginRowsRead({ plugin, org, rows }: { plugin: string; org: string; rows: number }): void {
      const isKnown = pairLabel(`${org} ${plugin}`) !== 'other'
      pluginRows.inc(isKnown ? { plugin, org } : { plugin: 'other', org: 'other' }, rows)
    },
    budgetBreached: (kind: string) => budgetBreaches.inc({ kind }),
    capabilityDenied: (scope: string) => capabilityDenials.inc({ scope: scopeKind(scope) }),
    queueWaited: (ms: number) => queueWaitMs.observe(ms),
    sandboxCounts,
    feedFailed: (feed: string) => feedFailures.inc({ feed: feedLabel(feed) }),
    /** Receipts that wait to be delivered, by feed; read when somebody looks, and told of those feeds alone that are there. */
    feedLags: (read: () => Promise<ReadonlyMap<string, number>>) =>
      new Gauge({
        name: 'feed_lag_receipts',
        help: 'Receipts in the logs that a feed has not delivered yet.',
        labelNames: ['feed'],
        registers,
        async collect() {
          const lags = await read()
          this.reset()
          for (const [feed, lag] of lags) this.inc({ feed: feedLabel(feed) }, lag)
        },
      }),
    signatureFailed: () => signatureFail.inc(),
    graphThreeHop: (ms: number) => graphThreeHopMs.observe(ms),
    httpRequest: (request: { method: string; route: string; status: number; ms: number }) =>
      requestMs.observe({ method: request.method, route: request.route, status: request.status }, request.ms),
    denied: (code: string) => denials.inc({ code }),
    witnessConflict: (conflict: string) => witnessConflicts.inc({ conflict }),
    sandboxReached: (level: string) => sandboxLevel.set({ level }, 1),
    streamsOpen: (open: number) => streams.set(open),
    /** Receipts that have no place in the log yet. */
    receiptsPending: (read: () => number | Promise<number>) =>
      gauge('receipts_pending', 'Receipts that wait for their place in the log.', read),
    logSize: (read: () => number | Promise<number>) =>
      gauge('log_size', 'Entries of the evidence logs.', read),
    gauge,
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
