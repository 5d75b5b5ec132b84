import type { Duplex } from 'node:stream'
import type { SandboxLevel } from './boundary.ts'

/** What the kernel says a runner has used. */
export interface ProcessUsage {
  readonly cpuMicros: number
  /** Memory now: resident pages of the process, or everything charged to its cgroup, off-heap and kernel memory too. */
  readonly residentBytes: number
  /** The most since `limitMemory`, where the kernel keeps it: bursts between two looks are in it. */
  readonly peakBytes?: number
}

/**
 * A runner that was started, and everything the engine needs of it. A system jail is another function that makes one
 * of these: its `pid` and `readUsage` may be those of a cgroup, and `kill` must end everything inside.
 */
export interface RunnerProcess {
  readonly level: Exclude<SandboxLevel, 'none'>
  readonly pid: number
  /** Descriptor 3 of the runner. */
  readonly channel: Duplex
  /** Resolves when the process is gone, with how it went. Never rejects. */
  readonly exited: Promise<string>
  /** At once, without asking. */
  kill(): void
  /** Undefined where the kernel does not tell, or the process is gone. Cheap: called every few milliseconds. */
  readUsage(): ProcessUsage | undefined
  /**
   * The most that the whole runner may hold from now on, as `residentBytes` counts it. In a cgroup the kernel keeps
   * it; without one a watchdog looks every 10 ms and kills. Absent: nothing keeps it but whoever reads the usage.
   */
  limitMemory?(bytes: number): void
  /** Whether it ended because of that limit. Meaningful once `exited` has resolved. */
  outOfMemory?(): boolean
  /**
   * Reads from the kernel whether the runner, once it has spoken, is held by what its level promises; what is missing,
   * or undefined. A runner that is not must be killed before it is given anything.
   */
  findGap?(): string | undefined
}

/** What to run. It also says what the jail shows: node with its libraries, these folders, and nothing else. */
export interface LaunchOrder {
  readonly nodePath: string
  readonly nodeFlags: readonly string[]
  /** A JavaScript file. Its folder is readable as a whole and must hold a package.json. */
  readonly runnerPath: string
  /** npm packages that the runner loads, and those that they load, by name. */
  readonly packages: readonly string[]
}

/** Starts one runner. Must not throw: what does not start is a process that has exited. */
export type LaunchRunner = (order: LaunchOrder) => RunnerProcess
