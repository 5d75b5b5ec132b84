/** How many requests go to one place at once; the rest wait in order, and only so many. */
export function createLanes({ atOnce, waiting }: { readonly atOnce: number; readonly waiting: number }) {
  const lanes = new Map<string, { busy: number; readonly line: (() => void)[] }>()

  return {
    /**
     * Waits for a place. Answers how to give it back, or how many wait already when the line is full.
     *
     * @throws what `signal` was aborted with while waiting.
     */
    async enter(place: string, signal: AbortSignal): Promise<(() => void) | { readonly waiting: number }> {
      signal.throwIfAborted()
      const lane = lanes.get(place) ?? { busy: 0, line: [] }
      lanes.set(place, lane)
      if (lane.busy < atOnce) lane.busy += 1
      else if (lane.line.length >= waiting) return { waiting: lane.line.length }
      else await turn(lane.line, signal)
      let left = false
      return () => {
        if (left) return
        left = true
        // The place is handed on, so that nobody who comes between takes it.
        const next = lane.line.shift()
        if (next !== undefined) return next()
        lane.busy -= 1
        if (lane.busy === 0) lanes.delete(place)
      }
    },
  }
}

function turn(line: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const mine = (): void => {
      signal.removeEventListener('abort', stop)
      resolve()
    }
    const stop = (): void => {
      const at = line.indexOf(mine)
      if (at >= 0) line.splice(at, 1)
      reject(signal.reason as Error)
    }
    line.push(mine)
    signal.addEventListener('abort', stop, { once: true })
  })
}
