// @ts-check
import { isUtf8 } from 'node:buffer'
import { threw } from './run-ended.js'

/** The memory of one instance. Every pointer and length that comes from the module is checked here, before a byte is copied. */
export class GuestMemory {
  /** @type {WebAssembly.Memory | undefined} */
  #memory

  /** @param {WebAssembly.Memory} memory */
  attach(memory) {
    this.#memory = memory
  }

  get bytes() {
    return this.#memory?.buffer.byteLength ?? 0
  }

  /**
   * A view, which is gone when the memory grows: use it at once.
   *
   * @param {number} pointer @param {number} length both as i32 @param {string} what
   */
  view(pointer, length, what) {
    if (this.#memory === undefined) throw threw('RangeError', `${what}: the module is not ready yet.`)
    const at = pointer >>> 0
    const bytes = length >>> 0
    const { buffer } = this.#memory
    if (at + bytes > buffer.byteLength) {
      const where = `${bytes} bytes at ${at} are outside the memory of ${buffer.byteLength} bytes`
      throw threw('RangeError', `${what}: ${where}.`)
    }
    return Buffer.from(buffer, at, bytes)
  }

  /** A copy. @param {number} pointer @param {number} length @param {string} what */
  copy(pointer, length, what) {
    return Buffer.from(this.view(pointer, length, what))
  }

  /** @param {number} pointer @param {number} length @param {string} what */
  text(pointer, length, what) {
    const bytes = this.view(pointer, length, what)
    if (!isUtf8(bytes)) throw threw('TypeError', `${what}: the bytes are not UTF-8.`)
    return bytes.toString('utf8')
  }

  /** @param {number} pointer @param {Uint8Array} bytes @param {string} what */
  write(pointer, bytes, what) {
    this.view(pointer, bytes.length, what).set(bytes)
  }
}
