import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

const run = promisify(execFile)
const user = 'switchboard'

export interface RunningPostgres {
  /** For a `pg` client; the database in it is empty and thrown away at the end. */
  readonly url: string
  stop(): Promise<void>
}

/**
 * Starts a throw-away PostgreSQL cluster from the binaries of this system, on a free port of 127.0.0.1, with the
 * defaults of a real one (fsync on) but for `settings`. As root it runs as the system's `postgres` user, because PostgreSQL refuses root.
 * @returns `unavailable` with the reason, for `test(name, { skip: reason })`, when the system has no PostgreSQL.
 * @throws when it is there and does not start: that is a failure, not a reason to skip.
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningPostgres | { readonly unavailable: string }> {
  const binaries = findBinaries()
  if (!binaries)
    return { unavailable: 'PostgreSQL is not installed (no initdb on PATH or in /usr/lib/postgresql)' }
  const owner = await findOwner()
  if (owner === 'none')
    return { unavailable: 'PostgreSQL refuses root, and this system has no postgres user' }

  const folder = mkdtempSync(join(tmpdir(), 'switchboard-pg-'))
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  // setpriv is not needed: Node itself starts a child under another id, and the pid stays that of the server.
  const as = owner ? { uid: owner.uid, gid: owner.gid } : {}
  try {
    // `trust`: it listens on loopback only, lives for one test file and holds nothing.
    await run(
      join(binaries, 'initdb'),
      ['-D', data, '-U', user, '-A', 'trust', '-E', 'UTF8', '--no-locale'],
      {
        cwd: folder,
        ...as,
      },
    )
    const port = await freePort()
    const set = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, ...set]
    const server = spawn(join(binaries, 'postgres'), options, {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...as,
    })
    const stop = async () => {
      await end(server)
      rmSync(folder, { recursive: true, force: true })
    }
    // An ended test process must not leave a server behind.
    process.once('exit', () => server.kill('SIGQUIT'))
    await untilReady(server)
    return { url: `postgresql://${user}@127.0.0.1:${port}/postgres`, stop }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

function findBinaries(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = readdirIfThere(debian).sort((a, b) => Number(b) - Number(a))
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(debian, version, 'bin')),
  ]
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => isExecutable(join(folder, name))))
}

function readdirIfThere(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // not a Debian system
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The user to run as: undefined for ourselves, 'none' when we are root and there is nobody else. */
async function findOwner(): Promise<{ uid: number; gid: number } | 'none' | undefined> {
  if (process.getuid?.() !== 0) return undefined
  try {
    const ids = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
    )
    return { uid: ids[0] ?? 0, gid: ids[1] ?? 0 }
  } catch {
    return 'none'
  }
}

/** PostgreSQL says itself when it is ready, so nothing has to be polled. */
function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    server.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
      if (said.includes('database system is ready to accept connections')) resolve()
    })
    server.once('error', reject)
    server.once('exit', (code) =>
      reject(new Error(`PostgreSQL ended with exit code ${code} at its start:\n${said}`)),
    )
  })
}

/** Immediate shutdown: what it holds is thrown away, and writing it first took a minute when many tests had been there. */
function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    server.once('exit', () => resolve())
    server.kill('SIGQUIT')
  })
}
