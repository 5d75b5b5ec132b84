import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { outputOf } from './output-of.ts'

const main = fileURLToPath(new URL('../../apps/server/src/main.ts', import.meta.url))

export interface ServerOptions {
  /** A folder that an earlier server left; otherwise a new one, removed at the end. */
  readonly folder?: string
  /** Settings, such as `SWITCHBOARD_DATABASE`. */
  readonly env?: Readonly<Record<string, string>>
  /** How long the start may take, first journey included. */
  readonly startSeconds?: number
}

export interface RunningServer extends AsyncDisposable {
  readonly folder: string
  readonly pid: number
  /** Resolves with the address once everything that a start does is done. */
  readonly ready: Promise<string>
  /** Standard output so far. */
  said(): string
  /** Standard error so far: the server's own log. */
  logged(): string
  /** Resolves when the output holds it. */
  says(pattern: RegExp): Promise<void>
  /** Resolves when the log holds it. */
  logs(pattern: RegExp): Promise<void>
  /** Ends it as an operator does; answers the exit code. */
  stop(): Promise<number | null>
  /** Ends it as a power cut does. */
  kill(): Promise<void>
}

/** Folder for one test; removed with everything in it. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'switchboard-journey-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Starts the product as `npm start` does, on a free port and without a demonstration unless `env` wants one. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const server = await launchServer(options)
  try {
    await server.ready
    return server
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

/** The same, without waiting until it is ready. */
export async function launchServer(options: ServerOptions = {}): Promise<RunningServer> {
  const own = options.folder === undefined ? await temporaryFolder() : undefined
  const folder = options.folder ?? (own as { path: string }).path
  const child = spawn(
    process.execPath,
    ['--no-node-snapshot', '--disable-warning=ExperimentalWarning', main],
    {
      cwd: folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        SWITCHBOARD_DATA: folder,
        SWITCHBOARD_PORT: '0',
        SWITCHBOARD_DEMO: 'false',
        SWITCHBOARD_RUNNERS: '2',
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  // A test process that ends early must not leave a server behind.
  const killOnExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killOnExit)
  const output = outputOf(child)
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  const seconds = options.startSeconds ?? 60
  const ready = output.says('stdout', /Ready at (http:\/\/\S+)/, seconds).then((match) => match[1] as string)
  // Whoever kills it before it is ready has no use for the address.
  ready.catch(() => undefined)

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    const code = await within(ended, 30, 'The server did not end')
    process.off('exit', killOnExit)
    return code
  }
  return {
    folder,
    pid: child.pid ?? 0,
    ready,
    said: () => output.text('stdout'),
    logged: () => output.text('stderr'),
    says: async (pattern) => void (await output.says('stdout', pattern, seconds)),
    logs: async (pattern) => void (await output.says('stderr', pattern, seconds)),
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL')
      await own?.[Symbol.asyncDispose]()
    },
  }
}

/** The token of the owner, which the server writes for the command on this machine. */
export async function ownerToken(folder: string): Promise<string> {
  return (JSON.parse(await readFile(join(folder, 'cli.json'), 'utf8')) as { token: string }).token
}

/** Rejects when `work` takes longer. */
export async function within<T>(work: Promise<T>, seconds: number, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise} within ${seconds} s.`)), seconds * 1000)
  })
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
