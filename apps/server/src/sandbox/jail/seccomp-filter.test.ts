import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { test } from 'node:test'
import { assembleBpf } from './bpf.ts'
import { execDescriptor, makeSeccompFilter, openFilesLimit } from './seccomp-filter.ts'
import { syscallNumber, syscallNumbers } from './syscalls.ts'
import type { Architecture, SyscallName } from './syscalls.ts'
import { runBpf } from './testing/run-bpf.ts'

const { EPERM, ENOSYS, EACCES, ENOTTY, EINVAL } = constants.errno
const architectures = { x64: 0xc000003e, arm64: 0xc00000b7 } as const
const ownPid = 4711

/** Decides a call by name, with the installer's process id put in as `enter.js` does. */
function decider(architecture: Architecture) {
  const { bytes, ownPidAt } = makeSeccompFilter(architecture)
  for (const at of ownPidAt) bytes.writeUInt32LE(ownPid, at)
  return (call: SyscallName | number, ...args: readonly (number | bigint)[]) => {
    const number = typeof call === 'number' ? call : syscallNumber(call, architecture)
    assert(number !== undefined)
    return runBpf(bytes, { architecture: architectures[architecture], number, args: args.map(BigInt) })
  }
}

/** Numbers of calls that must be refused, from the kernel's tables: x64, then arm64. */
const refused = {
  socket: [41, 198],
  connect: [42, 203],
  sendto: [44, 206],
  sendmsg: [46, 211],
  recvmsg: [47, 212],
  bind: [49, 200],
  listen: [50, 201],
  socketpair: [53, 199],
  setsockopt: [54, 208],
  fork: [57, -1],
  vfork: [58, -1],
  execve: [59, 221],
  ptrace: [101, 117],
  setuid: [105, 146],
  setpgid: [109, 154],
  setsid: [112, 157],
  setresuid: [117, 147],
  setrlimit: [160, 164],
  chroot: [161, 51],
  mount: [165, 40],
  umount2: [166, 39],
  reboot: [169, 142],
  sethostname: [170, 161],
  init_module: [175, 105],
  tkill: [200, 130],
  io_setup: [206, 0],
  keyctl: [250, 219],
  add_key: [248, 217],
  inotify_init1: [294, 26],
  unshare: [272, 97],
  splice: [275, 76],
  tee: [276, 77],
  signalfd4: [289, 74],
  perf_event_open: [298, 241],
  fanotify_init: [300, 262],
  open_by_handle_at: [304, 265],
  setns: [308, 268],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  kcmp: [312, 272],
  finit_module: [313, 273],
  seccomp: [317, 277],
  memfd_create: [319, 279],
  bpf: [321, 280],
  userfaultfd: [323, 282],
  pidfd_send_signal: [424, 424],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  pidfd_open: [434, 434],
  pidfd_getfd: [438, 438],
  process_madvise: [440, 440],
  mount_setattr: [442, 442],
  landlock_create_ruleset: [444, 444],
  memfd_secret: [447, 447],
  shmget: [29, 194],
  shmat: [30, 196],
  msgget: [68, 186],
  semget: [64, 190],
  rename: [82, -1],
  unlinkat: [263, 35],
  mkdirat: [258, 34],
  symlinkat: [266, 36],
  linkat: [265, 37],
  fchmodat: [268, 53],
  ftruncate: [77, 46],
  rt_sigqueueinfo: [129, 138],
  rt_tgsigqueueinfo: [297, 240],
  setpriority: [141, 140],
  personality: [135, 92],
} as const

for (const architecture of ['x64', 'arm64'] as const) {
  test(`${architecture}: what a runner has no use for is refused`, () => {
    const decide = decider(architecture)
    for (const [name, numbers] of Object.entries(refused)) {
      const number = numbers[architecture === 'x64' ? 0 : 1]
      if (number >= 0) assert.deepEqual(decide(number, 0, 0, 0), { errno: EPERM }, name)
    }
    for (let number = 450; number < 600; number += 1) assert.deepEqual(decide(number), { errno: EPERM })
  })

  test(`${architecture}: calls that have another way are absent`, () => {
    const decide = decider(architecture)
    for (const name of [
      'clone3',
      'io_uring_setup',
      'io_uring_enter',
      'io_uring_register',
      'openat2',
    ] as const)
      assert.deepEqual(decide(name), { errno: ENOSYS }, name)
  })

  test(`${architecture}: another convention of calls ends the process`, () => {
    const { bytes } = makeSeccompFilter(architecture)
    for (const foreign of [0x40000003, 0xc000003e, 0xc00000b7, 0])
      if (foreign !== architectures[architecture])
        assert.equal(runBpf(bytes, { architecture: foreign, number: 0 }), 'kill')
  })

  test(`${architecture}: threads, and no other kind of child`, () => {
    const decide = decider(architecture)
    assert.equal(decide('clone', 0x3d0f00), 'allow')
    const sigchld = 17
    for (const flags of [
      sigchld,
      0,
      0x3d0f00 | 0x10000000,
      0x3d0f00 & ~0x10000,
      0x4111,
      (1n << 32n) | 0x3d0f00n,
    ])
      assert.deepEqual(decide('clone', flags), { errno: EPERM }, String(flags))
  })

  test(`${architecture}: one exec, by a descriptor that is out of reach afterwards`, () => {
    const decide = decider(architecture)
    assert.equal(decide('execveat', execDescriptor, 1, 1, 1, 0x1000), 'allow')
    assert.deepEqual(decide('execveat', execDescriptor, 1, 1, 1, 0), { errno: EPERM })
    for (const other of [-100, 0, 3, 127, 201, 2 ** 32 + 3])
      assert.deepEqual(decide('execveat', other, 1, 1, 1, 0x1000), { errno: EPERM })
    assert(execDescriptor > openFilesLimit)
  })

  test(`${architecture}: files open for reading only`, () => {
    const decide = decider(architecture)
    assert.equal(decide('openat', -100, 1, 0o2000000), 'allow')
    for (const flags of [1, 2, 0o101, 0o1000, 0o20200000])
      assert.deepEqual(decide('openat', -100, 1, flags), { errno: EACCES })
  })

  test(`${architecture}: signals to itself only, and nothing that undoes the jail`, () => {
    const decide = decider(architecture)
    assert.equal(decide('kill', ownPid, 9), 'allow')
    assert.equal(decide('tgkill', ownPid, ownPid, 6), 'allow')
    for (const pid of [0, -1, 1, ownPid + 1, -ownPid]) {
      assert.deepEqual(decide('kill', pid, 9), { errno: EPERM })
      assert.deepEqual(decide('tgkill', pid, pid, 9), { errno: EPERM })
    }
    const prSetPdeathsig = 1
    const prSetSeccomp = 22
    for (const option of [prSetPdeathsig, prSetSeccomp, 4, 38, 2 ** 32 + 1])
      assert.deepEqual(decide('prctl', option, 0), { errno: EPERM })
    assert.equal(decide('prctl', 15, 1), 'allow')
    assert.equal(decide('prlimit64', 0, 7, 0, 1), 'allow')
    assert.deepEqual(decide('prlimit64', 0, 7, 1, 0), { errno: EPERM })
    assert.deepEqual(decide('prlimit64', 0, 7, 1n << 40n, 0), { errno: EPERM })
    assert.deepEqual(decide('prlimit64', 1, 7, 0, 1), { errno: EPERM })
  })

  test(`${architecture}: descriptors are not made to signal, and devices not spoken to`, () => {
    const decide = decider(architecture)
    const [setOwner, setSignal, duplicate] = [8, 10, 1030]
    assert.equal(decide('fcntl', 3, duplicate), 'allow')
    for (const command of [setOwner, setSignal, 1024, 1031])
      assert.deepEqual(decide('fcntl', 3, command), { errno: EINVAL })
    const [nonBlocking, typeIntoTerminal] = [0x5421, 0x5412]
    assert.equal(decide('ioctl', 3, nonBlocking), 'allow')
    assert.deepEqual(decide('ioctl', 3, typeIntoTerminal), { errno: ENOTTY })
  })
}

test('x64: the x32 convention ends the process', () => {
  assert.equal(decider('x64')(0x40000000 | 59), 'kill')
  assert.equal(decider('x64')(0xffffffff | 0), 'kill')
})

test('no number stands for two calls', () => {
  for (const index of [0, 1] as const) {
    const numbers = Object.values(syscallNumbers).flatMap((pair) => pair[index] ?? [])
    assert.equal(new Set(numbers).size, numbers.length)
  }
})

test('the assembler refuses what the kernel would', () => {
  assert.throws(() => assembleBpf([{ when: 'equal', value: 1, yes: 'nowhere' }, { answer: 0 }]), RangeError)
  assert.throws(() => assembleBpf([{ label: 'a' }, { when: 'equal', value: 1, yes: 'a' }]), RangeError)
  const far = Array.from({ length: 256 }, () => ({ load: 0 }))
  assert.throws(
    () => assembleBpf([{ when: 'equal', value: 1, yes: 'far' }, ...far, { label: 'far' }, { answer: 0 }]),
    RangeError,
  )
})
