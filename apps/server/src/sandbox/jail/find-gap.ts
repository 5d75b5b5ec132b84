import { readFileSync, readlinkSync } from 'node:fs'
import { membersOf } from './cgroup.ts'
import type { RunnerGroup } from './cgroup.ts'

const namespaces = ['user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup']

export interface Jailed {
  readonly level: 'full' | 'reduced'
  /** The process that became the runner. */
  readonly pid: number | undefined
  readonly group: RunnerGroup | undefined
}

/**
 * What the kernel says is missing around a runner of this level, or undefined. Asked of every runner when it first speaks,
 * so that what is stamped in a receipt is what held that process, and not what was configured.
 */
export function findGap({ level, pid, group }: Jailed): string | undefined {
  if (pid === undefined) return 'it is not in its cgroup'
  try {
    if (group?.folders.every((folder) => membersOf(folder).includes(pid)) === false)
      return 'it is not in its cgroup'
    if (level === 'full' && group === undefined) return 'it has no cgroup'
    return findInStatus(pid) ?? (level === 'full' ? findShared(pid) : undefined)
  } catch (error) {
    return `it cannot be looked at: ${String(error)}`
  }
}

/** @see proc_pid_status(5) */
function findInStatus(pid: number): string | undefined {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)$`, 'm').exec(status)?.[1]
  if (field('Seccomp') !== '2') return 'it has no seccomp filter'
  if (field('NoNewPrivs') !== '1') return 'it may gain privileges'
  const capabilities = ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']
  if (capabilities.some((name) => !/^0+$/.test(field(name) ?? ''))) return 'it has capabilities'
  return undefined
}

function findShared(pid: number): string | undefined {
  const link = (of: number | 'self', name: string) => readlinkSync(`/proc/${of}/ns/${name}`)
  const shared = namespaces.find((name) => link(pid, name) === link('self', name))
  return shared === undefined ? undefined : `it shares the ${shared} namespace`
}
