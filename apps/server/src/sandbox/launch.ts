import type { Duplex } from 'node:stream'
import type { SandboxLevel } from './boundary.ts'

/** What the kernel says a runner has used. */
export interface ProcessUsage {
  readonly cpuMicros: number
  readonly residentBytes: number
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
}

export interface LaunchOrder {
  readonly nodePath: string
  readonly nodeFlags: readonly string[]
  readonly runnerPath: string
}

/** Starts one runner. Must not throw: what does not start is a process that has exited. */
export type LaunchRunner = (order: LaunchOrder) => RunnerProcess
