import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { within } from './running-server.ts'

const cli = fileURLToPath(new URL('../../apps/cli/bin/switchboard.mjs', import.meta.url))

export interface RunningWitness extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** What it said so far, of both streams. */
  said(): string
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
  let said = ''
  const served = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const url = /serving at (http:\/\/\S+)/.exec(said)?.[1]
      if (url !== undefined) served.resolve(url)
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  void ended.then((code) => served.reject(new Error(`The witness ended with ${code}:\n${said}`)))

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    const code = await within(ended, 30, 'The witness did not end')
    process.off('exit', killOnExit)
    return code
  }
  try {
    return {
      url: await within(served.promise, 30, 'The witness did not serve'),
      pid: child.pid ?? 0,
      said: () => said,
      stop: () => end('SIGTERM'),
      kill: async () => void (await end('SIGKILL')),
      [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
    }
  } catch (error) {
    await end('SIGKILL')
    throw error
  }
}
