import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { sessionEnded } from '../../api/session-changes.ts'
import { createEventReader } from './read-events.ts'
import type { LogLine } from './read-events.ts'

const firstWaitMs = 500
const longestWaitMs = 8_000

export interface RunLog {
  readonly lines: readonly LogLine[]
  readonly state: 'connecting' | 'following' | 'interrupted' | 'ended'
}

/**
 * Follows the log of a run by server-sent events. After an interruption it comes back with the number of its last line, so
 * that nothing is missed and nothing shown twice. A request of its own rather than an EventSource, which cannot say where
 * to go on after a refusal, nor that a session ended.
 */
export function useRunLog(run: string): RunLog {
  const [log, setLog] = useState<RunLog>({ lines: [], state: 'connecting' })
  const queries = useQueryClient()
  useEffect(() => {
    const leaving = new AbortController()
    let lines: LogLine[] = []
    let drawn = 0
    // Thousands of lines may come at once: they are shown once a frame.
    const show = (state: RunLog['state']) => {
      cancelAnimationFrame(drawn)
      drawn = requestAnimationFrame(() => setLog({ lines, state }))
    }
    const follow = async (): Promise<void> => {
      let waitMs = firstWaitMs
      while (!leaving.signal.aborted) {
        const before = lines.length
        const ended = await readOnce(run, lines.at(-1)?.line ?? 0, leaving.signal, (more) => {
          lines = [...lines, ...more]
          show('following')
        }).catch(() => false)
        if (leaving.signal.aborted) return
        if (ended) {
          show('ended')
          await queries.invalidateQueries({ queryKey: ['run.detail'] })
          return
        }
        waitMs = lines.length > before ? firstWaitMs : Math.min(longestWaitMs, waitMs * 2)
        show('interrupted')
        await new Promise((resolve) => setTimeout(resolve, waitMs))
      }
    }
    setLog({ lines: [], state: 'connecting' })
    void follow()
    return () => {
      cancelAnimationFrame(drawn)
      leaving.abort()
    }
  }, [run, queries])
  return log
}

/** True when the server said that no more will come. */
async function readOnce(
  run: string,
  after: number,
  signal: AbortSignal,
  onLines: (lines: readonly LogLine[]) => void,
): Promise<boolean> {
  const response = await fetch(`/runs/${run}/events`, {
    credentials: 'same-origin',
    headers: { accept: 'text/event-stream', 'last-event-id': String(after) },
    signal,
  })
  if (response.status === 401) sessionEnded()
  if (!response.ok || response.body === null) return false
  onLines([])
  const read = createEventReader()
  for await (const piece of piecesOf(response.body)) {
    const events = read(piece)
    const lines = events.filter((event) => event !== 'end')
    if (lines.length > 0) onLines(lines)
    if (lines.length < events.length) return true
  }
  return false
}

async function* piecesOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel()
  }
}
