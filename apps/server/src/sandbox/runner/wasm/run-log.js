// @ts-check

const maxLines = 5000
/** So many lines leave at once: nobody but the module runs here, and one that hangs after a line must have said it. */
const eagerLines = 200
const flushChars = 16 * 1024
const flushMs = 50

/** What a run prints, in batches, up to its limit. */
export class RunLog {
  #charsLeft
  #send
  #lines = 0
  #cut = false
  /** @type {[number, string][]} */
  #batch = []
  #batchChars = 0
  #flushedAt = performance.now()
  /** Unfinished lines of the two streams. */
  #partial = ['', '']
  #lastWords = ''

  /** @param {number} limitChars @param {(lines: [number, string][], cut: boolean) => void} send */
  constructor(limitChars, send) {
    this.#charsLeft = limitChars
    this.#send = send
  }

  /** How many bytes are worth reading from the module. */
  get wanted() {
    return this.#cut ? 0 : this.#charsLeft * 3 + 4
  }

  /** One line. @param {number} stream 0 or 1 @param {string} text */
  line(stream, text) {
    if (stream === 1) this.#hear(text)
    if (this.#cut) return
    this.#lines += 1
    let kept = text
    if (text.length > this.#charsLeft || this.#lines > maxLines) {
      kept = text.slice(0, this.#charsLeft)
      this.#cut = true
    }
    this.#charsLeft -= kept.length
    this.#batch.push([stream, kept])
    this.#batchChars += kept.length
    const late = performance.now() - this.#flushedAt > flushMs
    if (this.#cut || late || this.#lines <= eagerLines || this.#batchChars > flushChars) this.flush()
  }

  /** Text as it comes; lines end at line feeds. @param {number} stream @param {string} text */
  write(stream, text) {
    const lines = (this.#partial[stream] + text).split('\n')
    this.#partial[stream] = lines.pop() ?? ''
    for (const line of lines) this.line(stream, line)
    // A line that never ends is shown in pieces.
    if ((this.#partial[stream] ?? '').length > flushChars) this.finish(stream)
  }

  /** @param {number} stream */
  finish(stream) {
    const rest = this.#partial[stream] ?? ''
    this.#partial[stream] = ''
    if (rest !== '') this.line(stream, rest)
  }

  /** What a runtime said on its error stream before it gave up; nothing when it said nothing. */
  lastWords() {
    this.finish(0)
    this.finish(1)
    return this.#lastWords
  }

  /** The line that says what went wrong; a stack trace may follow it. @param {string} text */
  #hear(text) {
    const says = /panic|fatal|error|failed/i
    if (text.trim() === '') return
    if (says.test(text) || !says.test(this.#lastWords)) this.#lastWords = text.slice(0, 500)
  }

  flush() {
    this.#flushedAt = performance.now()
    if (this.#batch.length === 0) return
    this.#send(this.#batch, this.#cut)
    this.#batch = []
    this.#batchChars = 0
  }
}
