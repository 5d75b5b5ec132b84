import type { Run, Span } from './run-state.ts'

export interface PlacedBar {
  /** Percent of the run's time. */
  readonly left: number
  readonly width: number
}

/** Where the bars of calls stand within the time of their run; of a run under way, up to its last call. */
export function placeSpans(
  run: Pick<Run, 'startedAt' | 'endedAt'>,
  spans: readonly Pick<Span, 'startedAt' | 'wallMicros'>[],
): { readonly bars: readonly PlacedBar[]; readonly lastMs: number } {
  const ends = spans.map(({ startedAt, wallMicros }) => startedAt + wallMicros / 1_000 - run.startedAt)
  // Clocks of calls and of the run are read at different moments: nothing may stand outside.
  const lastMs = Math.max(1, (run.endedAt ?? run.startedAt) - run.startedAt, maximum(ends))
  const percent = (ms: number): number => Math.min(100, Math.max(0, (ms / lastMs) * 100))
  return {
    lastMs,
    bars: spans.map(({ startedAt, wallMicros }) => {
      const left = percent(startedAt - run.startedAt)
      return { left, width: Math.min(100 - left, percent(wallMicros / 1_000)) }
    }),
  }
}

function maximum(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}
