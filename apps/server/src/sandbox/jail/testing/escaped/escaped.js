// @ts-check
// Runs in the place of the runner, as code that has already escaped into its realm: Node's own modules, and raw system
// calls. Says of each attempt `ok` or the error; the test judges. In a plain process every attempt must get through.
import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import { connect, createServer } from 'node:net'
import { setPriority } from 'node:os'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'

const broker = 3

/** @type {{ ffi: { package: string, file: string }, folder: string, secret: string, pid: number, port: number, unix: string }} */
const order = JSON.parse(readLine())
/** @type {{ exports: any }} */
const native = { exports: {} }
const packageFile = createRequire(import.meta.url).resolve(`${order.ffi.package}/package.json`)
process.dlopen(native, join(dirname(packageFile), order.ffi.file))
const koffi = native.exports
const libc = koffi.load(null)
const byNumber = libc.func('syscall', 'long', ['long', 'long', 'long', 'long', 'long', 'long', 'long'])
const byNumberWithText = libc.func('syscall', 'long', ['long', 'str', 'long', 'long', 'long', 'long', 'long'])
const byNumberWithSecondText = libc.func('syscall', 'long', [
  'long',
  'long',
  'str',
  'long',
  'long',
  'long',
  'long',
])
const byNumberWithRecord = libc.func('syscall', 'long', [
  'long',
  'long',
  'void *',
  'long',
  'long',
  'long',
  'long',
])
const byNumberWithFirst = libc.func('syscall', 'long', [
  'long',
  'void *',
  'long',
  'long',
  'long',
  'long',
  'long',
])
const readv = libc.func('syscall', 'long', ['long', 'long', 'void *', 'long', 'void *', 'long', 'long'])
const mount = libc.func('mount', 'int', ['str', 'str', 'str', 'ulong', 'void *'])
const errnoNames = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]))

function readLine() {
  const buffer = Buffer.alloc(4096)
  let length = 0
  while (!buffer.toString('utf8', 0, length).endsWith('\n'))
    length += fs.readSync(broker, buffer, length, buffer.length - length, null)
  return buffer.toString('utf8', 0, length)
}

/** x64, arm64. @param {readonly [number, number]} numbers */
const here = (numbers) => numbers[process.arch === 'x64' ? 0 : 1]

/** @param {number} result */
const said = (result) => (result >= 0 ? 'ok' : (errnoNames.get(koffi.errno()) ?? `errno ${koffi.errno()}`))

/** @param {readonly [number, number]} numbers @param {...number} args */
const call = (numbers, ...args) => {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args
  return said(Number(byNumber(here(numbers), a, b, c, d, e, f)))
}

/** @param {(done: () => void, fail: (error: unknown) => void) => void} start */
const settle = (start) => new Promise((resolve, reject) => start(() => resolve('ok'), reject))

/** @param {import('node:net').NetConnectOpts} to */
const reach = (to) =>
  settle((done, fail) => {
    const socket = connect(to)
    socket.on('error', fail).on('connect', () => {
      socket.destroy()
      done()
    })
  })

/** @param {import('node:net').ListenOptions} at */
const listen = (at) =>
  settle((done, fail) => {
    const server = createServer()
    server.on('error', fail).listen(at, () => server.close(done))
  })

const own = join(order.folder, `of-${process.pid}`)
const iovec = Buffer.alloc(16)
const attributes = Buffer.alloc(128)
attributes.writeUInt32LE(1, 0) // PERF_TYPE_SOFTWARE
attributes.writeUInt32LE(128, 4)
const bpfMap = Buffer.alloc(128)
for (const [at, value] of [2, 4, 4, 1].entries()) bpfMap.writeUInt32LE(value, at * 4) // BPF_MAP_TYPE_ARRAY of one int

/** @type {Record<string, () => unknown>} */
const attempts = {
  'read a file that everybody may read': () => fs.readFileSync(order.secret),
  'read /etc/passwd': () => fs.readFileSync('/etc/passwd'),
  'list /etc': () => fs.readdirSync('/etc'),
  'read the environment of another process': () => fs.readFileSync(`/proc/${order.pid}/environ`),
  'open the memory of another process': () => fs.closeSync(fs.openSync(`/proc/${order.pid}/mem`, 'r')),
  'read a file by open(2)': () =>
    said(Number(byNumberWithRecord(here([257, 56]), -100, Buffer.from(`${order.secret}\0`), 0, 0, 0, 0))),
  'write a file': () => fs.writeFileSync(own, 'x'),
  'make a folder': () => fs.mkdirSync(`${own}-folder`),
  'make a link': () => fs.symlinkSync('/', `${own}-link`),
  'change a mode': () => fs.chmodSync(own, 0o600),
  'move a file': () => fs.renameSync(own, `${own}-moved`),
  'remove a file': () => fs.unlinkSync(`${own}-moved`),
  'write in shared memory': () => {
    fs.writeFileSync(`/dev/shm/switchboard-${process.pid}`, 'x')
    fs.unlinkSync(`/dev/shm/switchboard-${process.pid}`)
  },
  'change folder': () => process.chdir('/usr'),
  'start a program': () => {
    const { error } = spawnSync(process.execPath, ['--version'])
    if (error !== undefined) throw error
  },
  'start a shell': () => {
    const { error } = spawnSync('/bin/sh', ['-c', 'exit 0'])
    if (error !== undefined) throw error
  },
  'execve(2)': () => {
    const result = said(Number(byNumberWithText(here([59, 221]), '/nonexistent', 0, 0, 0, 0, 0)))
    return result === 'ENOENT' || result === 'EFAULT' ? 'ok' : result
  },
  // Without the empty-path flag; its path is none, so that outside it fails for what it says and not for asking.
  'execveat(2) by a path': () => {
    const result = call([322, 281], 3, 0, 0, 0, 0)
    return result === 'EFAULT' || result === 'ENOENT' ? 'ok' : result
  },
  'clone(2) of a process in a namespace': () => {
    // CLONE_NEWUSER with CLONE_FS is a contradiction, which the kernel says only to who may ask.
    const result = call([56, 220], 0x10000200)
    return result === 'EINVAL' ? 'ok' : result
  },
  'clone3(2)': () => {
    const result = call([435, 435], 0, 0)
    return result === 'EINVAL' ? 'ok' : result
  },
  'connect by TCP': () => reach({ port: order.port, host: '127.0.0.1' }),
  'connect to a Unix socket': () => reach({ path: order.unix }),
  'connect to an abstract socket': () => reach({ path: `\0${order.unix}` }),
  'listen by TCP': () => listen({ port: 0, host: '127.0.0.1' }),
  'listen on a Unix socket': () => listen({ path: `${own}.sock` }),
  'listen on an abstract socket': () => listen({ path: `\0${own}` }),
  'send by UDP': () =>
    settle((done, fail) => {
      const socket = createSocket('udp4')
      socket.on('error', fail)
      socket.send('x', order.port, '127.0.0.1', (error) => {
        socket.close()
        if (error) fail(error)
        else done()
      })
    }),
  'socket(2) of the kernel': () => call([41, 198], 16, 3, 0), // AF_NETLINK
  'socketpair(2)': () =>
    said(Number(libc.func('socketpair', 'int', ['int', 'int', 'int', 'void *'])(1, 1, 0, Buffer.alloc(8)))),
  'signal another process': () => process.kill(order.pid, 'SIGCONT'),
  'signal by tgkill(2)': () => call([234, 131], order.pid, order.pid, 18),
  'pidfd_open(2)': () => call([434, 434], order.pid, 0),
  'ptrace(2)': () => call([101, 117], 0x4206, order.pid, 0, 0), // PTRACE_SEIZE
  'process_vm_readv(2)': () => {
    const result = said(readv(here([310, 270]), order.pid, iovec, 1, iovec, 1, 0))
    return result === 'EFAULT' ? 'ok' : result
  },
  'unshare(2)': () => call([272, 97], 0x00020000),
  'mount(2)': () => said(mount('none', '/', '', 0x44000, null)),
  'setns(2)': () => {
    const result = call([308, 268], 3, 0)
    return result === 'EINVAL' ? 'ok' : result
  },
  'memfd_create(2)': () => said(Number(byNumberWithText(here([319, 279]), 'x', 0, 0, 0, 0, 0))),
  'bpf(2)': () => said(Number(byNumberWithRecord(here([321, 280]), 0, bpfMap, 128, 0, 0, 0))),
  'userfaultfd(2)': () => call([323, 282], 1),
  'keyctl(2)': () => call([250, 219], 0, -3, 1),
  'perf_event_open(2)': () => said(Number(byNumberWithFirst(here([298, 241]), attributes, 0, -1, -1, 0, 0))),
  'shmget(2)': () => call([29, 194], 0, 4096, 0o1600),
  'io_uring_setup(2)': () => {
    const result = said(Number(byNumberWithRecord(here([425, 425]), 4, Buffer.alloc(120), 0, 0, 0, 0)))
    return result
  },
  'name_to_handle_at(2)': () => {
    const result = call([303, 264], -100, 0, 0, 0, 0)
    return result === 'EFAULT' ? 'ok' : result
  },
  'clear the parent-death signal': () => call([157, 167], 1, 0),
  'allow itself to be traced': () => call([157, 167], 4, 1),
  'raise its priority back': () => setPriority(0, 19),
  'raise its limit of descriptors': () => {
    const limit = Buffer.alloc(16)
    limit.writeBigUInt64LE(64n, 0)
    limit.writeBigUInt64LE(64n, 8)
    return said(libc.func('setrlimit', 'int', ['int', 'void *'])(11, limit))
  },
  'make a descriptor signal its owner': () => call([72, 25], 3, 8, process.pid),
}

/** What must still work: a runner that cannot end itself, or compute on a thread, is none. */
const needed = {
  thread: () =>
    settle((done, fail) => {
      new Worker('process.exit(0)', { eval: true }).on('error', fail).on('exit', done)
    }),
  'signal itself': () => process.kill(process.pid, 0),
}

/** The only exec that the filter allows: by a descriptor that can no longer exist. */
function reachExecDescriptor() {
  const execveat = said(Number(byNumberWithSecondText(here([322, 281]), 200, '', 0, 0, 0x1000, 0)))
  const duplicate = call([72, 25], 3, 0, 200)
  const exactly = call([292, 24], 3, 200, 0)
  let highest = 0
  try {
    for (;;) highest = Math.max(highest, fs.openSync(import.meta.filename, 'r'))
  } catch {
    // As many as there can be.
  }
  return { execveat, duplicate, exactly, highest }
}

/** @param {Record<string, () => unknown>} list */
async function tryAll(list) {
  /** @type {Record<string, string>} */
  const results = {}
  for (const [name, attempt] of Object.entries(list)) {
    try {
      const result = await attempt()
      results[name] = typeof result === 'string' ? result : 'ok'
    } catch (error) {
      results[name] = /** @type {{ code?: string }} */ (error).code ?? String(error)
    }
  }
  return results
}

const results = await tryAll(attempts)
const works = await tryAll(needed)
fs.writeSync(broker, `${JSON.stringify({ results, works, exec: reachExecDescriptor() })}\n`)
fs.readSync(broker, Buffer.alloc(1), 0, 1, null)
