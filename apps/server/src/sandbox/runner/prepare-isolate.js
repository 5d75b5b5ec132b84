// @ts-check
import ivm from 'isolated-vm'
import { createBudget } from './guest-budget.js'
import { createTimers } from './guest-timers.js'
import { fixWorld } from './guest-world.js'
import { installGuest } from './guest.js'

/**
 * An isolate with our side installed and no plugin code in it yet. Used for one run and disposed.
 *
 * @typedef {(kind: string, id: number, text: string, more?: string | boolean) => void} Post
 * @typedef {object} PreparedIsolate
 * @property {number} memoryMB
 * @property {ivm.Isolate} isolate
 * @property {ivm.Context} context
 * @property {ivm.Reference<(kind: string, id: number, text: string, extra?: any, settings?: string, wrapper?: any) => number | undefined>} deliver
 * @property {(listener: Post, readSource: (from: string, specifier: string) => string) => void} listen
 */

// Option bags without a prototype: nothing a plugin adds to Object.prototype of any realm can add an option.
const byReference = /** @type {{ reference: true }} */ (Object.freeze({ __proto__: null, reference: true }))
const asReference = /** @type {{ result: { reference: true } }} */ (
  Object.freeze({ __proto__: null, result: byReference })
)
const queued = /** @type {{ ignored: true }} */ (Object.freeze({ __proto__: null, ignored: true }))
const blocking = /** @type {{ sync: true }} */ (Object.freeze({ __proto__: null, sync: true }))

/** @param {Function} part */
const textOf = (part) => `(${part.toString()})`
const world = `${textOf(fixWorld)}()`
const parts = [world, textOf(createTimers), textOf(createBudget)].join(', ')
const guestSource = `((post, readSource) => ${textOf(installGuest)}(post, readSource, ${parts}))`
const guestCode = compileOnce()

/** Our side is compiled once per process; each isolate takes the result over instead of parsing the text again. */
function compileOnce() {
  const isolate = new ivm.Isolate({ memoryLimit: 8 })
  try {
    const script = isolate.compileScriptSync(guestSource, { produceCachedData: true })
    // The published types leave this property out.
    return /** @type {{ cachedData?: ivm.ExternalCopy<ArrayBuffer> }} */ (/** @type {unknown} */ (script))
      .cachedData
  } finally {
    isolate.dispose()
  }
}

/**
 * @param {number} memoryMB
 * @param {(message: string) => void} onLost called when V8 no longer controls the isolate: the process must end
 * @returns {PreparedIsolate}
 */
export function prepareIsolate(memoryMB, onLost) {
  const isolate = new ivm.Isolate({ memoryLimit: memoryMB, onCatastrophicError: onLost })
  const context = isolate.createContextSync()
  /** @type {Post} */
  let post = () => {}
  /** @type {(from: string, specifier: string) => string} */
  let readSource = () => '!No package is loaded.'
  const script = isolate.compileScriptSync(guestSource, {
    filename: 'switchboard:guest',
    ...(guestCode === undefined ? {} : { cachedData: guestCode }),
  })
  const deliver = script
    .runSync(context, byReference)
    .applySync(
      undefined,
      [
        new ivm.Callback((/** @type {Parameters<Post>} */ ...args) => post(...args), queued),
        new ivm.Callback((/** @type {[string, string]} */ ...args) => readSource(...args), blocking),
      ],
      asReference,
    )
  return {
    memoryMB,
    isolate,
    context,
    deliver: /** @type {any} the options above make it a Reference */ (deliver),
    listen: (listener, reader) => {
      post = listener
      readSource = reader
    },
  }
}
