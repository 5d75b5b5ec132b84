// @ts-check
// What enters the isolate after the start, and in which order: answers and warnings of the host, and timers when
// they are due. The order is all that a run depends on beside its code, its input, its seed and the answers themselves: the live one
// notes it, the replayed one keeps to it.

/**
 * @typedef {{ warning: string, used: number, allowed: number }} Warning
 * @typedef {{ answer: number, atMs: number } | { timers: number } | Warning} Delivery
 * @typedef {{ id: number, allowed: boolean, atMs: number, json: string }} Answer
 *
 * @typedef {object} Inside the isolate, as far as delivering goes
 * @property {() => boolean} isIdle whether it waits for a delivery, having done all it could
 * @property {(answer: Answer) => void} answer
 * @property {(warning: Warning) => void} warn
 * @property {() => Promise<number | undefined>} fireTimer gives 0 without a timer; undefined when the isolate is gone
 * @property {() => Promise<number | undefined>} dueInMs gives -1 without a timer
 * @property {() => number} lastCall id of the newest call it has made
 *
 * @typedef {object} Deliveries
 * @property {(answer: Answer) => void} answer came from the host
 * @property {(warning: Warning) => void} warn came from the host
 * @property {() => void} timersChanged
 * @property {() => void} proceed called whenever the isolate has become idle
 * @property {() => void} stop
 * @property {() => { delivered: number, timers: number[] }} order how many answers and warnings; and, flat, pairs of how many
 *   of them came before and how many timers then fired
 */

function noteOrder() {
  let delivered = 0
  /** @type {number[]} */
  const timers = []
  return {
    told: () => {
      delivered += 1
    },
    timerFired: () => {
      if (timers.at(-2) === delivered) timers.push((timers.pop() ?? 0) + 1)
      else timers.push(delivered, 1)
    },
    order: () => ({ delivered, timers }),
  }
}

/**
 * As things come. A timer waits until the isolate is idle, so that which one is next is settled when it fires.
 *
 * @param {Inside} inside
 * @returns {Deliveries}
 */
export function deliverLive(inside) {
  const note = noteOrder()
  let changed = false
  let isDue = false
  let asked = 0
  /** @type {NodeJS.Timeout | undefined} one for all timers of the plugin */
  let alarm

  const setAlarm = async () => {
    changed = false
    isDue = false
    clearTimeout(alarm)
    asked += 1
    const question = asked
    const dueInMs = await inside.dueInMs()
    // Something came in between, and the question has been asked anew.
    if (question !== asked || dueInMs === undefined || dueInMs < 0) return
    if (dueInMs === 0) return ring()
    alarm = setTimeout(ring, dueInMs)
  }
  const ring = () => {
    isDue = true
    proceed()
  }
  const proceed = () => {
    if (!inside.isIdle()) return
    if (changed) return void setAlarm()
    if (!isDue) return
    changed = true
    note.timerFired()
    void inside.fireTimer()
  }
  return {
    answer: (answer) => {
      note.told()
      inside.answer(answer)
    },
    warn: (warning) => {
      note.told()
      inside.warn(warning)
    },
    timersChanged: () => {
      changed = true
    },
    proceed,
    stop: () => {
      asked += 1
      clearTimeout(alarm)
    },
    order: note.order,
  }
}

/**
 * In the order of a recording, timers without waiting.
 *
 * @param {Inside} inside
 * @param {readonly Delivery[]} script
 * @param {(at: number) => void} onDiverged with the place in `script` that does not fit; its length when the run wants more
 * @returns {Deliveries}
 */
export function deliverReplayed(inside, script, onDiverged) {
  const note = noteOrder()
  /** @type {Map<number, Answer>} */
  const arrived = new Map()
  let at = 0
  let firedHere = 0
  let firing = false

  const fireTimer = async (/** @type {number} */ place) => {
    note.timerFired()
    firing = true
    const fired = await inside.fireTimer()
    firing = false
    if (fired === 0) onDiverged(place)
    else proceed()
  }
  const proceed = () => {
    if (firing || !inside.isIdle()) return
    const step = script[at]
    if (step === undefined) return onDiverged(at)
    if ('timers' in step) {
      const place = at
      firedHere += 1
      if (firedHere >= step.timers) {
        at += 1
        firedHere = 0
      }
      return void fireTimer(place)
    }
    if ('warning' in step) {
      at += 1
      note.told()
      return inside.warn(step)
    }
    const answer = arrived.get(step.answer)
    if (answer === undefined) {
      // Asked for, the answer is on its way; otherwise it never will be.
      if (step.answer > inside.lastCall()) onDiverged(at)
      return
    }
    at += 1
    arrived.delete(step.answer)
    note.told()
    inside.answer({ ...answer, atMs: step.atMs })
  }
  return {
    answer: (answer) => {
      arrived.set(answer.id, answer)
      proceed()
    },
    // The recorded ones count, not those of today.
    warn: () => {},
    timersChanged: () => {},
    proceed,
    stop: () => {},
    order: note.order,
  }
}
