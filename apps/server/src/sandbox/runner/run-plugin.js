// @ts-check
import { deliverLive, deliverReplayed } from './deliveries.js'
import { readForRequire } from './package-files.js'
import { startPlugin } from './start-plugin.js'

/**
 * @typedef {import('./prepare-isolate.js').PreparedIsolate} PreparedIsolate
 * @typedef {{ calls: number, outputBytes: number, logBytes: number, argumentBytes: number, resultBytes: number, inFlight: number }} Limits
 * @typedef {{ run: number, entry: string, methods: string[], limits: Limits, seed: string, startMs: number, replay: import('./deliveries.js').Delivery[] | undefined }} RunOrder
 * @typedef {(header: Record<string, unknown>, body?: string) => void} Send
 */

const heapStatisticsMs = 5

/**
 * One run in one prepared isolate. Sends `call`, `log` and exactly one `end`.
 *
 * @param {PreparedIsolate} prepared
 * @param {RunOrder} order
 * @param {ReadonlyMap<string, string>} files
 * @param {string} args JSON
 * @param {Send} send
 */
export function runPlugin(prepared, order, files, args, send) {
  const { isolate, deliver } = prepared
  const { limits } = order
  const cpuBefore = isolate.cpuTime
  const mainBefore = process.threadCpuUsage()
  /** @type {[number, string][]} */
  let lines = []
  let linesCut = false
  /** What the guest has cut from its log, as far as it has said. @type {{ cutLines: number, cutChars: number, cutExact: boolean } | undefined} */
  let dropped
  let flushing = false
  let outputBytes = 0
  let stopped = false
  let ending = false
  let ended = false
  let lastCall = 0
  /** Tasks of ours in the isolate; the start is one, however many steps it takes. */
  let entered = 0
  /** @type {() => void} */
  let markDone = () => {}
  /** Resolves when the isolate is disposed and its thread has left it. */
  const done = /** @type {Promise<void>} */ (new Promise((resolve) => (markDone = resolve)))

  const flushLines = () => {
    flushing = false
    if (lines.length === 0) return
    send({ t: 'log', run: order.run, cut: linesCut }, JSON.stringify(lines))
    lines = []
  }

  const cpuMicros = () => {
    const main = process.threadCpuUsage(mainBefore)
    const inside = isolate.cpuTime - cpuBefore
    return Math.round(Number(inside) / 1000) + main.user + main.system
  }

  /** @param {Record<string, unknown>} header @param {string} [body] */
  const end = async (header, body = '') => {
    if (ending) return
    ending = true
    deliveries.stop()
    const heapBytes = isolate.isDisposed ? 0 : await readHeapBytes(isolate)
    flushLines()
    const micros = isolate.isDisposed ? cpuMicrosOfMain(mainBefore) : cpuMicros()
    ended = true
    const facts = { ...header, ...deliveries.order(), ...dropped }
    send({ t: 'end', run: order.run, ...facts, cpuMicros: micros, heapBytes }, body)
    if (!isolate.isDisposed) isolate.dispose()
    markIfDone()
  }

  const markIfDone = () => {
    if (ended && entered === 0) markDone()
  }

  /** @param {string} json */
  const returned = (json) => {
    const total = outputBytes + Buffer.byteLength(json)
    if (total > limits.outputBytes) return end({ end: 'exceeded', budget: 'output', used: total })
    outputBytes = total
    return end({ end: 'returned' }, json)
  }

  /** @param {unknown} error thrown to us by isolated-vm or, while loading, by plugin code */
  const failed = (error) => {
    if (stopped) return end({ end: 'stopped' })
    const { name, message, stack } = readError(error)
    if (isolate.isDisposed && message.includes('memory limit'))
      return end({ end: 'exceeded', budget: 'memory', used: 0 })
    return end({ end: 'threw', refused: 0 }, JSON.stringify({ name, message, stack }))
  }

  prepared.listen(
    (kind, id, text, more) => {
      if (ending) return
      switch (kind) {
        case 'log':
          lines.push([id, text])
          linesCut ||= more === true
          if (!flushing) {
            flushing = true
            setImmediate(flushLines)
          }
          return
        case 'dropped':
          dropped = { cutLines: id, cutChars: Number(text), cutExact: more === true }
          return
        case 'call': {
          flushLines()
          lastCall = id
          const json = String(more)
          const bytes = Buffer.byteLength(json)
          outputBytes += bytes
          if (outputBytes > limits.outputBytes)
            return void end({ end: 'exceeded', budget: 'output', used: outputBytes })
          return send({ t: 'call', run: order.run, id, method: text }, json)
        }
        case 'listens':
          return send({ t: 'listens', run: order.run })
        case 'timers':
          return deliveries.timersChanged()
        case 'returned':
          return void returned(text)
        case 'invalid':
          return void end({ end: 'result_invalid', reason: text })
        case 'exceeded':
          return void end({ end: 'exceeded', budget: text, used: id })
        case 'threw':
          // The isolate refuses array buffers over its limit with this very error; nothing else says so.
          if (text.startsWith('{"name":"RangeError","message":"Array buffer allocation failed"')) {
            return void end({ end: 'exceeded', budget: 'memory', used: 0 })
          }
          return void end({ end: 'threw', refused: id }, text)
      }
    },
    (from, specifier) => readForRequire(files, from, specifier),
  )

  /** @template T @param {Promise<T>} work @returns {Promise<T | undefined>} */
  const track = async (work) => {
    entered += 1
    try {
      return await work
    } catch (error) {
      await failed(error)
      return undefined
    } finally {
      entered -= 1
      markIfDone()
      deliveries.proceed()
    }
  }
  /** @param {string} kind @param {number} id @param {string} text @param {number} [extra] @returns {Promise<number | undefined>} */
  const enter = async (kind, id, text, extra) =>
    ending || isolate.isDisposed ? undefined : track(deliver.apply(undefined, [kind, id, text, extra]))

  const inside = {
    isIdle: () => entered === 0 && !ending && !isolate.isDisposed,
    /** @param {import('./deliveries.js').Answer} answer */
    answer: ({ id, allowed, atMs, json }) => void enter(allowed ? 'answer' : 'refuse', id, json, atMs),
    /** @param {import('./deliveries.js').Warning} warning */
    warn: ({ warning, used, allowed }) => void enter('warn', used, warning, allowed),
    fireTimer: () => enter('timer', 0, ''),
    dueInMs: () => enter('due', 0, ''),
    lastCall: () => lastCall,
  }
  const deliveries =
    order.replay === undefined
      ? deliverLive(inside)
      : deliverReplayed(inside, order.replay, (at) => void end({ end: 'diverged', at }))

  const { methods, seed, startMs } = order
  void track(
    startPlugin(prepared, files, order.entry, args, JSON.stringify({ methods, limits, seed, startMs })),
  )

  return {
    run: order.run,
    done,
    /** @param {import('./deliveries.js').Answer} answer */
    answer: (answer) => deliveries.answer(answer),
    /** @param {import('./deliveries.js').Warning} warning */
    warn: (warning) => deliveries.warn(warning),
    /** Ends the run from outside; a run that is busy leaves its thread when V8 next checks. */
    stop: () => {
      stopped = true
      if (!isolate.isDisposed) isolate.dispose()
      // Waiting for an answer or a timer, nothing will throw: say it here.
      if (entered === 0) void end({ end: 'stopped' })
    },
  }
}

/** @param {NodeJS.CpuUsage} before */
function cpuMicrosOfMain(before) {
  const main = process.threadCpuUsage(before)
  return main.user + main.system
}

/** @param {import('isolated-vm').Isolate} isolate */
async function readHeapBytes(isolate) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  // The isolate may still be busy with code nobody waits for: then the kernel's figure has to do.
  const timeout = new Promise((resolve) => (timer = setTimeout(resolve, heapStatisticsMs)))
  try {
    const heap = await Promise.race([isolate.getHeapStatistics(), timeout])
    return heap === undefined ? 0 : heap.total_physical_size + heap.externally_allocated_size
  } catch {
    // Disposed while we asked: as above.
    return 0
  } finally {
    clearTimeout(timer)
  }
}

/** @param {any} error */
function readError(error) {
  const text = (/** @type {unknown} */ value, /** @type {number} */ length) =>
    typeof value === 'string' ? value.slice(0, length) : ''
  const isError = error instanceof Error
  return {
    name: isError ? text(error.name, 100) : 'Error',
    message: isError ? text(error.message, 2000) : String(error).slice(0, 2000),
    stack: isError ? withoutOwnFrames(text(error.stack, 8000)) : '',
  }
}

/** Frames of the runner name paths of this machine, which are no business of a plugin. @param {string} stack */
function withoutOwnFrames(stack) {
  const [guest = ''] = stack.split('\n    at (<isolated-vm boundary>)')
  const lines = guest.split('\n')
  return lines.filter((line) => !/^\s+at .*(file:\/\/|node:)/.test(line)).join('\n')
}
