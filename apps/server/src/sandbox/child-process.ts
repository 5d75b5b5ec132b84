import { spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { RunnerProcess } from './launch.ts'

const errorTailChars = 4096
/** A runner says nothing, or why it ends; whoever writes more than this wants to keep the server busy with reading it. */
const mostErrorBytes = 1024 * 1024

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
  let errorBytes = 0
  child.stderr?.on('data', (chunk: Buffer) => {
    errorBytes += chunk.length
    if (errorBytes > mostErrorBytes) child.kill('SIGKILL')
    errorTail = (errorTail + chunk.toString('utf8')).slice(-errorTailChars)
  })
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`not started: ${error.message}`))
    child.once('exit', (code, signal) => {
      const how = code === null ? `signal ${signal}` : `exit code ${code}`
      const ended = errorBytes > mostErrorBytes ? `flooded its error stream (${how})` : how
      resolve(errorTail === '' ? ended : `${ended}: ${errorTail.trim()}`)
    })
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
