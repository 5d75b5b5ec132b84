// @ts-check
import { maxDepth } from './limits.js'
import { exceeded, threw } from './run-ended.js'
import { countChars } from './run-log.js'

/**
 * @typedef {import('./run-module.js').RunState} RunState
 * @typedef {import('./run-module.js').Host} Host
 */

const maxMethodBytes = 128
const maxRandomBytes = 65_536

/**
 * The functions under the name `switchboard`; docs/reference/wasm-interface.md says what each does.
 *
 * @param {RunState} state
 * @param {Host} host
 * @returns {Record<string, (...numbers: number[]) => number | void>}
 */
export function switchboardImports(state, host) {
  const { memory, log } = state
  return {
    call: (method, methodLength, args, argsLength) =>
      call(state, host, method, methodLength, args, argsLength),
    answer: (pointer, length) => {
      const bytes = state.answer.subarray(0, length >>> 0)
      memory.write(pointer, bytes, 'switchboard.answer')
      state.answer = Buffer.alloc(0)
      return bytes.length
    },
    log: (stream, pointer, length) => {
      if (stream !== 0 && stream !== 1)
        throw threw('RangeError', `switchboard.log: there is no stream ${stream}.`)
      const bytes = memory.view(pointer, length, 'switchboard.log')
      const read = Math.min(bytes.length, log.wanted)
      log.line(stream, bytes.toString('utf8', 0, read), countChars(bytes.subarray(read)))
    },
    fail: (pointer, length) => {
      const bytes = memory.view(pointer, length, 'switchboard.fail')
      throw threw('Error', bytes.toString('utf8', 0, 8000))
    },
    fail_with_refusal: () => {
      const { refusal } = state
      if (refusal === undefined) throw threw('Error', 'switchboard.fail_with_refusal: no call was refused.')
      throw threw('Error', refusal.message, refusal.denied ? refusal.call : 0)
    },
    clock_ms: () => state.clockMs,
    random: (pointer, length) => {
      if (length >>> 0 > maxRandomBytes)
        throw threw('RangeError', `switchboard.random: at most ${maxRandomBytes} bytes at once.`)
      memory.write(pointer, state.random(length), 'switchboard.random')
    },
  }
}

/**
 * One brokered call. The module waits in it, and so does this process.
 *
 * @param {RunState} state
 * @param {Host} host
 * @param {number} methodPointer
 * @param {number} methodLength
 * @param {number} argsPointer
 * @param {number} argsLength
 */
function call(state, host, methodPointer, methodLength, argsPointer, argsLength) {
  const { memory, limits } = state
  const what = 'switchboard.call'
  if (methodLength >>> 0 > maxMethodBytes)
    throw threw('RangeError', `${what}: the name of the method is too long.`)
  const method = memory.text(methodPointer, methodLength, what)
  if (!state.methods.has(method))
    throw threw('TypeError', `${what}: there is no method ${JSON.stringify(method)}.`)
  const length = argsLength >>> 0
  if (length > limits.argumentBytes)
    throw threw('RangeError', `The argument of ${method} is over ${limits.argumentBytes} bytes.`)
  const args = memory.text(argsPointer, argsLength, what)
  checkArguments(method, args)

  state.calls += 1
  if (state.calls > limits.calls) throw exceeded('calls', state.calls)
  state.outputBytes += length
  if (state.outputBytes > limits.outputBytes) throw exceeded('output', state.outputBytes)
  state.log.flush()
  const answer = host.call(state.calls, method, args)
  state.answer = answer.json
  state.clockMs = Math.max(state.clockMs, answer.atMs)
  if (answer.allowed) return answer.json.length
  const { message, denied } = JSON.parse(answer.json.toString('utf8'))
  state.refusal = { call: state.calls, message: String(message), denied: denied === true }
  return -answer.json.length
}

/** The host takes JSON objects of bounded depth and ends a runner that sends anything else. @param {string} method @param {string} json */
function checkArguments(method, json) {
  let args
  try {
    args = JSON.parse(json)
  } catch {
    // The parser's message would quote the data; the rule is enough.
    throw threw('TypeError', `The argument of ${method} is not JSON.`)
  }
  if (typeof args !== 'object' || args === null || Array.isArray(args))
    throw threw('TypeError', `The argument of ${method} must be one JSON object.`)
  let layer = [args]
  for (let depth = 0; layer.length > 0; depth += 1) {
    if (depth >= maxDepth)
      throw threw('RangeError', `The argument of ${method} is nested deeper than ${maxDepth}.`)
    layer = layer
      .flatMap((value) => Object.values(value))
      .filter((value) => typeof value === 'object' && value !== null)
  }
}
