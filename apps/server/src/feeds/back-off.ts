const firstMs = 1_000
const longestMs = 5 * 60_000
/** A receiver that asks for more is asked again after this all the same. */
export const longestAskedMs = 60 * 60_000

/**
 * How long to wait before the next attempt: twice as long after each failure, and anything between half of it and all of it,
 * so that feeds that failed together do not come back together. A receiver may ask for longer.
 *
 * @param failures in a row, 1 after the first.
 * @param random at least 0, below 1.
 */
export function backOffMs(failures: number, random: number, askedMs = 0): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20))
  return Math.max(Math.round(full / 2 + (full / 2) * random), Math.min(askedMs, longestAskedMs))
}

/** Milliseconds that a Retry-After header asks for; 0 when it asks for nothing that can be read. */
export function retryAfterMs(header: string | undefined, now: number): number {
  if (header === undefined) return 0
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000
  const at = Date.parse(header)
  return Number.isNaN(at) ? 0 : Math.max(0, at - now)
}
