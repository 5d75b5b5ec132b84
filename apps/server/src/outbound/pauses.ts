/**
 * Hosts that asked for a pause, remembered per organisation: no plugin of it hammers them meanwhile, and none of another
 * organisation waits for it.
 */
export function createPauses({ clock, longestMs }: { clock: () => number; longestMs: number }) {
  const paused = new Map<
    string,
    { readonly until: number; readonly status: number; readonly times: number }
  >()
  const keyOf = (organisation: string, origin: string): string => `${organisation} ${origin}`

  return {
    /** Until when nothing is sent; undefined when something may be. */
    pauseOf(
      organisation: string,
      origin: string,
    ): { readonly until: number; readonly status: number } | undefined {
      const known = paused.get(keyOf(organisation, origin))
      return known !== undefined && known.until > clock() ? known : undefined
    },
    /**
     * Takes note of an answer. 429 always asks for a pause, 503 when it says for how long; without a time each is twice
     * as long as the one before, from a second on.
     */
    note(
      organisation: string,
      origin: string,
      answer: { status: number; retryAfter: string | undefined },
    ): void {
      const key = keyOf(organisation, origin)
      const asked = retryAfterMs(answer.retryAfter, clock())
      if (answer.status !== 429 && !(answer.status === 503 && asked !== undefined)) {
        if (answer.status < 500) paused.delete(key)
        return
      }
      const times = (paused.get(key)?.times ?? 0) + 1
      const wait = Math.min(Math.max(asked ?? 1_000 * 2 ** Math.min(times - 1, 20), 1_000), longestMs)
      // Longest ago first, so that the oldest is the first to go.
      paused.delete(key)
      paused.set(key, { until: clock() + wait, status: answer.status, times })
      const [oldest] = paused.keys()
      if (paused.size > mostPauses && oldest !== undefined) paused.delete(oldest)
    },
    forget(organisation: string): void {
      for (const key of paused.keys()) if (key.startsWith(`${organisation} `)) paused.delete(key)
    },
  }
}

const mostPauses = 10_000

/** `Retry-After` as seconds or as a date; undefined for anything else. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^[0-9]{1,9}$/.test(header.trim())) return Number(header) * 1000
  // A date begins with its weekday; the parser would take a good deal else for one.
  const at = /^[A-Z][a-z]{2,8},? /.test(header) ? Date.parse(header) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
