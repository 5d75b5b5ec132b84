// @ts-check

const maxLines = 5000
/** So many lines leave at once: nobody but the module runs here, and one that hangs after a line must have said it. */
const eagerLines = 200
const flushChars = 16 * 1024
const flushMs = 50
/** What is read at once at least: line feeds take no room in the log, and would otherwise be read one by one. */
const leastRead = 4096
const lineFeed = 10

/** How long a text would be in UTF-16, without making it: what is cut may be most of the module's memory. @param {Uint8Array} utf8 */
export function countChars(utf8) {
  let chars = 0
  for (let i = 0; i < utf8.length; i += 1) {
    const byte = /** @type {number} */ (utf8[i])
    // Bytes 10xxxxxx continue a character; 11110xxx begin one that takes two units.
    if ((byte & 0xc0) !== 0x80) chars += byte >= 0xf0 ? 2 : 1
  }
  return chars
}

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
  #droppedLines = 0
  #droppedChars = 0
  /** Whether a line of the stream that is not read any more is still without its end. */
  #skipping = [false, false]

  /** @param {number} limitChars @param {(lines: [number, string][], cut: boolean) => void} send */
  constructor(limitChars, send) {
    this.#charsLeft = limitChars
    this.#send = send
  }

  /** How many bytes are worth reading from the module. */
  get wanted() {
    return this.#cut ? 0 : this.#charsLeft * 3 + leastRead
  }

  /** What was cut, for the end of the run; nothing when all was kept. */
  get dropped() {
    return this.#droppedLines === 0
      ? {}
      : { cutLines: this.#droppedLines, cutChars: this.#droppedChars, cutExact: true }
  }

  /** One line. @param {number} stream 0 or 1 @param {string} text @param {number} [unread] characters of it that were not read */
  line(stream, text, unread = 0) {
    if (stream === 1) this.#hear(text)
    if (this.#cut) return this.#drop(text.length + unread)
    this.#lines += 1
    let kept = text
    if (text.length + unread > this.#charsLeft || this.#lines > maxLines) {
      kept = this.#lines > maxLines ? '' : text.slice(0, this.#charsLeft)
      this.#cut = true
      this.#drop(text.length - kept.length + unread)
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
    // A line that never ends is shown in pieces, and cut as soon as it must be.
    const pending = (this.#partial[stream] ?? '').length
    if (pending > flushChars || pending > this.#charsLeft) {
      this.finish(stream)
      this.#skipping[stream] = this.#cut
    }
  }

  /** Text after the cut: counted, not read. @param {number} stream @param {Uint8Array} bytes */
  skip(stream, bytes) {
    if (bytes.length === 0) return
    let feeds = 0
    for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) feeds += 1
    const isOpen = bytes[bytes.length - 1] !== lineFeed
    // A line that was begun before counts already.
    this.#droppedLines += feeds + (isOpen ? 1 : 0) - (this.#skipping[stream] === true ? 1 : 0)
    this.#droppedChars += countChars(bytes) - feeds
    this.#skipping[stream] = isOpen
  }

  /** @param {number} chars */
  #drop(chars) {
    this.#droppedLines += 1
    this.#droppedChars += chars
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
