import type { OutputOf } from '@switchboard/api'
import type { RunOperation } from './run-operation.ts'

type Span = OutputOf<RunOperation>['spans'][number]

/** One captured line, numbered from 1 within its run. */
export interface RunLogLine {
  readonly line: number
  readonly stream: 'out' | 'err'
  readonly text: string
  readonly at: number
}

export interface LiveLog {
  add(stream: 'out' | 'err', text: string, at: number): void
  readonly lines: readonly RunLogLine[]
  /** Tells the followers that no more lines come. */
  end(): void
}

type Follower = (event: RunLogLine | 'end') => void

/** The output and the calls of runs under way, for those who follow them live. Bounded by each run's log budget; gone when the run ends. */
export function createLiveLogs() {
  const live = new Map<string, { lines: RunLogLine[]; followers: Set<Follower>; spans: readonly Span[] }>()

  return {
    /** @param spans that grow as the run makes calls. */
    start(run: string, spans: readonly Span[]): LiveLog {
      const entry = { lines: [] as RunLogLine[], followers: new Set<Follower>(), spans }
      live.set(run, entry)
      return {
        lines: entry.lines,
        add(stream, text, at) {
          const line = { line: entry.lines.length + 1, stream, text, at }
          entry.lines.push(line)
          for (const follower of entry.followers) follower(line)
        },
        end() {
          live.delete(run)
          for (const follower of entry.followers) follower('end')
        },
      }
    },
    lines: (run: string): readonly RunLogLine[] | undefined => live.get(run)?.lines,
    spans: (run: string): readonly Span[] | undefined => live.get(run)?.spans,
    /** Replays what came after `after`, then follows. Answers undefined when the run is not under way here. */
    follow(run: string, after: number, follower: Follower): (() => void) | undefined {
      const entry = live.get(run)
      if (entry === undefined) return undefined
      // Lines up to `after` may still be to come: whoever follows a run may name any line.
      const news: Follower = (event) => {
        if (event === 'end' || event.line > after) follower(event)
      }
      for (const line of entry.lines) news(line)
      entry.followers.add(news)
      return () => void entry.followers.delete(news)
    },
  }
}
export type LiveLogs = ReturnType<typeof createLiveLogs>
