import type { LogLine } from './boundary.ts'
import { maxLogLines } from './limits.ts'
import type { DroppedOutput } from './runner-message.ts'

/** Passes a run's output on until its bytes are used up; then says, in the log itself, that it was cut, and at the end how much. */
export class LogCapture {
  readonly #limitBytes: number
  readonly #onLine: (line: LogLine) => void
  #bytes = 0
  #lines = 0
  #cut = false
  /** Cut here, beside what was cut inside: the isolate counts characters, and bytes are more. */
  #lostLines = 0
  #lostChars = 0

  constructor(limitBytes: number, onLine: (line: LogLine) => void) {
    this.#limitBytes = limitBytes
    this.#onLine = onLine
  }

  /** Of what was passed on, the marks not counted. */
  get bytes(): number {
    return this.#bytes
  }

  /** `isCut`: what is left of a line whose rest was cut inside, and counted there. */
  add(stream: LogLine['stream'], text: string, atMs: number, isCut = false): void {
    if (isCut && text === '') return
    this.#lines += 1
    // Empty lines cost no bytes and still have to be kept by somebody.
    if (this.#cut || this.#lines > maxLogLines) {
      this.#lose(text.length, isCut)
      return this.cut(atMs)
    }
    const left = this.#limitBytes - this.#bytes
    const bytes = Buffer.byteLength(text)
    if (bytes <= left) {
      this.#bytes += bytes
      this.#onLine({ stream, text, atMs })
      return
    }
    const kept = cutAtBytes(text, left)
    this.#bytes += Buffer.byteLength(kept)
    if (kept !== '') this.#onLine({ stream, text: kept, atMs })
    this.#lose(text.length - kept.length, isCut)
    this.cut(atMs)
  }

  /** Marks the end of what was kept, when it is reached: who follows must not take the silence for the plugin's. */
  cut(atMs: number): void {
    if (this.#cut) return
    this.#cut = true
    this.#mark(`[output cut: the limit is ${this.#limitBytes} bytes, ${maxLogLines} lines]`, atMs)
  }

  /** Says how much is missing. `inside` is undefined when the runner did not live to tell. */
  end(atMs: number, inside: DroppedOutput | undefined): void {
    if (!this.#cut) return
    const lines = this.#lostLines + (inside?.lines ?? 0)
    const chars = this.#lostChars + (inside?.chars ?? 0)
    const atLeast = inside?.exact === true ? '' : 'at least '
    if (lines > 0) this.#mark(`[missing: ${atLeast}${chars} characters of ${lines} lines]`, atMs)
  }

  #lose(chars: number, isCounted: boolean): void {
    this.#lostChars += chars
    if (!isCounted) this.#lostLines += 1
  }

  #mark(text: string, atMs: number): void {
    this.#onLine({ stream: 'err', text, atMs })
  }
}

/** The longest start of `text` that fits, never half a character. */
export function cutAtBytes(text: string, limitBytes: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= limitBytes) return text
  let end = limitBytes
  // Bytes 10xxxxxx continue a character: step back to its first.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}
