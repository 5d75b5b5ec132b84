import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Child {
  /** What `ready` matched. */
  readonly found: string
  /** From the start of the process to that line. */
  readonly readyMs: number
  stop(): Promise<void>
}

/** Starts a program of this repository with this Node and waits for the line it says when it is ready. */
export async function startChild(
  args: readonly string[],
  ready: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const began = performance.now()
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    const found = ready.exec(line)?.[1]
    if (found === undefined) continue
    const readyMs = performance.now() - began
    child.stdout.resume()
    return {
      found,
      readyMs,
      async stop() {
        child.kill('SIGTERM')
        await exited
      },
    }
  }
  throw new Error(`${args.join(' ')} ended before it was ready`)
}
