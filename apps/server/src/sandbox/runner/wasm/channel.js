// @ts-check
import { readSync, writeSync } from 'node:fs'
import { encodeFrame } from '../frames.js'

const descriptor = 3
const prefixBytes = 8
const pause = new Int32Array(new SharedArrayBuffer(4))

/**
 * Frames on descriptor 3, read and written blocking: a module's call of the host has to answer before it returns, and
 * one process performs one run. What the host sends is trusted here, lengths too.
 */
export const channel = {
  /** Waits for the next frame; undefined when the host is gone. */
  read() {
    const prefix = readExactly(prefixBytes)
    if (prefix === undefined) return undefined
    const head = readExactly(prefix.readUInt32BE(0))
    const body = readExactly(prefix.readUInt32BE(4))
    return head === undefined || body === undefined
      ? undefined
      : { header: JSON.parse(head.toString('utf8')), body }
  },
  /** @param {Record<string, unknown>} header @param {string | Uint8Array} [body] */
  send(header, body = '') {
    const frame = encodeFrame(header, body)
    for (let at = 0; at < frame.length;) {
      const written = retry(() => writeSync(descriptor, frame, at))
      // Nobody reads any more; the watchdog may not have started yet.
      if (written === 0) endNow()
      at += written
    }
  },
}

/** Ends the process when its host is gone. */
export function endNow() {
  process.kill(process.pid, 'SIGKILL')
  // Process 1 of a namespace cannot kill itself by signal.
  process.abort()
}

/** @param {number} length */
function readExactly(length) {
  const bytes = Buffer.allocUnsafe(length)
  for (let at = 0; at < length;) {
    const read = retry(() => readSync(descriptor, bytes, at, length - at, null))
    if (read === 0) return undefined
    at += read
  }
  return bytes
}

/** @param {() => number} work */
function retry(work) {
  for (;;) {
    try {
      return work()
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error)
      if (code === 'EPIPE' || code === 'ECONNRESET') return 0
      if (code !== 'EAGAIN') throw error
      // Whoever started us left the descriptor non-blocking.
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}
