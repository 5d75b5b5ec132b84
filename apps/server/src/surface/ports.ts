import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/log.ts'
import type { Performed } from '../kernel/handler.ts'
import type { Metrics } from './metrics.ts'

/** A secret from outside, or none. Surfaces never name a user: the gate finds out. */
export type SurfaceCaller =
  | { readonly kind: 'session' | 'token'; readonly secret: string }
  | { readonly kind: 'none' }

/** All that a surface may do to the product. */
export interface PerformPort {
  perform(request: {
    readonly operation: string
    readonly input: unknown
    readonly caller: SurfaceCaller
    readonly idempotencyKey?: string
    readonly traceId?: string
    readonly signal?: AbortSignal
  }): Promise<Performed>
}

export interface LogLine {
  readonly line: number
  readonly stream: string
  readonly text: string
  readonly at: number
}

/** Live log lines of runs. */
export interface EventsPort {
  /**
   * Pushes lines after `afterLine`, those already written first, then `end` once.
   * The run was authorised before; unsubscribing twice is harmless.
   */
  subscribe(
    runId: string,
    afterLine: number,
    push: (event: { line: LogLine } | { end: true }) => void,
  ): () => void
}

/** What of the logs is public: hashes and signed checkpoints, never entries. */
export interface TilesPort {
  /** @param log an address such as `logs/5f3e9a01/short`; empty for the one log of a store from before. */
  checkpoint(log: string): Promise<string | undefined>
  /** The hashes behind a path such as `tile/0/x001/234.p/17`; undefined when no tile is called so, or not yet. */
  tile(log: string, path: string): Promise<Uint8Array | undefined>
  /** The signed notes by which the operator's key followed earlier ones, oldest first. */
  rotations(): Promise<readonly string[]>
}

export interface HealthPort {
  /** Each thing the server needs, by name. */
  ready(): Promise<Readonly<Record<string, boolean>>>
  /** What is worth knowing besides, and keeps no server from working. */
  facts?(): Readonly<Record<string, string>>
}

export interface SurfaceConfig {
  /** Loopback unless told otherwise. */
  readonly host?: string
  /** 0 chooses a free one. */
  readonly port: number
  /** `https` when a proxy in front ends TLS: cookies become Secure. */
  readonly scheme?: 'http' | 'https'
  /** Names that this server answers to, besides loopback's. */
  readonly hosts?: readonly string[]
  /** What the console's build wrote; without it the server has no console. */
  readonly consoleFolder?: string
  /** Shown by /openapi.json. */
  readonly version: string
  /** Serve /metrics to other machines too. */
  readonly metricsAnywhere?: boolean
  /** How long requests under way may take to finish when the server stops. */
  readonly shutdownSeconds?: number
}

export interface SurfaceDeps {
  readonly gate: PerformPort
  readonly config: SurfaceConfig
  readonly log: Logger
  readonly metrics: Metrics
  readonly tiles: TilesPort
  readonly health: HealthPort
  readonly events?: EventsPort
  readonly clock?: Clock
  /** Whether a receipt has its place in the log; `pending` when not told. */
  readonly receiptState?: (receiptId: string) => 'pending' | 'logged'
}
