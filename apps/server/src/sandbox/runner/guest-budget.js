// @ts-check
// Source text of the guest, like guest.js and under its rules.

/**
 * What is counted inside the isolate, before anything is framed: calls, and the characters of arguments and result. The
 * runner and the host count again, in bytes.
 *
 * @typedef {{ calls: number, outputBytes: number }} Counted
 * @typedef {object} Budget
 * @property {(limits: Counted) => void} begin
 * @property {(chars: number) => boolean} takeCall false when the run is over its budget
 * @property {(chars: number) => boolean} takeOutput
 * @property {(budget: string, used: number, allowed: number) => void} warn calls those who asked for it
 * @property {(handler: unknown) => void} onWarning
 * @property {() => { calls: number, outputBytes: number }} remaining
 */

/**
 * @param {(budget: string, used: number) => void} breach
 * @param {() => void} wanted somebody listens to warnings, the first time
 * @param {(action: () => void) => void} later runs it when the code that is running now has come to its end
 * @returns {Budget}
 */
export function createBudget(breach, wanted, later) {
  'use strict'
  const NativeTypeError = TypeError
  const NativeRangeError = RangeError
  const { apply } = Reflect
  const { freeze } = Object
  const maxHandlers = 16
  const warnAt = 0.8

  /** @type {Counted} */
  let limits = { calls: 0, outputBytes: 0 }
  let calls = 0
  let output = 0
  let callsWarned = false
  let outputWarned = false
  /** @typedef {{ handler: Function, next: Listener | undefined }} Listener */
  /** @type {Listener | undefined} in order of asking: a linked list needs no prototype */
  let first
  /** @type {Listener | undefined} */
  let last
  let handlers = 0

  /** @param {string} budget @param {number} used @param {number} allowed */
  function warn(budget, used, allowed) {
    for (let each = first; each !== undefined; each = each.next) {
      apply(each.handler, undefined, [freeze({ budget, used, allowed })])
    }
  }

  /** @param {number} chars */
  function takeOutput(chars) {
    output += chars
    if (output > limits.outputBytes) {
      breach('output', output)
      return false
    }
    if (!outputWarned && output >= limits.outputBytes * warnAt) {
      outputWarned = true
      const used = output
      later(() => warn('output', used, limits.outputBytes))
    }
    return true
  }

  return {
    begin: (given) => {
      limits = given
    },
    takeCall: (chars) => {
      calls += 1
      if (calls > limits.calls) {
        breach('calls', calls)
        return false
      }
      if (!callsWarned && calls >= limits.calls * warnAt) {
        callsWarned = true
        const used = calls
        later(() => warn('calls', used, limits.calls))
      }
      return takeOutput(chars)
    },
    takeOutput,
    warn,
    onWarning: (handler) => {
      if (typeof handler !== 'function') throw new NativeTypeError('api.budget.onWarning takes a function.')
      if (handlers >= maxHandlers)
        throw new NativeRangeError(`More than ${maxHandlers} functions wait for warnings.`)
      handlers += 1
      const listener = { handler, next: undefined }
      if (last === undefined) first = listener
      else last.next = listener
      last = listener
      if (handlers === 1) wanted()
    },
    remaining: () => ({
      calls: limits.calls > calls ? limits.calls - calls : 0,
      outputBytes: limits.outputBytes > output ? limits.outputBytes - output : 0,
    }),
  }
}
