// @ts-check
import { maxNameBytes } from './limits.js'

/** The module is not what the interface asks for. Its message is for the author of the plugin. */
export class ModuleRefused extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message)
    this.name = 'ModuleRefused'
  }
}

/** Reads the numbers and names of the binary format; never past its end. */
export class ByteReader {
  /** @param {Uint8Array} bytes @param {number} [start] @param {number} [end] */
  constructor(bytes, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  get done() {
    return this.at === this.end
  }

  byte() {
    if (this.at >= this.end) throw new ModuleRefused(`The module ends in the middle of byte ${this.at}.`)
    return /** @type {number} within the array */ (this.bytes[this.at++])
  }

  /** Unsigned LEB128 of 32 bits. */
  u32() {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      if (shift === 28 && byte > 0x0f) break
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new ModuleRefused(`Byte ${this.at} of the module is no number of 32 bits.`)
  }

  /** Passes over a signed LEB128 of at most `bits`. @param {number} bits */
  skipSigned(bits) {
    for (let left = Math.ceil(bits / 7); left > 0; left -= 1) if (this.byte() < 0x80) return
    throw new ModuleRefused(`Byte ${this.at} of the module is no number of ${bits} bits.`)
  }

  /** @param {number} count */
  skip(count) {
    if (count > this.end - this.at)
      throw new ModuleRefused(`The module ends in the middle of byte ${this.at}.`)
    this.at += count
  }

  /** @param {number} most @param {string} what in the plural */
  count(most, what) {
    const count = this.u32()
    if (count > most) throw new ModuleRefused(`The module has ${count} ${what}; at most ${most} are allowed.`)
    return count
  }

  name() {
    const length = this.u32()
    if (length > maxNameBytes)
      throw new ModuleRefused(`A name in the module is longer than ${maxNameBytes} bytes.`)
    const start = this.at
    this.skip(length)
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, length).toString('utf8')
  }

  /** The next `length` bytes as a reader of their own. @param {number} length */
  part(length) {
    const start = this.at
    this.skip(length)
    return new ByteReader(this.bytes, start, this.at)
  }
}

/** Unsigned LEB128. @param {number} value below 2^32 */
export function encodeU32(value) {
  const bytes = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest === 0 ? low : low + 128)
  } while (rest > 0)
  return bytes
}
