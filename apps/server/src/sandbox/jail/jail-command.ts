import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { LaunchOrder } from '../launch.ts'
import { findFfi } from './ffi.ts'
import { execDescriptor, makeSeccompFilter, openFilesLimit } from './seccomp-filter.ts'
import type { Architecture } from './syscalls.ts'
import { findRunnerTree, readableByAnybody } from './tree.ts'
import type { RunnerTree } from './tree.ts'

/** A layer of the jail that can be left out, so that a test can show what it is for. Never set by configuration. */
export type JailLayer = 'namespaces' | 'landlock' | 'seccomp' | 'cgroup' | 'parent-death' | 'environment'

/** What starts one jailed runner: a program with its arguments, and descriptors from 3 on. */
export interface JailCommand {
  readonly file: string
  readonly args: readonly string[]
}

export interface JailParts {
  readonly order: LaunchOrder
  /** bubblewrap; undefined for the form without namespaces. */
  readonly bwrapPath: string | undefined
  readonly without: ReadonlySet<JailLayer>
  /** The process that must still be the parent when the runner starts. */
  readonly parent: number | undefined
  /** How many `cgroup.procs` descriptors are passed. */
  readonly groups: number
}

export const ffiDescriptor = 4
const firstGroupDescriptor = 5
const nobody = '65534'

const enterSource = readFileSync(new URL('./enter.js', import.meta.url), 'utf8')

/** RLIMIT_FSIZE, NOFILE, MEMLOCK, LOCKS, SIGPENDING, MSGQUEUE, NICE, RTPRIO. Address space stays free: V8 reserves terabytes. */
const limits = [
  [1, 0],
  // 1 and not 0: a handler that core dumps are piped to would be started for 0 as well.
  [4, 1],
  [7, openFilesLimit],
  [8, 0],
  [10, 0],
  [11, 64],
  [12, 0],
  [13, 0],
  [14, 0],
] as const

/** Puts the command line together. Pure, but for looking up where node, libraries and packages lie. */
export function makeJailCommand(parts: JailParts): JailCommand {
  const tree = findRunnerTree(parts.order)
  const { bwrapPath } = parts
  const enter = (order: object, nodePath: string) => [
    nodePath,
    '--no-warnings',
    '--input-type=module',
    '--eval',
    enterSource,
    '--',
    JSON.stringify({ ...common(parts), ...order }),
  ]
  if (bwrapPath === undefined) {
    const [file = '', ...args] = enter(reducedOrder(parts, tree), tree.nodePath)
    return { file, args }
  }
  return {
    file: bwrapPath,
    args: [...bwrapArguments(tree, parts.without), '--', ...enter(fullOrder(parts, tree), '/node')],
  }
}

function common({ without, groups }: JailParts) {
  const filter = makeSeccompFilter(process.arch as Architecture)
  return {
    limits,
    execDescriptor,
    groups: Array.from({ length: groups }, (_, index) => firstGroupDescriptor + index),
    ...(without.has('seccomp')
      ? {}
      : { filter: { program: filter.bytes.toString('base64'), ownPidAt: filter.ownPidAt } }),
  }
}

/** Inside the namespaces: the tree is all there is, and Landlock, where the kernel has it, lets nothing be changed in it. */
function fullOrder({ order, without }: JailParts, tree: RunnerTree) {
  return {
    ffi: `/proc/self/fd/${ffiDescriptor}`,
    nodePath: '/node',
    argv: ['node', ...order.nodeFlags, `/runner/${basename(order.runnerPath)}`],
    env: [],
    drop: false,
    landlockRequired: false,
    ...(without.has('landlock')
      ? {}
      : {
          visible: [
            { path: '/', run: false },
            ...['/node', ...tree.libraries].map((path) => ({ path, run: true })),
          ],
        }),
  }
}

function reducedOrder({ order, without, parent }: JailParts, tree: RunnerTree) {
  const read = [tree.runnerFolder, ...tree.packages.values()]
  const run = [tree.nodePath, ...tree.libraries]
  return {
    ffi: findFfi(),
    nodePath: tree.nodePath,
    argv: ['node', ...order.nodeFlags, order.runnerPath],
    // Node would look for the system's configuration of OpenSSL, and end when it may not read it.
    env: ['OPENSSL_CONF=/nonexistent'],
    ...(parent === undefined ? {} : { parent }),
    // An installation that only root may read is run by root without any capability instead.
    drop: process.getuid?.() === 0 && [...read, ...run].every(readableByAnybody),
    landlockRequired: true,
    ...(without.has('landlock')
      ? {}
      : {
          visible: [
            ...read.map((path) => ({ path, run: false })),
            ...run.map((path) => ({ path, run: true })),
          ],
        }),
  }
}

function bwrapArguments(tree: RunnerTree, without: ReadonlySet<JailLayer>): readonly string[] {
  const bind = (from: string, to: string) => ['--ro-bind', from, to]
  return [
    ['--unshare-all', '--unshare-user', '--disable-userns'],
    ['--uid', nobody, '--gid', nobody, '--cap-drop', 'ALL'],
    ['--as-pid-1', '--new-session', '--hostname', 'sandbox', '--clearenv'],
    without.has('parent-death') ? [] : ['--die-with-parent'],
    bind(tree.nodePath, '/node'),
    ...tree.libraries.map((path) => bind(path, path)),
    bind(tree.runnerFolder, '/runner'),
    ...[...tree.packages].map(([name, folder]) => bind(folder, `/node_modules/${name}`)),
    ['--dev', '/dev', '--perms', '0000', '--tmpfs', '/dev/shm', '--remount-ro', '/dev/shm'],
    ['--proc', '/proc', '--chdir', '/', '--remount-ro', '/'],
  ].flat()
}
