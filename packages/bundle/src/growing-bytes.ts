/** Bytes that are appended to. Doubling instead of a list of pieces: a column of 65,536 salts would be as many objects. */
export class GrowingBytes {
  #bytes: Buffer
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = Buffer.allocUnsafe(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** Appends `source[start, end)`. */
  append(source: Uint8Array, start = 0, end = source.length): void {
    this.#reserve(end - start)
    // Few bytes are copied faster one by one than through a view.
    if (end - start <= 8)
      for (let at = start; at < end; at += 1) this.#bytes[this.#length++] = source[at] ?? 0
    else {
      this.#bytes.set(source.subarray(start, end), this.#length)
      this.#length += end - start
    }
  }

  appendText(text: string): void {
    this.#reserve(text.length * 3)
    this.#length += this.#bytes.write(text, this.#length, 'utf8')
  }

  /** Unsigned LEB128 in the fewest bytes. */
  appendVarint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no varint`)
    this.#reserve(8)
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 128
    this.#bytes[this.#length++] = rest
  }

  /** What was appended so far; it stays in place, so nothing is appended afterwards. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
