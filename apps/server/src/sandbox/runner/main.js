// @ts-check
// The runner process. It is JavaScript because `--jitless` takes WebAssembly away, and Node strips types with it.
// It holds no secret and does no I/O but frames on descriptor 3; everything it says is checked by the host.
import './close-inherited.js'
import { Socket } from 'node:net'
import { createFrameReader, encodeFrame } from './frames.js'
import { prepareIsolate } from './prepare-isolate.js'
import { runPlugin } from './run-plugin.js'
import { startWatchdog } from './watchdog.js'

const defaultMemoryMB = 64
const smallestMemoryMB = 8

// Plugins see one time zone and one language wherever the server stands; without LANG in the environment it is en-US.
process.env.TZ = 'UTC'

const channel = new Socket({ fd: 3, readable: true, writable: true })

function endNow() {
  process.kill(process.pid, 'SIGKILL')
  // Process 1 of a namespace cannot kill itself by signal.
  process.abort()
}

/** @param {Record<string, unknown>} header @param {string} [body] */
function send(header, body = '') {
  channel.write(encodeFrame(header, body))
}

/** @param {string} message */
function onLost(message) {
  send({ t: 'lost', outOfMemory: message.includes('out-of-memory') })
}

/** @type {ReadonlyMap<string, string>} */
let files = new Map()
/** @type {ReturnType<typeof runPlugin> | undefined} */
let current
/** The recorded order that the next run is to keep. @type {import('./deliveries.js').Delivery[] | undefined} */
let replay
let spare = prepareIsolate(defaultMemoryMB, onLost)
/** @type {boolean} */
let spareUsed = false

/** @param {number} memoryMB */
function takeIsolate(memoryMB) {
  const wanted = Math.max(smallestMemoryMB, memoryMB)
  if (!spareUsed && spare.memoryMB === wanted) {
    spareUsed = true
    return spare
  }
  if (!spareUsed) spare.isolate.dispose()
  spareUsed = true
  return prepareIsolate(wanted, onLost)
}

/** @param {any} order @param {string} args */
async function perform(order, args) {
  const prepared = takeIsolate(order.memoryMB)
  current = runPlugin(prepared, order, files, args, send)
  await current.done
  current = undefined
  // The next run's isolate is made while nobody waits; what this run left behind is gone with its own.
  spare = prepareIsolate(prepared.memoryMB, onLost)
  spareUsed = false
  send({ t: 'idle', run: order.run })
}

const readFrames = createFrameReader((header, body) => {
  switch (header.t) {
    case 'load':
      files = new Map(JSON.parse(body))
      return
    case 'replay':
      replay = JSON.parse(body)
      return
    case 'run':
      void perform({ ...header, replay }, body)
      replay = undefined
      return
    case 'answer':
      if (current?.run === header.run) {
        current?.answer({ id: header.id, allowed: header.allowed, atMs: header.atMs, json: body })
      }
      return
    case 'warn':
      if (current?.run === header.run) {
        current?.warn({ warning: header.budget, used: header.used, allowed: header.allowed })
      }
      return
    case 'stop':
      if (current?.run === header.run) current?.stop()
      return
    case 'ping':
      send({ t: 'pong', n: header.n })
  }
})

channel.on('data', readFrames)
channel.on('end', endNow)
channel.on('close', endNow)
channel.on('error', endNow)
send({ t: 'ready', version: 1 })
startWatchdog()
