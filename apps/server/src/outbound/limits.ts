/** Fixed limits of a request to the outside, under the budgets of the run that asks. */
export interface OutboundLimits {
  /** Finding the host's addresses and reaching one of them. */
  readonly connectMs: number
  /** From the request until the last header of the answer. */
  readonly headersMs: number
  /** Between two pieces of the answer's body. */
  readonly bodyIdleMs: number
  /** All of it, from looking the name up to the last byte; waiting for a turn is bounded by the run's own time. */
  readonly totalMs: number
  readonly headerBytes: number
  /** Of the body as it comes, and again of the body unpacked. */
  readonly bodyBytes: number
  /** To one host at once, for one organisation. */
  readonly concurrentPerHost: number
  /** That wait for one host, for one organisation. */
  readonly waitingPerHost: number
  /** Look-ups of names that wait for the one under way, for one organisation. */
  readonly waitingLookups: number
  /** A pause is never longer, whatever a host asks for. */
  readonly pauseMs: number
  /** Of answers kept for one package of one organisation. */
  readonly cacheBytes: number
  /** Of all answers kept. */
  readonly cacheBytesInAll: number
}

export const outboundLimits: OutboundLimits = {
  connectMs: 5_000,
  headersMs: 15_000,
  bodyIdleMs: 10_000,
  totalMs: 30_000,
  headerBytes: 32_768,
  bodyBytes: 2 * 1024 * 1024,
  concurrentPerHost: 4,
  waitingPerHost: 32,
  waitingLookups: 256,
  pauseMs: 3_600_000,
  cacheBytes: 16 * 1024 * 1024,
  cacheBytesInAll: 128 * 1024 * 1024,
}
