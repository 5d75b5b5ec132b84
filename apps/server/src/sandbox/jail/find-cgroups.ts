import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { killMembers, makeRunnerGroup, membersOf, removeFolder, removeGroup, subfolders } from './cgroup.ts'
import type { CgroupDialect, RunnerGroup } from './cgroup.ts'
import { version1, version2 } from './cgroup-dialects.ts'
import { isRunning, nameServerFolder, parseServerFolder } from './server-folder.ts'

/** The cgroups of one server: a folder of its own in each hierarchy, and below it one per runner. */
export interface Cgroups {
  readonly version: 1 | 2
  make(): RunnerGroup
  /** Ends everything in them and takes them away. */
  close(): Promise<void>
  /** The same without waiting, for a process that exits; what does not go at once goes at the next start. */
  abandon(): void
}

export type FoundCgroups = { readonly cgroups: Cgroups } | { readonly missing: string; readonly mend: string }

export interface CgroupSources {
  /** Text of `/proc/self/mountinfo` and of `/proc/self/cgroup`. */
  readonly mounts: string
  readonly membership: string
}

export const mendDelegation =
  'start the server in a cgroup of its own: systemd-run --user --scope -p Delegate=yes npm start (in a unit: Delegate=yes)'

/**
 * Finds where this process may make cgroups with limits of memory and tasks, and makes the server's folder there. Folders
 * of servers that are gone are emptied and removed.
 */
export function findCgroups(sources: CgroupSources = readSources()): FoundCgroups {
  let problem = 'this system has no cgroup with the memory and pids controllers'
  for (const find of [findVersion2, findVersion1]) {
    try {
      const parents = find(sources)
      if (parents === undefined) continue
      return { cgroups: openCgroups(find === findVersion2 ? 2 : 1, parents) }
    } catch (error) {
      problem = `no cgroup may be made here: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  return { missing: problem, mend: mendDelegation }
}

/** Where this process may make cgroups, or undefined. */
export function ownFolders(): readonly string[] | undefined {
  const sources = readSources()
  try {
    return findVersion2(sources) ?? findVersion1(sources)
  } catch {
    return undefined
  }
}

function readSources(): CgroupSources {
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  return { mounts: read('/proc/self/mountinfo'), membership: read('/proc/self/cgroup') }
}

interface Mount {
  readonly type: string
  /** The part of the hierarchy that is mounted, and where. */
  readonly root: string
  readonly at: string
  readonly options: readonly string[]
}

/** @see proc_pid_mountinfo(5) */
function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root = '', at = ''] = before.split(' ')
    const [type = '', , options = ''] = after.split(' ')
    return type.startsWith('cgroup') ? [{ type, root, at, options: options.split(',') }] : []
  })
}

/** Lines `ID:CONTROLLERS:PATH`; the path as `controllers` says, empty for version 2. */
function membershipIn(text: string, controller: string): string | undefined {
  for (const line of text.split('\n')) {
    const [, controllers = '', ...path] = line.split(':')
    if (path.length > 0 && controllers.split(',').includes(controller)) return path.join(':')
  }
  return undefined
}

function folderOf(mount: Mount, path: string): string {
  const below = mount.root !== '/' && path.startsWith(mount.root) ? path.slice(mount.root.length) : path
  return join(mount.at, below)
}

function findVersion1({ mounts, membership }: CgroupSources): readonly string[] | undefined {
  const all = parseMounts(mounts).filter((mount) => mount.type === 'cgroup')
  const folders = new Set<string>()
  for (const controller of ['memory', 'pids', 'cpuacct', 'cpu']) {
    const mount = all.find((candidate) => candidate.options.includes(controller))
    const path = membershipIn(membership, controller)
    if (mount !== undefined && path !== undefined) folders.add(folderOf(mount, path))
    else if (controller !== 'cpu') return undefined
  }
  for (const folder of folders) accessSync(folder, constants.W_OK)
  return [...folders]
}

/**
 * Version 2 lets a group have members or groups with limits, not both. So either the own group has no other members
 * than this server with what started it, which then move one level down (what `Delegate=yes` is for), or the group
 * above is ours as well and already hands out the controllers.
 */
function findVersion2({ mounts, membership }: CgroupSources): readonly string[] | undefined {
  const mount = parseMounts(mounts).find((candidate) => candidate.type === 'cgroup2')
  const path = membershipIn(membership, '')
  if (mount === undefined || path === undefined) return undefined
  const own = folderOf(mount, path)
  if (!hasBoth(readFileSync(join(own, 'cgroup.controllers'), 'utf8'))) return undefined
  const above = join(own, '..')
  if (own !== mount.at && handsOut(above) && mayMakeIn(above)) return [above]
  accessSync(own, constants.W_OK)
  if (handsOut(own)) return [own]
  if (own !== mount.at || existsSync(join(own, 'cgroup.type'))) moveDown(own)
  const wanted = ['memory', 'pids', 'cpu'].filter((name) =>
    readFileSync(join(own, 'cgroup.controllers'), 'utf8').split(/\s/).includes(name),
  )
  writeFileSync(join(own, 'cgroup.subtree_control'), wanted.map((name) => `+${name}`).join(' '))
  return [own]
}

const hasBoth = (text: string) => ['memory', 'pids'].every((name) => text.split(/\s/).includes(name))
const handsOut = (folder: string) =>
  existsSync(join(folder, 'cgroup.subtree_control')) &&
  hasBoth(readFileSync(join(folder, 'cgroup.subtree_control'), 'utf8'))

function mayMakeIn(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** @throws when others live here too: moving them is not ours to do */
function moveDown(own: string): void {
  const members = membersOf(own)
  const ours = ancestors()
  const stranger = members.find((pid) => !ours.has(pid))
  if (stranger !== undefined) throw new Error(`process ${stranger} shares the server's cgroup`)
  const below = join(own, 'switchboard-server')
  if (!existsSync(below)) mkdirSync(below)
  for (const pid of members) writeFileSync(join(below, 'cgroup.procs'), String(pid))
}

function ancestors(): ReadonlySet<number> {
  const found = new Set<number>()
  for (let pid = process.pid; pid > 0; pid = parentOf(pid)) found.add(pid)
  return found
}

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

function openCgroups(version: 1 | 2, parents: readonly string[]): Cgroups {
  for (const parent of parents) removeLeftOver(parent)
  const name = nameServerFolder()
  const own = parents.map((parent) => join(parent, name))
  for (const folder of own) mkdirSync(folder)
  if (version === 2) {
    const available = readFileSync(join(own[0] ?? '', 'cgroup.controllers'), 'utf8').split(/\s/)
    const wanted = ['memory', 'pids', 'cpu'].filter((controller) => available.includes(controller))
    writeFileSync(join(own[0] ?? '', 'cgroup.subtree_control'), wanted.map((one) => `+${one}`).join(' '))
  }
  const dialect: CgroupDialect = version === 2 ? version2(own[0] ?? '') : version1(own)
  let made = 0
  return {
    version,
    make: () => {
      made += 1
      return makeRunnerGroup(dialect, `runner-${made}`)
    },
    close: () => removeGroup(own),
    abandon: () => {
      for (const folder of own) killMembers(folder)
      for (const folder of own) removeFolder(folder)
    },
  }
}

/** A server that was killed could not take its groups away: its runners are ended, and they go. */
function removeLeftOver(parent: string): void {
  for (const name of subfolders(parent)) {
    const server = parseServerFolder(name)
    if (server === undefined || isRunning(server)) continue
    const folder = join(parent, name)
    killMembers(folder)
    if (!removeFolder(folder)) void removeGroup([folder])
  }
}
