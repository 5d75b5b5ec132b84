// @ts-check
// The last step before a runner, and the same at every level with a jail: this process gives up what it can, then
// becomes the runner by one exec. It is run by `node --eval` with its order as the only argument. Plain JavaScript and
// one file, because in the jail there is no folder to load more from. The FFI comes through a descriptor or a path that
// the runner no longer has: exec closes the first, Landlock hides the second, and no library survives an exec.
//
// Before exec, because later is too late: libuv makes an io_uring when a loop starts, and Landlock does not reach
// threads that exist.

/**
 * @typedef {object} EnterOrder
 * @property {string} ffi file of koffi's native part
 * @property {string} nodePath
 * @property {string[]} argv
 * @property {string[]} env `NAME=value`
 * @property {number} [parent] ends at once when this is no longer the parent: it died before we could ask to be told
 * @property {number[]} groups descriptors of `cgroup.procs` files
 * @property {boolean} drop as root: become nobody, and nobody's group, where there is one
 * @property {readonly (readonly [resource: number, value: number])[]} limits of resources, hard and soft
 * @property {{ path: string, run: boolean }[]} [visible] what Landlock leaves readable, or also executable
 * @property {boolean} landlockRequired
 * @property {{ program: string, ownPidAt: readonly number[] }} [filter] base64
 * @property {number} execDescriptor
 */

import { closeSync, statSync, writeSync } from 'node:fs'
import { setPriority } from 'node:os'

/** @type {EnterOrder} */
const order = JSON.parse(process.argv[1] ?? '')

/** @type {{ exports: any }} */
const native = { exports: {} }
process.dlopen(native, order.ffi)
const koffi = native.exports
const libc = koffi.load(null)

const nobody = 65534
const none = 0
const PR_SET_PDEATHSIG = 1
const PR_SET_SECCOMP = 22
const PR_CAPBSET_DROP = 24
const PR_SET_NO_NEW_PRIVS = 38
const PR_CAP_AMBIENT = 47
const PR_CAP_AMBIENT_CLEAR_ALL = 4
const SECCOMP_MODE_FILTER = 2
const SIGKILL = 9
const F_SETFD = 2
const F_DUPFD_CLOEXEC = 1030
const O_PATH_CLOEXEC = 0o12000000
const AT_EMPTY_PATH = 0x1000
const CLOSE_RANGE_CLOEXEC = 4
const brokerDescriptor = 3

const prctl = libc.func('prctl', 'int', ['int', 'ulong', 'ulong', 'ulong', 'ulong'])
const prctlWithRecord = libc.func('prctl', 'int', ['int', 'ulong', 'void *', 'ulong', 'ulong'])
const open = libc.func('open', 'int', ['str', 'int', 'int'])
const fcntl = libc.func('fcntl', 'int', ['int', 'int', 'long'])
const closeRange = libc.func('syscall', 'long', ['long', 'uint', 'uint', 'uint'])
const setrlimit = libc.func('setrlimit', 'int', ['int', 'void *'])
const landlock = libc.func('syscall', 'long', ['long', 'void *', 'ulong', 'uint', 'uint', 'uint'])
const landlockAdd = libc.func('syscall', 'long', ['long', 'int', 'int', 'void *', 'uint'])
const capset = libc.func('capset', 'int', ['void *', 'void *'])
const execveat = libc.func('execveat', 'int', ['int', 'str', 'const char **', 'const char **', 'int'])

/** @param {string} what @param {number} result */
function must(what, result) {
  if (result >= 0) return result
  throw new Error(`${what}: errno ${koffi.errno()}`)
}

function enterGroups() {
  for (const group of order.groups) {
    writeSync(group, '0')
    closeSync(group)
  }
}

function dieWithParent() {
  must('parent-death signal', prctl(PR_SET_PDEATHSIG, SIGKILL, none, none, none))
  if (order.parent !== undefined && process.ppid !== order.parent) process.exit(1)
}

function openNode() {
  const low = must('open node', open(order.nodePath, O_PATH_CLOEXEC, none))
  const high = must('keep node', fcntl(low, F_DUPFD_CLOEXEC, order.execDescriptor))
  if (high !== order.execDescriptor) throw new Error('the exec descriptor is taken')
  closeSync(low)
}

function limitResources() {
  for (const [resource, value] of order.limits) {
    const limit = Buffer.alloc(16)
    limit.writeBigUInt64LE(BigInt(value), 0)
    limit.writeBigUInt64LE(BigInt(value), 8)
    must(`limit ${resource}`, setrlimit(resource, limit))
  }
}

function dropPrivileges() {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, none, none, none)
  // Ends with EINVAL at the first capability that this kernel does not know, or EPERM for whoever has none to drop.
  for (let capability = 0; capability < 64; capability += 1) {
    if (prctl(PR_CAPBSET_DROP, capability, none, none, none) < 0) break
  }
  if (order.drop) {
    // A root that is none, as in a container without nobody, cannot. What follows takes its capabilities all the same.
    libc.func('setgroups', 'int', ['ulong', 'void *'])(0, null)
    libc.func('setresgid', 'int', ['uint', 'uint', 'uint'])(nobody, nobody, nobody)
    libc.func('setresuid', 'int', ['uint', 'uint', 'uint'])(nobody, nobody, nobody)
  }
  const version3 = Buffer.alloc(8)
  version3.writeUInt32LE(0x20080522, 0)
  must('capset', capset(version3, Buffer.alloc(24)))
  must('no new privileges', prctl(PR_SET_NO_NEW_PRIVS, 1, none, none, none))
}

/** Nothing of the file system but `visible`, no TCP, no signals or abstract sockets to the outside: as far as this kernel knows how. */
function restrictFiles() {
  if (order.visible === undefined) return
  const [create, add, restrict] = [444, 445, 446]
  const abi = landlock(create, null, 0, 1, 0, 0)
  if (abi < 1) {
    if (order.landlockRequired) throw new Error('this kernel has no Landlock')
    return
  }
  const fileRights = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13
  const rules = Buffer.alloc(abi >= 6 ? 24 : abi >= 4 ? 16 : 8)
  rules.writeBigUInt64LE((1n << BigInt(fileRights)) - 1n, 0)
  if (abi >= 4) rules.writeBigUInt64LE(0b11n, 8)
  if (abi >= 6) rules.writeBigUInt64LE(0b11n, 16)
  const ruleset = must('landlock', landlock(create, rules, rules.length, 0, 0, 0))
  const [execute, readFile, readFolder] = [1n, 4n, 8n]
  for (const { path, run } of order.visible) {
    const descriptor = must(`open ${path}`, open(path, O_PATH_CLOEXEC, none))
    const folder = statSync(path).isDirectory()
    const rule = Buffer.alloc(12)
    rule.writeBigUInt64LE(readFile | (folder ? readFolder : 0n) | (run ? execute : 0n), 0)
    rule.writeInt32LE(descriptor, 8)
    must(`landlock ${path}`, landlockAdd(add, ruleset, 1, rule, 0))
    closeSync(descriptor)
  }
  const apply = libc.func('syscall', 'long', ['long', 'int', 'uint'])
  must('landlock', apply(restrict, ruleset, 0))
}

/** The runner has the broker's socket and the standard three, which node marked to be closed at its start. */
function chooseDescriptors() {
  for (let descriptor = 0; descriptor <= brokerDescriptor; descriptor += 1)
    must('keep a descriptor', fcntl(descriptor, F_SETFD, 0))
  must('close_range', closeRange(436, brokerDescriptor + 1, 0xffffffff, CLOSE_RANGE_CLOEXEC))
}

function installFilter() {
  if (order.filter === undefined) return
  const program = Buffer.from(order.filter.program, 'base64')
  for (const at of order.filter.ownPidAt) program.writeUInt32LE(process.pid, at)
  const record = Buffer.alloc(16)
  record.writeUInt16LE(program.length / 8, 0)
  record.writeBigUInt64LE(BigInt(koffi.address(program)), 8)
  must('filter', prctlWithRecord(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, record, none, none))
}

try {
  enterGroups()
  dieWithParent()
  try {
    // The server decides and keeps the clock: it must get its turn before plugins that compute.
    setPriority(0, 5)
  } catch {
    // Fairness only, nothing depends on it.
  }
  openNode()
  limitResources()
  dropPrivileges()
  // Changing the user cleared it.
  dieWithParent()
  restrictFiles()
  chooseDescriptors()
  installFilter()
  execveat(order.execDescriptor, '', [...order.argv, null], [...order.env, null], AT_EMPTY_PATH)
  throw new Error(`exec: errno ${koffi.errno()}`)
} catch (error) {
  process.stderr.write(`jail: ${error instanceof Error ? error.message : String(error)}\n`, () =>
    process.exit(125),
  )
}
