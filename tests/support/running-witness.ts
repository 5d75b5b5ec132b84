import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { outputOf } from './output-of.ts'
import { within } from './running-server.ts'

const cli = fileURLToPath(new URL('../../apps/cli/bin/switchboard.mjs', import.meta.url))

export interface RunningWitness extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** Standard output so far: what it cosigned, refused and why. */
  said(): string
  /** Resolves when the output holds it. */
  says(pattern: RegExp): Promise<void>
  /** Ends it as an operator does; answers the exit code. */
  stop(): Promise<number | null>
  /** Ends it as a power cut does. */
  kill(): Promise<void>
}

/** Starts `switchboard witness serve` as a process of its own; rejects with what it said when it does not get to serve. */
export async function startWitness(
  state: string,
  logKeys: readonly string[],
  options: { readonly listen?: string; readonly args?: readonly string[] } = {},
): Promise<RunningWitness> {
  const { listen = '127.0.0.1:0', args = [] } = options
  const keys = logKeys.flatMap((key) => ['--log', key])
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      cli,
      'witness',
      'serve',
      '--state',
      state,
      '--listen',
      listen,
      ...keys,
      ...args,
    ],
    { env: { PATH: process.env['PATH'] ?? '' }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  // A test process that ends early must not leave a witness behind.
  const killOnExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killOnExit)
  const output = outputOf(child)
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    const code = await within(ended, 30, 'The witness did not end')
    process.off('exit', killOnExit)
    return code
  }
  try {
    return {
      url: (await output.says('stdout', /serving at (http:\/\/\S+)/, 30))[1] as string,
      pid: child.pid ?? 0,
      said: () => output.text('stdout'),
      says: async (pattern) => void (await output.says('stdout', pattern, 30)),
      stop: () => end('SIGTERM'),
      kill: async () => void (await end('SIGKILL')),
      [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
    }
  } catch (error) {
    await end('SIGKILL')
    throw error
  }
}
