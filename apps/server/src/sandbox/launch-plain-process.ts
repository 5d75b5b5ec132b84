import { spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import type { Duplex } from 'node:stream'
import type { LaunchOrder, RunnerProcess } from './launch.ts'
import { openProcessUsage } from './process-usage.ts'

const errorTailChars = 4096

/**
 * A child process with an empty environment and no descriptor but the broker's socket (and its errors, for the log).
 * No system jail: see README for what that leaves open.
 */
export function launchPlainProcess(order: LaunchOrder): RunnerProcess {
  const child = spawn(order.nodePath, [...order.nodeFlags, order.runnerPath], {
    // The server's folder says where it is installed; the root says nothing.
    cwd: '/',
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // Its own session: Ctrl-C is for the server, which ends its runs in order.
    detached: true,
  })
  const channel = child.stdio[3] as Duplex // 'pipe' above makes it a socket
  let errorTail = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    errorTail = (errorTail + chunk.toString('utf8')).slice(-errorTailChars)
  })
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`not started: ${error.message}`))
    child.once('exit', (code, signal) => resolve(describeExit(code, signal, errorTail)))
  })
  // Pooled runners must not keep a program alive that is otherwise done.
  child.unref()
  unrefStream(channel)
  unrefStream(child.stderr)
  const pid = child.pid ?? 0
  const usage = pid === 0 ? undefined : openProcessUsage(pid)
  void exited.then(() => usage?.close())
  if (pid !== 0) lowerPriority(pid)
  return {
    level: 'development',
    pid,
    channel,
    exited,
    kill: () => void child.kill('SIGKILL'),
    readUsage: () => usage?.read(),
  }
}

/** The server decides and keeps the clock: it must get its turn before plugins that compute. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, 5)
  } catch {
    // Already gone, or not allowed here: fairness only, nothing depends on it.
  }
}

function unrefStream(stream: unknown): void {
  // Pipes of a child are sockets, which the types of `stdio` do not say.
  ;(stream as { unref?: () => void } | null)?.unref?.()
}

function describeExit(code: number | null, signal: string | null, errorTail: string): string {
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`
  return errorTail === '' ? how : `${how}: ${errorTail.trim()}`
}
