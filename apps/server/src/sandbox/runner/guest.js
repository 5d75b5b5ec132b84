// @ts-check
// This function's source text is evaluated inside every fresh isolate, before any plugin code. It sees nothing of
// this module: only its arguments and the globals of the isolate.
//
// Rules for what stands here, because plugin code may redefine every global and prototype afterwards:
// - take primordials first, and call them through `apply`;
// - no `for…of`, spread, destructuring of arrays or array methods after start (they look up prototypes);
// - only strings, numbers and booleans cross `post` and `readSource`;
// - strict mode: a stack trace hook of the plugin then sees no function and no receiver of ours.

/**
 * @param {(kind: string, id: number, text: string, more?: string | boolean) => void} post queued, never answers
 * @param {(from: string, specifier: string) => string} readSource blocks: "path\nsource", or "!" and the reason
 * @param {import('./guest-world.js').World} world
 * @param {typeof import('./guest-timers.js').createTimers} createTimers
 * @param {typeof import('./guest-budget.js').createBudget} createBudget
 * @returns {(kind: string, id: number, text: string, extra?: any, settings?: string, wrapper?: any) => number | undefined}
 *   the one entrance of the host
 */
export function installGuest(post, readSource, world, createTimers, createBudget) {
  'use strict'
  const global = /** @type {any} */ (globalThis)
  const { apply, defineProperty } = Reflect
  const { create, freeze } = Object
  const isArray = Array.isArray
  const parse = JSON.parse
  const stringify = JSON.stringify
  // Indirect, so that package files are evaluated in the global scope and not in this one.
  const evaluate = global.eval
  const NativeError = Error
  const NativeTypeError = TypeError
  const NativeRangeError = RangeError
  const NativeSyntaxError = SyntaxError
  const NativePromise = Promise
  const toText = String
  /** @type {(f: Function) => (self: any, ...rest: any[]) => any} */
  const uncurry =
    (f) =>
    (self, ...rest) =>
      apply(f, self, rest)
  const mapGet = uncurry(Map.prototype.get)
  const mapSet = uncurry(Map.prototype.set)
  const mapDelete = uncurry(Map.prototype.delete)
  const weakGet = uncurry(WeakMap.prototype.get)
  const weakSet = uncurry(WeakMap.prototype.set)
  const slice = uncurry(String.prototype.slice)
  const startsWith = uncurry(String.prototype.startsWith)
  const endsWith = uncurry(String.prototype.endsWith)
  const indexOf = uncurry(String.prototype.indexOf)
  const lastIndexOf = uncurry(String.prototype.lastIndexOf)

  const maxLogLines = 5000
  const maxSpecifierChars = 1000

  /** @type {any} set once by `start` */
  let limits
  let finished = false

  // ---- what leaves: logs ----

  let logCharsLeft = 0
  let logLines = 0
  let logClosed = false
  let droppedLines = 0
  let droppedChars = 0
  let tellDroppedAt = 1

  /** @param {unknown} value */
  function describe(value) {
    if (typeof value === 'string') return value
    try {
      const error = /** @type {any} */ (value)
      if (typeof value === 'object' && value !== null) {
        const text = error instanceof NativeError ? error.stack : stringify(value)
        if (typeof text === 'string') return text
      }
      return toText(value)
    } catch {
      // Printing ran plugin code (a getter, a proxy) that threw: the line still appears.
      return '[unprintable]'
    }
  }

  /** @param {number} stream @param {unknown[]} values */
  function log(stream, values) {
    if (finished) return
    let text = ''
    for (let i = 0; i < values.length; i += 1) text += (i === 0 ? '' : ' ') + describe(values[i])
    if (logClosed) return drop(text.length)
    logLines += 1
    if (text.length > logCharsLeft || logLines > maxLogLines) {
      const whole = text.length
      text = logLines > maxLogLines ? '' : slice(text, 0, logCharsLeft)
      logClosed = true
      drop(whole - text.length)
    }
    logCharsLeft -= text.length
    post('log', stream, text, logClosed)
  }

  /** Told at each doubling, so that little is said and a run that is stopped has still said most. @param {number} chars */
  function drop(chars) {
    droppedLines += 1
    droppedChars += chars
    if (droppedLines < tellDroppedAt) return
    tellDroppedAt = droppedLines * 2
    post('dropped', droppedLines, toText(droppedChars))
  }

  /** Nothing of the plugin's counts from here on; what was cut from its log is told to the end. */
  function finish() {
    finished = true
    if (droppedLines > 0) post('dropped', droppedLines, toText(droppedChars), true)
  }

  // ---- what leaves: calls ----

  let inFlight = 0
  let lastId = 0
  const budget = createBudget(
    breach,
    () => post('listens', 0, ''),
    (action) => void later(action),
  )
  const waiting = new Map()
  const refusals = new WeakMap()
  /** @type {any} calls not sent yet, oldest first: a linked list needs no prototype */
  let backlogHead
  /** @type {any} */
  let backlogTail

  /** @param {string} method @param {unknown} args */
  function call(method, args) {
    return new NativePromise((resolve, reject) => {
      if (finished) return
      const wellFormed = args === undefined || (typeof args === 'object' && args !== null && !isArray(args))
      const json = wellFormed ? (args === undefined ? '{}' : stringify(args)) : undefined
      if (typeof json !== 'string') throw new NativeTypeError(`api.${method} takes one JSON object.`)
      if (json.length > limits.argumentBytes) {
        throw new NativeRangeError(`The argument of api.${method} is over ${limits.argumentBytes} bytes.`)
      }
      if (!budget.takeCall(json.length)) return
      const entry = { id: 0, method, json, resolve, reject, next: undefined }
      if (inFlight < limits.inFlight) return send(entry)
      if (backlogTail === undefined) backlogHead = entry
      else backlogTail.next = entry
      backlogTail = entry
    })
  }

  /** @param {any} entry */
  function send(entry) {
    lastId += 1
    inFlight += 1
    entry.id = lastId
    try {
      mapSet(waiting, entry.id, entry)
      post('call', entry.id, entry.method, entry.json)
    } catch (error) {
      // The stack ended on the way: the call was not made, and the host counts without a gap.
      lastId -= 1
      inFlight -= 1
      throw error
    }
  }

  /** @param {number} id @param {string} json @param {boolean} allowed */
  function settle(id, json, allowed) {
    const entry = mapGet(waiting, id)
    if (entry === undefined) return
    mapDelete(waiting, id)
    inFlight -= 1
    if (backlogHead !== undefined) {
      const next = backlogHead
      backlogHead = next.next
      if (backlogHead === undefined) backlogTail = undefined
      send(next)
    }
    if (allowed) return entry.resolve(parse(json))
    const refusal = parse(json)
    const error = new NativeError(refusal.message)
    setOwn(error, 'code', refusal.code)
    setOwn(error, 'params', refusal.params)
    setOwn(error, 'change', refusal.change)
    if (refusal.denied) weakSet(refusals, error, id)
    entry.reject(error)
  }

  /** @param {object} target @param {string} key @param {unknown} value */
  function setOwn(target, key, value) {
    const descriptor = create(null)
    descriptor.value = value
    descriptor.writable = true
    descriptor.configurable = true
    descriptor.enumerable = true
    defineProperty(target, key, descriptor)
  }

  // ---- timers ----

  /** One post a turn, however many timers a plugin starts and stops in it: the runner asks for the rest. */
  let timersTold = false
  const timers = createTimers(world, () => {
    if (timersTold) return
    timersTold = true
    post('timers', 0, '')
  })

  /** @returns {number} 1 if there was one */
  function fireTimer() {
    const action = timers.takeNext()
    if (action === undefined) return 0
    enterPlugin(action)
    return 1
  }

  /** Runs plugin code of its own accord. @param {() => void} action */
  function enterPlugin(action) {
    try {
      action()
    } catch (error) {
      reportThrow(error)
    }
  }

  /** As a microtask. @param {() => void} action */
  async function later(action) {
    // oxlint-disable-next-line typescript/await-thenable -- of a promise, plugin code could have changed the constructor
    await undefined
    if (!finished) enterPlugin(action)
  }

  // ---- how it ends ----

  /** @param {string} budget @param {number} used */
  function breach(budget, used) {
    if (finished) return
    finish()
    post('exceeded', used, budget)
  }

  /** @param {unknown} value */
  function reportValue(value) {
    if (finished) return
    let json
    try {
      json = stringify(value)
    } catch (error) {
      finish()
      post('invalid', 0, whyNotJson(error))
      return
    }
    if (finished) return
    if (typeof json !== 'string') {
      finish()
      post('invalid', 0, 'not_json')
      return
    }
    if (!budget.takeOutput(json.length)) return
    finish()
    if (json.length > limits.resultBytes) post('invalid', 0, 'too_large')
    else post('returned', 0, json)
  }

  /** @param {unknown} error */
  function whyNotJson(error) {
    const { name, message } = readError(error)
    if (name === 'TypeError' && startsWith(message, 'Converting circular structure')) return 'cyclic'
    // Deeper than the stack, or longer than a string can be.
    return name === 'RangeError' ? 'too_large' : 'not_json'
  }

  /** @param {unknown} error */
  function reportThrow(error) {
    if (finished) return
    const report = readError(error)
    const refused = typeof error === 'object' && error !== null ? weakGet(refusals, error) : undefined
    const json = `{"name":${stringify(report.name)},"message":${stringify(report.message)},"stack":${stringify(report.stack)}}`
    if (finished) return
    finish()
    post('threw', typeof refused === 'number' ? refused : 0, json)
  }

  /** @param {any} error */
  function readError(error) {
    const isObject = (typeof error === 'object' && error !== null) || typeof error === 'function'
    /** @param {string} key @param {number} length @param {string} otherwise */
    const read = (key, length, otherwise) => {
      try {
        const value = isObject ? error[key] : undefined
        return typeof value === 'string' ? slice(value, 0, length) : otherwise
      } catch {
        // A getter or proxy of the plugin threw while it was read.
        return otherwise
      }
    }
    return {
      name: read('name', 100, 'Error'),
      message: read('message', 2000, isObject ? '' : slice(describe(error), 0, 2000)),
      stack: read('stack', 8000, ''),
    }
  }

  // ---- CommonJS ----

  const modules = new Map()

  /** @param {string} from @param {unknown} specifier */
  function load(from, specifier) {
    const wanted = toText(specifier)
    if (wanted.length > maxSpecifierChars) throw new NativeError('The name of a file to load is too long.')
    const found = readSource(from, wanted)
    if (startsWith(found, '!')) throw new NativeError(slice(found, 1))
    const cut = indexOf(found, '\n')
    const path = slice(found, 0, cut)
    const known = mapGet(modules, path)
    if (known !== undefined) return known.exports
    const source = slice(found, cut + 1)
    return evaluateModule(path, (module) => {
      if (endsWith(path, '.json')) module.exports = parse(source)
      else enterModule(module, compile(path, startsWith(source, '#!') ? `//${source}` : source))
    })
  }

  /** @param {string} path @param {(module: any) => void} fill */
  function evaluateModule(path, fill) {
    const module = { exports: {}, id: path, filename: path, loaded: false }
    mapSet(modules, path, module)
    try {
      fill(module)
    } catch (error) {
      // As in Node: a file that failed is loaded afresh the next time it is asked for.
      mapDelete(modules, path)
      throw error
    }
    module.loaded = true
    return module.exports
  }

  /** @param {any} module @param {Function} wrapper */
  function enterModule(module, wrapper) {
    const path = module.id
    const slash = lastIndexOf(path, '/')
    const folder = slash < 0 ? '' : slice(path, 0, slash)
    const require = (/** @type {unknown} */ name) => load(path, name)
    apply(wrapper, module.exports, [module.exports, require, module, path, folder])
  }

  /** @param {string} path @param {string} body */
  function compile(path, body) {
    try {
      return evaluate(
        `(function (exports, require, module, __filename, __dirname) {${body}\n})\n//# sourceURL=${path}`,
      )
    } catch (error) {
      // V8 does not say where for evaluated text: at least name the file.
      throw new NativeSyntaxError(`${path}: ${readError(error).message}`)
    }
  }

  // ---- what plugin code sees ----

  /** @param {string[]} methods */
  function buildApi(methods) {
    const api = create(null)
    for (let i = 0; i < methods.length; i += 1) {
      const method = /** @type {string} */ (methods[i])
      const dot = indexOf(method, '.')
      const perform = freeze((/** @type {unknown} */ args) => call(method, args))
      if (dot < 0) {
        setOwn(api, method, perform)
        continue
      }
      const group = slice(method, 0, dot)
      if (api[group] === undefined) setOwn(api, group, create(null))
      setOwn(api[group], slice(method, dot + 1), perform)
    }
    setOwn(api, 'log', (/** @type {unknown[]} */ ...values) => log(0, values))
    setOwn(api, 'sleep', sleep)
    setOwn(api, 'budget', create(null))
    setOwn(api.budget, 'onWarning', freeze(budget.onWarning))
    setOwn(api.budget, 'remaining', freeze(budget.remaining))
    for (const key in api) freeze(api[key])
    return freeze(api)
  }

  /** @param {unknown} delay */
  function sleep(delay) {
    return new NativePromise((resolve) => {
      timers.start(delay, () => resolve(undefined))
    })
  }

  const toOut = (/** @type {unknown[]} */ ...values) => log(0, values)
  const toErr = (/** @type {unknown[]} */ ...values) => log(1, values)
  const installed = create(null)
  installed.console = { log: toOut, info: toOut, debug: toOut, warn: toErr, error: toErr, trace: toErr }
  installed.setTimeout = (
    /** @type {any} */ action,
    /** @type {unknown} */ delay,
    /** @type {unknown[]} */ ...rest
  ) => {
    if (typeof action !== 'function') throw new NativeTypeError('setTimeout takes a function.')
    return timers.start(delay, () => apply(action, undefined, rest))
  }
  installed.clearTimeout = (/** @type {unknown} */ id) => timers.stop(id)
  installed.sleep = sleep
  for (const name in installed) {
    const descriptor = create(null)
    descriptor.value = installed[name]
    descriptor.writable = true
    descriptor.configurable = true
    descriptor.enumerable = false
    defineProperty(global, name, descriptor)
  }

  /** @type {any} */
  let api

  /** @param {() => any} findRun @param {unknown} args */
  async function main(findRun, args) {
    let value
    try {
      const run = findRun()
      if (typeof run !== 'function') {
        throw new NativeTypeError('The entry must export a function named "run".')
      }
      value = await run(args, api)
    } catch (error) {
      reportThrow(error)
      return
    }
    reportValue(value)
  }

  /** @param {string} json */
  function configure(json) {
    const settings = parse(json)
    world.begin(settings.seed, settings.startMs)
    limits = settings.limits
    budget.begin(limits)
    logCharsLeft = limits.logBytes
    api = buildApi(settings.methods)
  }

  return (kind, id, text, extra, settings, wrapper) => {
    timersTold = false
    if (settings !== undefined) configure(settings)
    switch (kind) {
      case 'start-commonjs': {
        const args = parse(text)
        const entry = extra
        // `then` is not looked up here: what `require` gives is not awaited, only what `run` returns.
        void main(() => {
          const exported =
            wrapper === undefined
              ? load('', `./${entry}`)
              : evaluateModule(entry, (module) => enterModule(module, wrapper))
          return exported === null || exported === undefined ? undefined : exported.run
        }, args)
        return undefined
      }
      case 'start-module': {
        const args = parse(text)
        void main(() => extra, args)
        return undefined
      }
      case 'answer':
      case 'refuse':
        world.advance(extra)
        settle(id, text, kind === 'answer')
        return undefined
      case 'warn':
        // `text` is the budget, `id` what is used of it, `extra` what is allowed.
        enterPlugin(() => budget.warn(text, id, extra))
        return undefined
      case 'timer':
        return fireTimer()
      case 'due':
        return timers.nextInMs()
    }
    return undefined
  }
}
