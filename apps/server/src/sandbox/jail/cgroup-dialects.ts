import { availableParallelism } from 'node:os'
import type { CgroupDialect, GroupFiles } from './cgroup.ts'

/** Node with its threads is about a dozen; what asks for more than this is no plugin. */
const mostTasks = '64'
/** A core is left to the server where there are several. */
const periodMicros = 100_000
const quotaMicros = periodMicros * Math.max(1, availableParallelism() - 1)

/** @param parent one folder, whose `cgroup.subtree_control` has memory and pids */
export function version2(parent: string): CgroupDialect {
  return {
    parents: [parent],
    settings: [
      { file: 'pids.max', value: mostTasks },
      // What the limit does not let into memory must not go to disk instead.
      { file: 'memory.swap.max', value: '0', optional: true },
      { file: 'memory.oom.group', value: '1', optional: true },
      { file: 'cpu.max', value: `${quotaMicros} ${periodMicros}`, optional: true },
    ],
    // Not memory.peak: it is of the group's whole life, and most kernels cannot start it afresh for a run.
    readUsage: (group) => ({
      cpuMicros: Number(/^usage_usec (\d+)$/m.exec(group.read('cpu.stat'))?.[1]),
      residentBytes: Number(group.read('memory.current')),
    }),
    limitMemory: (group, bytes) => group.write('memory.max', String(Math.ceil(bytes))),
    outOfMemory: (group) => countIn(group.read('memory.events'), 'oom_kill') > 0,
  }
}

/** @param parents one folder in each of the hierarchies of memory, pids and cpuacct, and of cpu where there is one */
export function version1(parents: readonly string[]): CgroupDialect {
  return {
    parents,
    settings: [
      { file: 'pids.max', value: mostTasks },
      { file: 'memory.swappiness', value: '0', optional: true },
      { file: 'cpu.cfs_quota_us', value: String(quotaMicros), optional: true },
    ],
    readUsage: (group) => ({
      cpuMicros: Math.round(Number(group.read('cpuacct.usage')) / 1000),
      residentBytes: Number(group.read('memory.usage_in_bytes')),
      peakBytes: Number(group.read('memory.max_usage_in_bytes')),
    }),
    limitMemory: limitMemory1,
    outOfMemory: (group) => countIn(group.read('memory.oom_control'), 'oom_kill') > 0,
  }
}

/** Memory and memory with swap may not cross: the outer one moves first when they grow, last when they shrink. */
function limitMemory1(group: GroupFiles, bytes: number): void {
  const value = String(Math.ceil(bytes))
  const grows = bytes > Number(group.read('memory.limit_in_bytes'))
  const files = ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'].filter((file) => group.has(file))
  for (const file of grows ? files.toReversed() : files) group.write(file, value)
  // The peak is of one run.
  group.write('memory.max_usage_in_bytes', '0')
}

function countIn(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
}
