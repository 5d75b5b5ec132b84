// @ts-check
// The runner process for WebAssembly. The same frames as the runner for JavaScript, read and written blocking: a module
// calls the host as it calls any function. It holds no secret and does no I/O but frames on descriptor 3; everything it
// says is checked by the host. A module that does not come back is ended by its host, with this process.
import './close-inherited.js'
import { startWatchdog } from './watchdog.js'
import { channel, endNow } from './wasm/channel.js'
import { LoadedModule } from './wasm/load-module.js'
import { RunEnded } from './wasm/run-ended.js'
import { runModule } from './wasm/run-module.js'

let loaded = new LoadedModule(new Uint8Array())
/** The recorded answers that the next run is to keep to. @type {{ answer?: number, atMs?: number }[] | undefined} */
let replay

/** Instances whose memory may not have been given back yet. */
let leftBytes = 0
const collectAboveBytes = 16 * 1024 * 1024

/** Memory of earlier runs must go, or it would be counted against the process; most runs leave too little to bother. */
function collect() {
  if (leftBytes < collectAboveBytes) return
  leftBytes = 0
  globalThis.gc?.()
}

/** The next frame; does not return when the host is gone. */
function nextFrame() {
  const frame = channel.read()
  if (frame !== undefined) return frame
  endNow()
  throw new Error('ended')
}

/** @param {any} order @param {Buffer} args */
function perform(order, args) {
  const before = process.threadCpuUsage()
  const recorded = replay
  let delivered = 0

  /** @param {number} id @param {string} method @param {string} json */
  const call = (id, method, json) => {
    const expected = recorded?.[delivered]
    // One call is open at a time: the order of answers is the order of calls, and no timer comes between.
    if (recorded !== undefined && expected?.answer !== id)
      throw new RunEnded({ end: 'diverged', at: delivered })
    channel.send({ t: 'call', run: order.run, id, method }, json)
    for (;;) {
      const { header, body } = nextFrame()
      if (header.t === 'stop' && header.run === order.run) throw new RunEnded({ end: 'stopped' })
      if (header.t === 'ping') channel.send({ t: 'pong', n: header.n })
      if (header.t !== 'answer' || header.run !== order.run || header.id !== id) continue
      delivered += 1
      return { allowed: header.allowed, json: body, atMs: expected?.atMs ?? header.atMs }
    }
  }
  /** @param {[number, string][]} lines @param {boolean} cut */
  const log = (lines, cut) => channel.send({ t: 'log', run: order.run, cut }, JSON.stringify(lines))

  const { header, body } = runModule(loaded, order, args, { call, log })
  leftBytes += Number(header['heapBytes'])
  const { user, system } = process.threadCpuUsage(before)
  channel.send({ t: 'end', run: order.run, ...header, cpuMicros: user + system, delivered, timers: [] }, body)
}

/** @param {any} header @param {Buffer} body */
function receive(header, body) {
  switch (header.t) {
    case 'load':
      loaded = new LoadedModule(body)
      return
    case 'replay':
      replay = JSON.parse(body.toString('utf8'))
      return
    case 'run':
      perform(header, body)
      replay = undefined
      collect()
      channel.send({ t: 'idle', run: header.run })
      return
    case 'ping':
      channel.send({ t: 'pong', n: header.n })
  }
}

channel.send({ t: 'ready', version: 1 })
startWatchdog()
for (;;) {
  const { header, body } = nextFrame()
  receive(header, body)
}
