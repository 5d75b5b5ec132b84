import type { ChildProcess } from 'node:child_process'

type Stream = 'stdout' | 'stderr'

/** What a process says. */
export interface Output {
  /** All that has arrived of a stream so far. */
  text(stream: Stream): string
  /** Resolves when the stream holds the pattern; rejects with both texts after `seconds`, or when the process has ended without. */
  says(stream: Stream, pattern: RegExp, seconds: number): Promise<RegExpExecArray>
}

/**
 * Listens to a process. Each stream is waited for by itself: what was written to one may arrive
 * after what was written later to the other, or after an answer through a socket.
 */
export function outputOf(child: ChildProcess): Output {
  const texts = { stdout: '', stderr: '' }
  let ended = false
  const waiting = new Set<() => void>()
  const look = () => waiting.forEach((check) => check())
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      texts[stream] += text
      look()
    })
  }
  child.once('close', () => {
    ended = true
    look()
  })

  return {
    text: (stream) => texts[stream],
    says: (stream, pattern, seconds) =>
      new Promise((resolve, reject) => {
        const settle = (then: () => void) => {
          clearTimeout(late)
          waiting.delete(check)
          then()
        }
        const fail = (when: string) =>
          settle(() =>
            reject(
              new Error(`Nothing on ${stream} was ${pattern} ${when}:\n${texts.stdout}\n${texts.stderr}`),
            ),
          )
        const late = setTimeout(() => fail(`within ${seconds} s`), seconds * 1000)
        const check = () => {
          const match = pattern.exec(texts[stream])
          if (match !== null) settle(() => resolve(match))
          else if (ended) fail('before the process ended')
        }
        waiting.add(check)
        check()
      }),
  }
}
