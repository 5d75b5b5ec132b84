/**
 * Reads unsigned LEB128 numbers in their shortest form, at most 2^53 - 1. After the first that is not, `ok` is false and
 * every further one is 0.
 */
export class VarintReader {
  at = 0
  ok = true
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  next(): number {
    const bytes = this.#bytes
    const first = bytes[this.at]
    // Nearly all are this short: a difference of indices, a place in a table.
    if (first !== undefined && first < 0x80) {
      this.at++
      return first
    }
    let value = 0
    let scale = 1
    for (let length = 0; length < 8; length++) {
      const byte = bytes[this.at + length]
      if (byte === undefined) return this.#fail()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        // A last byte of zero says nothing; the number has a shorter form.
        if (byte === 0 || value > Number.MAX_SAFE_INTEGER) return this.#fail()
        this.at += length + 1
        return value
      }
      scale *= 128
    }
    return this.#fail()
  }

  skip(length: number): void {
    this.at += length
  }

  #fail(): number {
    this.ok = false
    this.at = this.#bytes.length
    return 0
  }
}
