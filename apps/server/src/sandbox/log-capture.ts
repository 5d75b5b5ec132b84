import type { LogLine } from './boundary.ts'
import { maxLogLines } from './limits.ts'

/** Passes a run's output on until its bytes are used up; then says once, in the log itself, that it was cut. */
export class LogCapture {
  readonly #limitBytes: number
  readonly #onLine: (line: LogLine) => void
  #bytes = 0
  #lines = 0
  #cut = false

  constructor(limitBytes: number, onLine: (line: LogLine) => void) {
    this.#limitBytes = limitBytes
    this.#onLine = onLine
  }

  /** Of what was passed on, the mark not counted. */
  get bytes(): number {
    return this.#bytes
  }

  add(stream: LogLine['stream'], text: string, atMs: number): void {
    if (this.#cut) return
    this.#lines += 1
    // Empty lines cost no bytes and still have to be kept by somebody.
    if (this.#lines > maxLogLines) return this.cut(atMs)
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
    this.cut(atMs)
  }

  /** Marks the end of what was kept. */
  cut(atMs: number): void {
    if (this.#cut) return
    this.#cut = true
    this.#onLine({ stream: 'err', text: `[output cut: the limit is ${this.#limitBytes} bytes]`, atMs })
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
