import { constants } from 'node:os'
import { answers, assembleBpf, ownPid, recordOffset } from './bpf.ts'
import type { BpfProgram, BpfStep, OwnPid } from './bpf.ts'
import { syscallNumber } from './syscalls.ts'
import type { Architecture, SyscallName } from './syscalls.ts'

/**
 * What a runner may ask of the kernel: to compute, to wait, to make threads, to read files (which ones is up to the
 * tree or Landlock), and to read and write descriptors it was given. Everything else is refused with EPERM.
 *
 * The filter is in force before the runner's exec, so it must let that one exec through; nothing of it remains after.
 * It allows only `execveat(200, …, AT_EMPTY_PATH)`. Descriptor 200 is node's file, opened by `enter.js`, closed by the
 * exec itself, and never again a descriptor: RLIMIT_NOFILE is 128 by then, and cannot be raised. `execve` is refused
 * from the start, and so is every way to give the parent-death signal back.
 */
export const execDescriptor = 200
export const openFilesLimit = 128

const { EPERM, ENOSYS, EACCES, ENOTTY, EINVAL } = constants.errno

const freely: readonly SyscallName[] = [
  // Memory. Executable pages are not refused: the kernel cannot tell the loader's from an attacker's.
  ...(['mmap', 'mprotect', 'munmap', 'brk', 'mremap', 'madvise', 'membarrier'] as const),
  ...(['pkey_mprotect', 'pkey_alloc', 'pkey_free'] as const),
  // Descriptors it has.
  ...(['read', 'write', 'close', 'close_range', 'fstat', 'lseek', 'pread64', 'readv', 'writev'] as const),
  ...(['dup', 'dup2', 'dup3', 'pipe2', 'eventfd2', 'shutdown', 'getsockname', 'getsockopt'] as const),
  ...(['poll', 'ppoll', 'epoll_create1', 'epoll_ctl', 'epoll_wait', 'epoll_pwait', 'epoll_pwait2'] as const),
  // Files, to look at.
  ...(['stat', 'lstat', 'newfstatat', 'statx', 'access', 'faccessat', 'faccessat2', 'getcwd'] as const),
  ...(['readlink', 'readlinkat', 'getdents64'] as const),
  // Itself and its threads.
  ...(['getpid', 'gettid', 'getppid', 'getuid', 'geteuid', 'getgid', 'getegid', 'capget'] as const),
  ...(['getrlimit', 'getrusage', 'sysinfo', 'uname', 'exit', 'exit_group', 'restart_syscall'] as const),
  ...(['futex', 'futex_waitv', 'set_robust_list', 'set_tid_address', 'rseq', 'arch_prctl'] as const),
  ...(['sched_yield', 'sched_getaffinity', 'sched_getparam', 'sched_getscheduler'] as const),
  ...(['rt_sigaction', 'rt_sigprocmask', 'rt_sigreturn', 'sigaltstack'] as const),
  // Time and chance.
  ...(['clock_gettime', 'clock_getres', 'clock_nanosleep', 'nanosleep', 'gettimeofday', 'time'] as const),
  'getrandom',
]

/** libc and libuv try these and have another way when they are not there; io_uring would be a way around the filter. */
const absent: readonly SyscallName[] = [
  'clone3',
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'openat2',
]

/** What pthread_create of glibc asks, and of musl, which adds a flag without meaning: threads of this process only. */
const threadFlags = [0x3d0f00, 0x7d0f00]
/** O_WRONLY, O_RDWR, O_CREAT, O_TRUNC and the bit that makes O_TMPFILE of a directory. */
const writingFlags = 0o1 | 0o2 | 0o100 | 0o1000 | 0o20000000
/** F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC. Not F_SETOWN, which sends signals to others. */
const descriptorCommands = [0, 1, 2, 3, 4, 1030]
/** FIONBIO, FIONCLEX, FIOCLEX, FIONREAD. */
const descriptorSettings = [0x5421, 0x5450, 0x5451, 0x541b]
/** PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_CAPBSET_READ, and PR_SET_VMA: a label on memory. Not PR_SET_PDEATHSIG. */
const processSettings = [3, 15, 16, 23, 0x53564d41]
const emptyPath = 0x1000

interface Condition {
  readonly argument: number
  /** Any of these, as the whole 64 bits. */
  readonly isOneOf?: readonly (number | OwnPid)[]
  /** None of these bits in the lower half, which is all that these calls read. */
  readonly hasNone?: number
  /** The lower half only: the kernel reads an int here. */
  readonly int?: true
}

/** Every condition must hold; otherwise the answer is `refusal`. */
interface Conditional {
  readonly call: SyscallName
  readonly refusal: number
  readonly conditions: readonly Condition[]
}

const conditionally: readonly Conditional[] = [
  { call: 'clone', refusal: EPERM, conditions: [{ argument: 0, isOneOf: threadFlags }] },
  {
    call: 'execveat',
    refusal: EPERM,
    conditions: [
      { argument: 0, isOneOf: [execDescriptor], int: true },
      { argument: 4, isOneOf: [emptyPath], int: true },
    ],
  },
  { call: 'open', refusal: EACCES, conditions: [{ argument: 1, hasNone: writingFlags }] },
  { call: 'openat', refusal: EACCES, conditions: [{ argument: 2, hasNone: writingFlags }] },
  { call: 'fcntl', refusal: EINVAL, conditions: [{ argument: 1, isOneOf: descriptorCommands, int: true }] },
  { call: 'ioctl', refusal: ENOTTY, conditions: [{ argument: 1, isOneOf: descriptorSettings, int: true }] },
  { call: 'prctl', refusal: EPERM, conditions: [{ argument: 0, isOneOf: processSettings, int: true }] },
  // Itself, so that a runner can end itself; process groups and others are other numbers.
  { call: 'kill', refusal: EPERM, conditions: [{ argument: 0, isOneOf: [ownPid], int: true }] },
  { call: 'tgkill', refusal: EPERM, conditions: [{ argument: 0, isOneOf: [ownPid], int: true }] },
  // Reading its own limits, not setting any, and nobody else's.
  {
    call: 'prlimit64',
    refusal: EPERM,
    conditions: [
      { argument: 0, isOneOf: [0, ownPid], int: true },
      { argument: 2, isOneOf: [0] },
    ],
  },
]

/** AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64. */
const auditArchitecture = { x64: 0xc000003e, arm64: 0xc00000b7 } as const
/** The x32 calling convention shares x64's architecture word and has other numbers. */
const x32Bit = 0x40000000

/** The filter for one architecture; a call by another convention ends the process. */
export function makeSeccompFilter(architecture: Architecture): BpfProgram {
  const steps: BpfStep[] = [
    { load: recordOffset.architecture },
    { when: 'equal', value: auditArchitecture[architecture], no: 'kill' },
    { load: recordOffset.number },
    ...(architecture === 'x64' ? [{ when: 'atLeast', value: x32Bit, yes: 'kill' } as const] : []),
    { when: 'atLeast', value: 0, yes: 'calls' },
    // Beside the checks above, so that they can reach it: a jump spans at most 255 steps.
    { label: 'kill' },
    { answer: answers.kill },
    { label: 'calls' },
  ]
  for (const { call, refusal, conditions } of conditionally) {
    const number = syscallNumber(call, architecture)
    if (number === undefined) continue
    steps.push({ when: 'equal', value: number, no: `${call} over` })
    for (const [index, condition] of conditions.entries()) addCondition(steps, call, index, condition)
    steps.push(
      { answer: answers.allow },
      { label: `${call} refused` },
      { answer: answers.error(refusal) },
      { label: `${call} over` },
    )
  }
  for (const [calls, answer] of [
    [freely, 'allow'],
    [absent, 'absent'],
  ] as const) {
    for (const call of calls) {
      const number = syscallNumber(call, architecture)
      if (number !== undefined) steps.push({ when: 'equal', value: number, yes: answer })
    }
  }
  steps.push(
    { answer: answers.error(EPERM) },
    { label: 'allow' },
    { answer: answers.allow },
    { label: 'absent' },
    { answer: answers.error(ENOSYS) },
  )
  return assembleBpf(steps)
}

function addCondition(steps: BpfStep[], call: string, index: number, condition: Condition): void {
  const { argument, isOneOf, hasNone, int } = condition
  const refused = `${call} refused`
  const next = `${call} ${index} holds`
  if (hasNone !== undefined) {
    steps.push({ load: recordOffset.argumentLow(argument) }, { when: 'anyBit', value: hasNone, yes: refused })
    return
  }
  if (int !== true) {
    steps.push({ load: recordOffset.argumentHigh(argument) }, { when: 'equal', value: 0, no: refused })
  }
  steps.push({ load: recordOffset.argumentLow(argument) })
  for (const value of isOneOf ?? []) steps.push({ when: 'equal', value, yes: next })
  steps.push({ when: 'atLeast', value: 0, yes: refused }, { label: next })
}
