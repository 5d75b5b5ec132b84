import { setPriority } from 'node:os'
import { startChild } from './child-process.ts'
import type { LaunchOrder, RunnerProcess } from './launch.ts'
import { openProcessUsage } from './process-usage.ts'

/**
 * A child process with an empty environment and no descriptor but the broker's socket (and its errors, for the log).
 * No system jail: see README for what that leaves open.
 */
export function launchPlainProcess(order: LaunchOrder): RunnerProcess {
  const child = startChild(order.nodePath, [...order.nodeFlags, order.runnerPath])
  const { pid } = child
  const usage = pid === 0 ? undefined : openProcessUsage(pid)
  void child.exited.then(() => usage?.close())
  if (pid !== 0) lowerPriority(pid)
  return { ...child, level: 'development', readUsage: () => usage?.read() }
}

/** The server decides and keeps the clock: it must get its turn before plugins that compute. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, 5)
  } catch {
    // Already gone, or not allowed here: fairness only, nothing depends on it.
  }
}
