import { spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { RunnerProcess } from './launch.ts'

const errorTailChars = 4096

/** A process with an empty environment, the broker's socket on descriptor 3, and its errors kept for the log. */
export function startChild(
  file: string,
  args: readonly string[],
  descriptors: readonly number[] = [],
): Pick<RunnerProcess, 'pid' | 'channel' | 'exited' | 'kill'> {
  const child = spawn(file, args, {
    // The server's folder says where it is installed; the root says nothing.
    cwd: '/',
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...descriptors],
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
  return { pid: child.pid ?? 0, channel, exited, kill: () => void child.kill('SIGKILL') }
}

function unrefStream(stream: unknown): void {
  // Pipes of a child are sockets, which the types of `stdio` do not say.
  ;(stream as { unref?: () => void } | null)?.unref?.()
}

function describeExit(code: number | null, signal: string | null, errorTail: string): string {
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`
  return errorTail === '' ? how : `${how}: ${errorTail.trim()}`
}
