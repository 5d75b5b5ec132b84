import { hash } from 'node:crypto'

/**
 * A salt key made ready: the padded blocks of HMAC-SHA256, each followed by room for its message.
 * `createHmac` costs 11 µs a call and a receipt needs six; two plain hashes over prepared blocks cost 1.2 µs.
 */
export interface SaltKey {
  readonly inner: Buffer
  readonly outer: Buffer
}

const blockBytes = 64
const messageBytes = 17

/** @param key 32 random bytes. */
export function saltKeyFrom(key: Uint8Array): SaltKey {
  const inner = Buffer.alloc(blockBytes + messageBytes, 0x36)
  const outer = Buffer.alloc(blockBytes + 32, 0x5c)
  for (const [at, byte] of key.entries()) {
    inner[at] = 0x36 ^ byte
    outer[at] = 0x5c ^ byte
  }
  return { inner, outer }
}

/**
 * Writes the salt of one part, HMAC-SHA256(key, receipt id ‖ part number), into `target`.
 *
 * @param receiptId 32 hexadecimal digits.
 */
export function writeSalt(
  target: Buffer,
  offset: number,
  key: SaltKey,
  receiptId: string,
  part: number,
): void {
  key.inner.write(receiptId, blockBytes, 'hex')
  key.inner[blockBytes + 16] = part
  key.outer.write(hash('sha256', key.inner, 'binary'), blockBytes, 'binary')
  target.write(hash('sha256', key.outer, 'binary'), offset, 'binary')
}

/** The month in UTC whose key salts what happened then, such as `2027-03`. */
export function saltEpoch(at: number): string {
  return new Date(at).toISOString().slice(0, 7)
}
