import { BundleUnreadable } from './unreadable.ts'

/** Reads unsigned LEB128 one after the other; each must be in its fewest bytes and at most 2^53 − 1. */
export class Varints {
  readonly #bytes: Uint8Array
  readonly #where: string
  #at = 0

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes
    this.#where = where
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  next(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw new BundleUnreadable(this.#where, 'it ends inside a number')
      this.#at += 1
      value += (byte & 127) * scale
      if (byte < 128) {
        if (byte === 0 && scale > 1)
          throw new BundleUnreadable(this.#where, 'a number has more bytes than it needs')
        break
      }
      if (scale >= 2 ** 49) throw new BundleUnreadable(this.#where, 'a number is above 2^53 - 1')
    }
    if (value > Number.MAX_SAFE_INTEGER) throw new BundleUnreadable(this.#where, 'a number is above 2^53 - 1')
    return value
  }

  /** The next `length` bytes. */
  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at)
      throw new BundleUnreadable(this.#where, 'it ends inside a value')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  expectEnd(): void {
    if (!this.isAtEnd) throw new BundleUnreadable(this.#where, 'it goes on behind its last value')
  }
}
