import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { ProcessUsage } from '../launch.ts'

/** How one version of cgroups says what we need: which file, and what in it. */
export interface CgroupDialect {
  /** Folders of one runner, below each hierarchy's parent: one for version 2, one per controller for version 1. */
  readonly parents: readonly string[]
  /** Written at making; a file that this kernel lacks is skipped when `optional`. */
  readonly settings: readonly { readonly file: string; readonly value: string; readonly optional?: true }[]
  readUsage(group: GroupFiles): ProcessUsage
  limitMemory(group: GroupFiles, bytes: number): void
  outOfMemory(group: GroupFiles): boolean
}

/** The files of one group, in whichever of its folders they are. */
export interface GroupFiles {
  read(file: string): string
  write(file: string, value: string): void
  has(file: string): boolean
}

/** The cgroup of one runner: limits and account of everything in it. */
export interface RunnerGroup {
  /** Open `cgroup.procs` files: who writes `0` to each of them is inside. To be closed once they were passed on. */
  readonly entries: readonly number[]
  readonly folders: readonly string[]
  /**
   * Takes in a process that only starts the runner: beside it, under none of its limits, and ended with it. Where the
   * kernel does not let it, it stays where it is.
   */
  adopt(pid: number): void
  /** Process ids in it now, as this machine counts them. */
  members(): readonly number[]
  readUsage(): ProcessUsage | undefined
  limitMemory(bytes: number): void
  outOfMemory(): boolean
  /** Ends everything inside, then takes the folders away once they are empty. */
  remove(): Promise<void>
}

/** Until a run says otherwise: a runner that starts needs about 80 MB. */
const startMemoryBytes = 512 * 1024 * 1024
const removeAttempts = 50
const removeEveryMs = 20

/** @throws when a folder or a limit cannot be made: a group without its limits is none */
export function makeRunnerGroup(dialect: CgroupDialect, name: string): RunnerGroup {
  const folders = dialect.parents.map((parent) => join(parent, name))
  const files = openFiles(folders)
  const starters = join(dialect.parents[0] ?? '', `${name}-start`)
  const entries: number[] = []
  try {
    for (const folder of folders) mkdirSync(folder)
    for (const { file, value, optional } of dialect.settings) {
      if (optional !== true || files.has(file)) files.write(file, value)
    }
    dialect.limitMemory(files, startMemoryBytes)
    for (const folder of folders) entries.push(openSync(join(folder, 'cgroup.procs'), constants.O_WRONLY))
  } catch (error) {
    for (const descriptor of entries) closeSync(descriptor)
    for (const folder of folders) removeFolder(folder)
    throw error
  }
  return {
    entries,
    folders,
    adopt: (pid) => {
      // What did not start has no number, and 0 would be this server.
      if (pid === 0) return
      try {
        mkdirSync(starters)
        writeFileSync(join(starters, 'cgroup.procs'), String(pid))
      } catch {
        // It has ended, or is another user's: then it must end by itself.
      }
    },
    members: () => membersOf(folders[0] ?? ''),
    readUsage: () => {
      try {
        return dialect.readUsage(files)
      } catch {
        // ENODEV or ENOENT: removed.
        return undefined
      }
    },
    limitMemory: (bytes) => dialect.limitMemory(files, bytes),
    outOfMemory: () => {
      try {
        return dialect.outOfMemory(files)
      } catch {
        return false
      }
    },
    remove: async () => {
      files.close()
      await removeGroup([...folders, starters])
    },
  }
}

/** Files that are read stay open: they are read every few milliseconds. */
function openFiles(folders: readonly string[]): GroupFiles & { close(): void } {
  const descriptors = new Map<string, number>()
  const buffer = Buffer.alloc(4096)
  const find = (file: string) => folders.map((folder) => join(folder, file)).find(existsSync)
  const path = (file: string) => {
    const found = find(file)
    if (found === undefined) throw new Error(`the cgroup has no ${file}`)
    return found
  }
  return {
    has: (file) => find(file) !== undefined,
    write: (file, value) => writeFileSync(path(file), value, { flag: 'r+' }),
    read: (file) => {
      let descriptor = descriptors.get(file)
      if (descriptor === undefined) {
        descriptor = openSync(path(file), 'r')
        descriptors.set(file, descriptor)
      }
      return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0))
    },
    close: () => {
      for (const descriptor of descriptors.values()) closeSync(descriptor)
      descriptors.clear()
    },
  }
}

export function membersOf(folder: string): readonly number[] {
  try {
    return readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Kills what is inside and removes the folders, those below them first. */
export async function removeGroup(folders: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < removeAttempts; attempt += 1) {
    for (const folder of folders) killMembers(folder)
    if (folders.map(removeFolder).every(Boolean)) return
    // A killed process leaves its group when the kernel has taken it down.
    await new Promise((resolve) => setTimeout(resolve, removeEveryMs))
  }
}

export function killMembers(folder: string): void {
  for (const below of subfolders(folder)) killMembers(join(folder, below))
  for (const pid of membersOf(folder)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone between the two lines.
    }
  }
}

/** True when it is gone. */
export function removeFolder(folder: string): boolean {
  for (const below of subfolders(folder)) removeFolder(join(folder, below))
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

export function subfolders(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    )
  } catch {
    return []
  }
}
