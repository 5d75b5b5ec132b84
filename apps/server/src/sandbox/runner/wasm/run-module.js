// @ts-check
import { isUtf8 } from 'node:buffer'
import { refusedPages } from './cap-memory.js'
import { GuestMemory } from './guest-memory.js'
import { pageBytes } from './limits.js'
import { exceeded, moduleFrames, RunEnded, threw } from './run-ended.js'
import { RunLog } from './run-log.js'
import { seededBytes } from './seeded-bytes.js'
import { switchboardImports } from './switchboard-imports.js'
import { wasiImports } from './wasi-imports.js'

/**
 * @typedef {{ calls: number, outputBytes: number, logBytes: number, argumentBytes: number, resultBytes: number }} Limits
 * @typedef {{ run: number, methods: string[], memoryMB: number, limits: Limits, seed: string, startMs: number }} RunOrder
 *
 * @typedef {object} Host
 * @property {(id: number, method: string, json: string) => { allowed: boolean, json: Buffer, atMs: number }} call waits
 * @property {(lines: [number, string][], cut: boolean) => void} log
 *
 * @typedef {object} RunState
 * @property {GuestMemory} memory
 * @property {RunLog} log
 * @property {Limits} limits
 * @property {ReadonlySet<string>} methods
 * @property {number} calls
 * @property {number} outputBytes
 * @property {Buffer} answer the last one, until the module has fetched it
 * @property {{ call: number, message: string, denied: boolean } | undefined} refusal the last one
 * @property {number} clockMs moves only with answers and with sleep
 * @property {(count: number) => Buffer} random
 *
 * @typedef {{ header: Record<string, unknown>, body: string | Uint8Array }} End
 */

const abiVersion = 1

/**
 * One run in an instance of its own. Returns how it ended; throws nothing.
 *
 * @param {import('./load-module.js').LoadedModule} loaded
 * @param {RunOrder} order
 * @param {Buffer} args JSON
 * @param {Host} host
 * @returns {End}
 */
export function runModule(loaded, order, args, host) {
  const memory = new GuestMemory()
  const log = new RunLog(order.limits.logBytes, host.log)
  const { limits, methods, seed, startMs } = order
  /** @type {RunState} */
  const state = {
    memory,
    log,
    limits,
    methods: new Set(methods),
    calls: 0,
    outputBytes: 0,
    answer: Buffer.alloc(0),
    refusal: undefined,
    clockMs: startMs,
    random: seededBytes(seed),
  }
  /** @type {WebAssembly.Exports | undefined} */
  let exports
  /** @type {End} */
  let end
  try {
    const module = loaded.compile(order.memoryMB)
    const imports = {
      switchboard: switchboardImports(state, host),
      wasi_snapshot_preview1: wasiImports(state),
    }
    exports = new WebAssembly.Instance(module, imports).exports
    memory.attach(/** @type {WebAssembly.Memory} checked before compiling */ (exports['memory']))
    end = { header: { end: 'returned' }, body: perform(state, exports, args) }
  } catch (error) {
    end = endOf(error, exports, log.lastWords())
  }
  log.finish(0)
  log.finish(1)
  log.flush()
  const refused = refusedBytes(exports)
  const heapBytes = Math.max(
    Number(end.header['heapBytes'] ?? 0),
    memory.bytes,
    isOverMemory(end) ? refused : 0,
  )
  return {
    header: { ...end.header, ...log.dropped, outputBytes: state.outputBytes, heapBytes },
    body: end.body,
  }
}

/**
 * @param {RunState} state
 * @param {WebAssembly.Exports} exports whose signatures were checked before compiling
 * @param {Buffer} args
 */
function perform(state, exports, args) {
  const { memory, limits } = state
  const call = /** @type {Record<string, (...numbers: number[]) => any>} */ (exports)
  // First of all: a runtime may not answer anything before.
  call['_initialize']?.()
  const version = call['switchboard_abi_version']?.()
  if (version !== abiVersion)
    throw threw(
      'TypeError',
      `The module speaks version ${version} of the interface; this is version ${abiVersion}.`,
    )
  const pointer = call['switchboard_alloc']?.(args.length)
  memory.write(pointer, args, `switchboard_alloc(${args.length})`)
  const packed = BigInt.asUintN(64, /** @type {any} i64 */ (call['run'])(pointer, args.length))
  const length = Number(packed & 0xffff_ffffn)
  if (state.outputBytes + length > limits.outputBytes) throw exceeded('output', state.outputBytes + length)
  if (length > limits.resultBytes) throw new RunEnded({ end: 'result_invalid', reason: 'too_large' })
  const result = memory.copy(Number(packed >> 32n), length, 'The result of run')
  if (!isUtf8(result)) throw new RunEnded({ end: 'result_invalid', reason: 'not_json' })
  state.outputBytes += length
  return result
}

/**
 * @param {unknown} error
 * @param {WebAssembly.Exports | undefined} exports
 * @param {string} lastWords what the program printed before
 * @returns {End}
 */
function endOf(error, exports, lastWords) {
  if (error instanceof RunEnded) {
    if (error.gaveUp && refusedBytes(exports) > 0)
      return { header: { end: 'exceeded', budget: 'memory', used: 0 }, body: '' }
    return { header: error.header, body: error.body }
  }
  const { name, message, stack } = /** @type {Error} V8 throws nothing else here */ (error)
  // A program that was refused memory gives up in its own way, and this is the usual one.
  if (name === 'RuntimeError' && refusedBytes(exports) > 0)
    return { header: { end: 'exceeded', budget: 'memory', used: 0 }, body: '' }
  const said = lastWords === '' ? '.' : `: ${lastWords}`
  const trapped = name === 'RuntimeError' ? `The module trapped: ${message}${said}` : message
  const body = JSON.stringify({ name, message: trapped.slice(0, 2000), stack: moduleFrames(stack) })
  return { header: { end: 'threw', refused: 0 }, body }
}

/** @param {End} end */
function isOverMemory(end) {
  return end.header['budget'] === 'memory'
}

/** What the memory would have been, had the last refused growth been allowed; 0 without one. @param {WebAssembly.Exports | undefined} exports */
function refusedBytes(exports) {
  const global = /** @type {WebAssembly.Global | undefined} added by us */ (exports?.[refusedPages])
  return (Number(global?.value ?? 0) >>> 0 || 0) * pageBytes
}
