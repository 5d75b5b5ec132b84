import { readFileSync, readlinkSync } from 'node:fs'

/** Whose cgroups a folder holds: a process, by number and start (ticks since boot), in a namespace of process numbers. */
export interface ServerFolder {
  readonly pid: number
  readonly startedAt: string
  readonly namespace: string
}

let openings = 0

/** A new name; several sandboxes of one process each have their own. */
export function nameServerFolder(): string {
  openings += 1
  return `switchboard-${process.pid}-${startOf(process.pid) ?? '0'}-${ownNamespace()}-${openings}`
}

export function parseServerFolder(name: string): ServerFolder | undefined {
  const [, pid, startedAt = '', namespace = ''] = /^switchboard-(\d+)-(\d+)-(\d+)-\d+$/.exec(name) ?? []
  return pid === undefined ? undefined : { pid: Number(pid), startedAt, namespace }
}

/** True also when it cannot be told: in another container the same number is another process. */
export function isRunning(server: ServerFolder): boolean {
  return server.namespace !== ownNamespace() || startOf(server.pid) === server.startedAt
}

function ownNamespace(): string {
  return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
}

/** Field 22 of `stat`. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
