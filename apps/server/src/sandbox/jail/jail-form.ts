import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { startChild } from '../child-process.ts'
import type { LaunchOrder, LaunchRunner, RunnerProcess } from '../launch.ts'
import { openProcessUsage } from '../process-usage.ts'
import type { RunnerGroup } from './cgroup.ts'
import type { Cgroups } from './find-cgroups.ts'
import { findGap } from './find-gap.ts'
import { findFfi } from './ffi.ts'
import { makeJailCommand } from './jail-command.ts'
import type { JailCommand, JailLayer } from './jail-command.ts'
import type { MemoryWatchdog } from './memory-watchdog.ts'
import type { RunnerStart } from './outlive.ts'
import type { ProbedForm } from './probe.ts'

export interface JailOptions {
  readonly level: 'full' | 'reduced'
  /** Needed for `full`. */
  readonly bwrapPath?: string | undefined
  /** Needed for `full`; used at `reduced` where there are any. */
  readonly cgroups?: Cgroups | undefined
  /** Keeps memory where there are no cgroups. */
  readonly watchdog: MemoryWatchdog
  /** For tests: layers that are left out. */
  readonly without?: readonly JailLayer[]
}

/** Runners in a jail of the system: `full` by bubblewrap's namespaces, `reduced` without any. */
export function createJailForm(options: JailOptions): ProbedForm {
  const without = new Set(options.without)
  const bwrapPath = options.level === 'full' && !without.has('namespaces') ? options.bwrapPath : undefined
  const commands = new Map<string, JailCommand>()
  const makeGroup = () => (without.has('cgroup') ? undefined : options.cgroups?.make())
  const launch: LaunchRunner = (order) => {
    let group: RunnerGroup | undefined
    try {
      group = makeGroup()
      const key = JSON.stringify(order)
      let command = commands.get(key)
      if (command === undefined) {
        const groups = group?.entries.length ?? 0
        command = makeJailCommand({ order, bwrapPath, without, groups, parent: process.pid })
        commands.set(key, command)
      }
      return start(command, group, options)
    } catch (error) {
      void group?.remove()
      return notStarted(options.level, error)
    }
  }
  const describeStart = (order: LaunchOrder): RunnerStart => {
    const group = makeGroup()
    for (const entry of group?.entries ?? []) closeSync(entry)
    const folders = group?.folders ?? []
    return {
      ...makeJailCommand({ order, bwrapPath, without, groups: folders.length, parent: undefined }),
      descriptors: [
        { path: findFfi(), flags: 'r' },
        ...folders.map((folder) => ({ path: join(folder, 'cgroup.procs'), flags: 'r+' as const })),
      ],
      end: async () => group?.remove(),
    }
  }
  return { launch, describeStart }
}

const bwrapGraceMs = 250

type Child = ReturnType<typeof startChild>

function start(command: JailCommand, group: RunnerGroup | undefined, options: JailOptions): RunnerProcess {
  const ffi = openSync(findFfi(), 'r')
  const passed = [ffi, ...(group?.entries ?? [])]
  let child: Child
  try {
    child = startChild(command.file, command.args, passed)
  } finally {
    for (const descriptor of passed) closeSync(descriptor)
  }
  // bubblewrap that is killed between its clone and the word for which its child waits leaves that child waiting for ever.
  if (command.file === options.bwrapPath) group?.adopt(child.pid)
  const kill = () => {
    const inside = (group?.members() ?? []).filter((pid) => pid !== child.pid)
    for (const pid of inside) killQuietly(pid)
    // bubblewrap ends when its child has, and takes it off the kernel's list; killed at once it would leave that to process
    // 1 of the machine. Nobody is inside yet at the very start: then its own end is the child's.
    if (inside.length === 0) child.kill()
    else setTimeout(child.kill, bwrapGraceMs).unref()
  }
  return group === undefined ? watched(child, kill, options) : grouped(child, kill, group, options.level)
}

function grouped(
  child: Child,
  kill: () => void,
  group: RunnerGroup,
  level: JailOptions['level'],
): RunnerProcess {
  let ranOut = false
  const exited = child.exited.then((how) => {
    ranOut = group.outOfMemory()
    void group.remove()
    return ranOut ? `${how}, out of memory` : how
  })
  return {
    ...child,
    level,
    exited,
    kill,
    readUsage: group.readUsage,
    limitMemory: group.limitMemory,
    outOfMemory: () => ranOut,
    findGap: () => findGap({ level, group, pid: level === 'full' ? group.members()[0] : child.pid }),
  }
}

/** Without a cgroup the process is what is counted: it cannot have children. */
function watched(
  child: Child,
  kill: () => void,
  { level, watchdog }: Pick<JailOptions, 'level' | 'watchdog'>,
): RunnerProcess {
  const usage = child.pid === 0 ? undefined : openProcessUsage(child.pid)
  const watch = watchdog.watch(child.pid)
  const exited = child.exited.then(async (how) => {
    usage?.close()
    await watch.end()
    return watch.killed() ? `${how}, over its memory` : how
  })
  return {
    ...child,
    level,
    exited,
    kill,
    readUsage: () => usage?.read(),
    limitMemory: (bytes) => watch.limit(bytes),
    outOfMemory: () => watch.killed(),
    findGap: () => findGap({ level, group: undefined, pid: child.pid }),
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}

function notStarted(level: JailOptions['level'], error: unknown): RunnerProcess {
  const channel = new PassThrough()
  const how = `not started: ${error instanceof Error ? error.message : String(error)}`
  return { level, pid: 0, channel, exited: Promise.resolve(how), kill: () => {}, readUsage: () => undefined }
}
