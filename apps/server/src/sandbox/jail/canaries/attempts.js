// @ts-check
// What code that has escaped into the runner's own realm would try, with native calls as well. It runs in the place of
// the runner, and says what came of each attempt; whoever started it judges. It must work outside a jail too: a canary that
// could not sing there would prove nothing.
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'

/**
 * @typedef {object} AttemptOrder
 * @property {{ package: string, file: string }} ffi
 * @property {string} file to read
 * @property {string} write to make
 * @property {string} variable whose value is looked for in every environment
 * @property {number} pid of somebody else
 * @property {number} port on loopback where somebody sends a word
 * @property {boolean} survive only this: stay after the host is gone
 * @property {number} singAfterMs how long after it is gone to say so
 */

const broker = 3
const PR_SET_PDEATHSIG = 1
const SIGCONT = 18
const children = 8

const [, self = '', alone, orderText] = process.argv
/** @type {AttemptOrder} */
const order = JSON.parse(orderText ?? readLine())
/** @type {{ exports: any }} */
const native = { exports: {} }
const packageFile = createRequire(import.meta.url).resolve(`${order.ffi.package}/package.json`)
process.dlopen(native, join(dirname(packageFile), order.ffi.file))
const libc = native.exports.load(null)

const kill = libc.func('kill', 'int', ['int', 'int'])
const ptrace = libc.func('ptrace', 'long', ['long', 'long', 'long', 'long'])
const unshare = libc.func('unshare', 'int', ['int'])
//
const mount = libc.func('mount', 'int', ['str', 'str', 'str', 'ulong', 'void *'])
const prctl = libc.func('prctl', 'int', ['int', 'ulong', 'ulong', 'ulong', 'ulong'])

function readLine() {
  const buffer = Buffer.alloc(4096)
  let length = 0
  while (!buffer.toString('utf8', 0, length).endsWith('\n')) {
    length += readSync(broker, buffer, length, buffer.length - length, null)
  }
  return buffer.toString('utf8', 0, length)
}

/**
 * In a process of its own, so that what succeeds changes nothing here; in this one where none can be started.
 *
 * @param {'ptrace' | 'mount'} name
 */
function apart(name) {
  const { status, error } = spawnSync(process.execPath, [self, name, JSON.stringify(order)], {
    stdio: 'ignore',
  })
  return error === undefined ? status === 0 : nativeAttempts[name]()
}

const nativeAttempts = { ptrace: () => ptrace(0, 0, 0, 0) === 0, mount: mountSomething }

function environments() {
  let found = process.env[order.variable] ?? ''
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const line = readFileSync(`/proc/${name}/environ`, 'latin1')
        .split('\0')
        .find((entry) => entry.startsWith(`${order.variable}=`))
      if (line !== undefined) found = line.slice(order.variable.length + 1)
    } catch {
      // Somebody else's.
    }
  }
  return found
}

/** @returns {Promise<string>} */
function listenToLoopback() {
  return new Promise((resolve, reject) => {
    const socket = connect(order.port, '127.0.0.1')
    socket.on('data', (data) => {
      resolve(data.toString('utf8'))
      socket.destroy()
    })
    socket.on('error', reject)
    socket.on('end', () => reject(new Error('nothing was said')))
  })
}

async function forkBomb() {
  const started = await Promise.all(
    Array.from({ length: children }, async () => {
      const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
      return new Promise((resolve) => {
        child.on('error', () => resolve(false))
        child.on('exit', () => resolve(true))
      })
    }),
  )
  return started.every(Boolean)
}

function mountSomething() {
  const [CLONE_NEWNS, CLONE_NEWUSER, MS_REC_PRIVATE] = [0x00020000, 0x10000000, 0x44000]
  if (unshare(CLONE_NEWNS) < 0) unshare(CLONE_NEWUSER | CLONE_NEWNS)
  // Private first: what a control mounts must not be seen by the machine.
  return mount('none', '/', '', MS_REC_PRIVATE, null) === 0 && mount('none', '/tmp', 'tmpfs', 0, null) === 0
}

const attempts = {
  'host file': () => readFileSync(order.file, 'utf8'),
  'environment secret': environments,
  'foreign process': () => kill(order.pid, SIGCONT) === 0,
  'loopback listener': listenToLoopback,
  write: () => {
    writeFileSync(order.write, 'written')
    return true
  },
  exec: () =>
    spawnSync(process.execPath, ['--version'], { encoding: 'utf8' }).stdout === `${process.version}\n`,
  'fork bomb': forkBomb,
  mount: () => apart('mount'),
  // Last: who is traced stops at its next signal.
  ptrace: () => apart('ptrace'),
}

function survive() {
  // Exec of another user's file apart, only this stands between a process and outliving its parent.
  prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)
  writeSync(2, 'ready\n')
  const buffer = Buffer.alloc(64)
  // Zero bytes are the end of the broker's socket: the host is gone.
  while (readSync(broker, buffer, 0, buffer.length, null) > 0);
  setTimeout(() => writeSync(2, 'survived\n'), order.singAfterMs)
}

if (alone === 'ptrace' || alone === 'mount') process.exitCode = nativeAttempts[alone]() ? 0 : 1
else if (order.survive) survive()
else {
  /** @type {Record<string, unknown>} */
  const results = {}
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      results[name] = await attempt()
    } catch (error) {
      results[name] = { refused: String(error).slice(0, 200) }
    }
  }
  writeSync(broker, `${JSON.stringify(results)}\n`)
  // Stays to be looked at.
  readSync(broker, Buffer.alloc(1), 0, 1, null)
}
