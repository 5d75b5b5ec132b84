import type { RunFigures } from './run-figures.ts'

type Figures = ReadonlyMap<string, RunFigures>
/** A figure is used for so many times as long as it took to count, so counting takes a twentieth of the time at most. */
const keptTimes = 20
/** Below this nothing is gained, and figures are new each time. */
const costlyMs = 250
const mostKept = 200

/**
 * Counts a month's runs again only once that has paid off. The embedded store counts on the thread that serves everybody,
 * and whoever watches costs asks again and again.
 */
export function createKeptFigures() {
  const kept = new Map<string, { readonly figures: Promise<Figures>; until: number }>()
  return async function figuresOf(name: string, count: () => Promise<Figures>): Promise<Figures> {
    const begun = performance.now()
    const known = kept.get(name)
    if (known !== undefined && begun < known.until) return await known.figures
    if (kept.size >= mostKept) kept.clear()
    // Whoever asks meanwhile waits for the same count.
    const entry = { figures: count(), until: Number.POSITIVE_INFINITY }
    kept.set(name, entry)
    try {
      const figures = await entry.figures
      const ended = performance.now()
      entry.until = ended - begun < costlyMs ? ended : ended + (ended - begun) * keptTimes
      return figures
    } catch (error) {
      kept.delete(name)
      throw error
    }
  }
}
