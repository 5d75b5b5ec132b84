// @ts-check
import { createCipheriv } from 'node:crypto'

/**
 * Bytes that follow from the seed alone: the key stream of ChaCha20. The same on every machine, so that a run can be
 * repeated.
 *
 * @param {string} seed 32 bytes in hexadecimal
 * @returns {(count: number) => Buffer}
 */
export function seededBytes(seed) {
  const cipher = createCipheriv('chacha20', Buffer.from(seed, 'hex'), Buffer.alloc(16))
  return (count) => cipher.update(Buffer.alloc(count))
}
