// @ts-check

/** Thrown through the module, which cannot catch it (exceptions are not allowed): the run is over, and this is how. */
export class RunEnded extends Error {
  /** @param {Record<string, unknown>} header of the end frame @param {string} [body] */
  constructor(header, body = '') {
    super('the run is over')
    this.header = header
    this.body = body
    /** Whether the module gave up by itself, as it would after being refused memory. */
    this.gaveUp = false
  }
}

/** @param {string} budget @param {number} used in the unit of the budget; 0 for memory, which is measured apart */
export function exceeded(budget, used) {
  return new RunEnded({ end: 'exceeded', budget, used })
}

/** @param {string} name @param {string} message @param {number} [refused] the call whose refusal it is */
export function threw(name, message, refused = 0) {
  const ended = new RunEnded({ end: 'threw', refused })
  ended.body = JSON.stringify({ name, message: message.slice(0, 2000), stack: moduleFrames(ended.stack) })
  return ended
}

/** The module's own functions of a stack trace; the runner's would name paths of this machine. @param {string | undefined} stack */
export function moduleFrames(stack = '') {
  const frames = stack.split('\n').filter((line) => line.includes('wasm://'))
  return frames
    .map((line) => line.replace(/\(?wasm:\/\/wasm\/[^:]*:/, '(').replace(/([^)])$/, '$1)'))
    .join('\n')
    .slice(0, 8000)
}
