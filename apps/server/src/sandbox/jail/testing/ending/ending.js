// @ts-check
// Runs in the place of the runner and does the one thing it is told: ends itself in some way, or makes threads.
import { readSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const broker = 3
const buffer = Buffer.alloc(1024)
/** @type {{ do: 'kill' | 'abort' | 'exit' | 'threads', ffi: { package: string, file: string } }} */
const order = JSON.parse(buffer.toString('utf8', 0, readSync(broker, buffer, 0, buffer.length, null)))

/** As `main.js` does when its host is gone: the first of a namespace does not die of its own signal. */
function kill() {
  process.kill(process.pid, 'SIGKILL')
  process.abort()
}

function makeThreads() {
  /** @type {{ exports: any }} */
  const native = { exports: {} }
  const packageFile = createRequire(import.meta.url).resolve(`${order.ffi.package}/package.json`)
  process.dlopen(native, join(dirname(packageFile), order.ffi.file))
  const libc = native.exports.load(null)
  // Not pause: the filter refuses it, and threads that end at once are no bomb.
  const sleep = libc.func('dlsym', 'void *', ['void *', 'str'])(null, 'sleep')
  const create = libc.func('pthread_create', 'int', ['void *', 'void *', 'void *', 'long'])
  const seconds = 1000
  let made = 0
  while (made < 200 && create(Buffer.alloc(8), null, sleep, seconds) === 0) made += 1
  writeSync(broker, `${made}\n`)
  setInterval(() => {}, 1000)
}

const actions = { kill, abort: () => process.abort(), exit: () => process.exit(0), threads: makeThreads }
actions[order.do]()
