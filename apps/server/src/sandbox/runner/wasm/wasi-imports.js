// @ts-check
import { wasiFunctions } from './check-interface.js'
import { threw } from './run-ended.js'

// WASI preview 1 for languages whose runtime asks for it (Go): a log, a clock, seeded randomness. No files, no
// arguments, no environment, no sockets. What is not written here answers "not supported".

/** @typedef {import('./run-module.js').RunState} RunState */

const ok = 0
const badDescriptor = 8
const invalid = 28
const notSupported = 52
const maxVectors = 1024
const maxSubscriptions = 64
const maxRandomBytes = 65_536
const nanosPerMs = 1_000_000n
const subscriptionBytes = 48
const eventBytes = 32

/**
 * @param {RunState} state
 * @returns {Record<string, (...values: any[]) => number>}
 */
export function wasiImports(state) {
  const { memory } = state
  /** @param {number} pointer @param {number} value @param {string} what */
  const writeU32 = (pointer, value, what) => memory.view(pointer, 4, what).writeUInt32LE(value)
  /** @param {string} what */
  const writeNoStrings = (what) => (/** @type {number} */ count, /** @type {number} */ bytes) => {
    writeU32(count, 0, what)
    writeU32(bytes, 0, what)
    return ok
  }
  const standard = (/** @type {number} */ descriptor) => (descriptor >>> 0 <= 2 ? ok : badDescriptor)
  const offered = {
    args_sizes_get: writeNoStrings('args_sizes_get'),
    args_get: () => ok,
    environ_sizes_get: writeNoStrings('environ_sizes_get'),
    environ_get: () => ok,
    clock_res_get: (/** @type {number} */ _clock, /** @type {number} */ pointer) => {
      memory.view(pointer, 8, 'clock_res_get').writeBigUInt64LE(nanosPerMs)
      return ok
    },
    clock_time_get: (
      /** @type {number} */ _clock,
      /** @type {bigint} */ _precision,
      /** @type {number} */ pointer,
    ) => {
      memory.view(pointer, 8, 'clock_time_get').writeBigUInt64LE(nowNanos(state))
      return ok
    },
    random_get: (/** @type {number} */ pointer, /** @type {number} */ length) => {
      if (length >>> 0 > maxRandomBytes) return invalid
      memory.write(pointer, state.random(length), 'random_get')
      return ok
    },
    fd_write: (
      /** @type {number} */ descriptor,
      /** @type {number} */ vectors,
      /** @type {number} */ count,
      /** @type {number} */ written,
    ) => {
      if (descriptor !== 1 && descriptor !== 2) return badDescriptor
      if (count >>> 0 > maxVectors) return invalid
      writeU32(written, print(state, descriptor - 1, vectors, count), 'fd_write')
      return ok
    },
    fd_fdstat_get: (/** @type {number} */ descriptor, /** @type {number} */ pointer) => {
      if (standard(descriptor) !== ok) return badDescriptor
      const stat = memory.view(pointer, 24, 'fd_fdstat_get').fill(0)
      // A character device that can be written.
      stat.writeUInt8(2, 0)
      stat.writeBigUInt64LE(64n, 8)
      return ok
    },
    fd_fdstat_set_flags: standard,
    fd_close: standard,
    fd_prestat_get: () => badDescriptor,
    fd_prestat_dir_name: () => badDescriptor,
    sched_yield: () => ok,
    poll_oneoff: (
      /** @type {number} */ subscriptions,
      /** @type {number} */ events,
      /** @type {number} */ count,
      /** @type {number} */ occurred,
    ) => {
      if (count >>> 0 > maxSubscriptions || count === 0) return invalid
      writeU32(occurred, sleep(state, subscriptions, events, count), 'poll_oneoff')
      return ok
    },
    proc_exit: (/** @type {number} */ code) => {
      const lastWords = state.log.lastWords()
      const said = lastWords === '' ? '.' : `: ${lastWords}`
      const ended = threw('Error', `The module ended itself with exit code ${code}${said}`)
      ended.gaveUp = true
      throw ended
    },
  }
  return Object.fromEntries(
    Object.keys(wasiFunctions).map((name) => [
      name,
      Object.hasOwn(offered, name) ? /** @type {any} */ (offered)[name] : () => notSupported,
    ]),
  )
}

/** @param {RunState} state */
function nowNanos(state) {
  return BigInt(Math.trunc(state.clockMs * 1000)) * 1000n
}

/** @param {RunState} state @param {number} stream @param {number} vectors @param {number} count */
function print(state, stream, vectors, count) {
  const { memory, log } = state
  const list = memory.copy(vectors, count * 8, 'fd_write')
  let total = 0
  for (let at = 0; at < list.length; at += 8) {
    const length = list.readUInt32LE(at + 4)
    const bytes = memory.view(list.readUInt32LE(at), length, 'fd_write')
    // Bytes, not text, are cut here: a character may be split between two writes anyway.
    let read = 0
    while (read < length && log.wanted > 0) {
      const to = Math.min(length, read + log.wanted)
      log.write(stream, bytes.toString('utf8', read, to))
      read = to
    }
    log.skip(stream, bytes.subarray(read))
    total += length
  }
  return Math.min(total, 0xffff_ffff)
}

/**
 * Nobody waits: the clock moves to the earliest time asked for. Sleeping so costs no time, and a run repeats exactly.
 *
 * @param {RunState} state
 * @param {number} subscriptions
 * @param {number} events
 * @param {number} count
 */
function sleep(state, subscriptions, events, count) {
  const { memory } = state
  const asked = memory.copy(subscriptions, count * subscriptionBytes, 'poll_oneoff')
  const now = nowNanos(state)
  const wanted = []
  for (let at = 0; at < asked.length; at += subscriptionBytes) {
    const isClock = asked.readUInt8(at + 8) === 0
    const timeout = asked.readBigUInt64LE(at + 24)
    const absolute = (asked.readUInt16LE(at + 40) & 1) === 1
    const due = absolute ? timeout : now + timeout
    wanted.push({
      user: asked.readBigUInt64LE(at),
      type: asked.readUInt8(at + 8),
      isClock,
      due: isClock ? due : now,
    })
  }
  const earliest = wanted.reduce((least, { due }) => (due < least ? due : least), wanted[0]?.due ?? now)
  const latest = BigInt(Number.MAX_SAFE_INTEGER)
  const moved = earliest / 1000n < latest ? Number(earliest / 1000n) / 1000 : state.clockMs
  state.clockMs = Math.max(state.clockMs, moved)
  const due = wanted.filter((one) => one.due <= earliest)
  const written = memory.view(events, due.length * eventBytes, 'poll_oneoff').fill(0)
  due.forEach((one, index) => {
    written.writeBigUInt64LE(one.user, index * eventBytes)
    written.writeUInt16LE(one.isClock ? ok : notSupported, index * eventBytes + 8)
    written.writeUInt8(one.type, index * eventBytes + 10)
  })
  return due.length
}
