// @ts-check
// Source text of the guest, like guest.js and under its rules.

/**
 * Timers on the guest's clock. Which one is next follows from the code and the answers alone (due time, then age), so a
 * recording needs to say only how many fired between two answers.
 *
 * @typedef {object} Timers
 * @property {(delay: unknown, action: () => void) => number} start
 * @property {(id: unknown) => void} stop
 * @property {() => (() => void) | undefined} takeNext moves the clock to when it was due
 * @property {() => number} nextInMs until the next is due; -1 without one
 */

/**
 * @param {import('./guest-world.js').World} world
 * @param {() => void} changed
 * @returns {Timers}
 */
export function createTimers(world, changed) {
  'use strict'
  const { apply } = Reflect
  const mapGet = Map.prototype.get
  const mapSet = Map.prototype.set
  const mapDelete = Map.prototype.delete
  const NativeRangeError = RangeError
  const toNumber = Number
  const { trunc } = Math
  const maxTimers = 1000

  /** @typedef {{ id: number, dueMs: number, action: () => void, before: Timer | undefined, after: Timer | undefined }} Timer */
  /** @type {Timer | undefined} sorted by due time, then age: a linked list needs no prototype */
  let first
  /** @type {Timer | undefined} */
  let last
  let started = 0
  let waiting = 0
  const byId = new Map()

  /** @param {Timer} timer */
  function unlink(timer) {
    if (timer.before === undefined) first = timer.after
    else timer.before.after = timer.after
    if (timer.after === undefined) last = timer.before
    else timer.after.before = timer.before
    apply(mapDelete, byId, [timer.id])
    waiting -= 1
  }

  return {
    start(delay, action) {
      // Converting may run plugin code: before anything is read.
      const wanted = toNumber(delay)
      if (waiting >= maxTimers) throw new NativeRangeError(`More than ${maxTimers} timers are waiting.`)
      const delayMs = wanted > 0 ? (wanted < 2147483647 ? trunc(wanted) : 2147483647) : 0
      started += 1
      waiting += 1
      /** @type {Timer} */
      const timer = {
        id: started,
        dueMs: world.now() + delayMs,
        action,
        before: undefined,
        after: undefined,
      }
      // From the end: most timers are due after those before them.
      let before = last
      while (before !== undefined && before.dueMs > timer.dueMs) before = before.before
      timer.before = before
      timer.after = before === undefined ? first : before.after
      if (timer.after === undefined) last = timer
      else timer.after.before = timer
      if (before === undefined) first = timer
      else before.after = timer
      apply(mapSet, byId, [timer.id, timer])
      changed()
      return timer.id
    },
    stop(id) {
      const timer = apply(mapGet, byId, [id])
      if (timer === undefined) return
      unlink(timer)
      changed()
    },
    takeNext() {
      const timer = first
      if (timer === undefined) return undefined
      unlink(timer)
      world.advance(timer.dueMs)
      return timer.action
    },
    nextInMs() {
      if (first === undefined) return -1
      const left = first.dueMs - world.now()
      return left > 0 ? left : 0
    },
  }
}
