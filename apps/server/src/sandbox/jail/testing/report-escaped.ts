import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { launchPlainProcess } from '../../launch-plain-process.ts'
import type { LaunchOrder, RunnerProcess } from '../../launch.ts'
import { ffiPackage } from '../ffi.ts'
import { openJails } from '../open-jails.ts'
import type { JailSettings } from '../open-jails.ts'

// A program of its own, so that a test can run it as another user, in a cgroup or where there are no namespaces. It
// waits for a line with its settings, makes the attempts in a plain process and in the jail, and prints both.

export interface Escaped {
  readonly results: Readonly<Record<string, string>>
  readonly works: Readonly<Record<string, string>>
  readonly exec: {
    readonly execveat: string
    readonly duplicate: string
    readonly exactly: string
    readonly highest: number
  }
}

export interface EscapedReport {
  readonly control: Escaped
  /** Undefined when this form of the jail does not start; `why` says why. */
  readonly jailed?: Escaped
  readonly why?: string
}

const runnerPath = fileURLToPath(new URL('./escaped/escaped.js', import.meta.url))

export interface ReportSettings {
  readonly level: 'full' | 'reduced'
  readonly jail: Omit<JailSettings, 'level'>
}

async function report({ level, jail }: ReportSettings): Promise<EscapedReport> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-escaped-'))
  chmodSync(folder, 0o777)
  const secret = join(folder, 'secret')
  writeFileSync(secret, 'secret')
  const unix = join(folder, 'socket')
  const places = [{ port: 0, host: '127.0.0.1' }, { path: unix }, { path: `\0${unix}` }]
  const listeners = places.map((place) => createServer((socket) => socket.end()).listen(place))
  const [tcp] = listeners
  const neighbour = spawn(process.execPath, ['--eval', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const jails = openJails({ level: 'auto', ...jail })
  try {
    await Promise.all(
      listeners.map((listener) => new Promise((resolve) => listener.once('listening', resolve))),
    )
    chmodSync(unix, 0o777)
    const ffi = ffiPackage()
    const order: LaunchOrder = {
      nodePath: process.execPath,
      nodeFlags: ['--no-warnings'],
      runnerPath,
      packages: [ffi.package],
    }
    assert.ok(tcp)
    const { port } = tcp.address() as AddressInfo
    const wish = { ffi, folder, secret, unix, pid: neighbour.pid, port }
    const control = await ask(launchPlainProcess(order), wish)
    const form = jails.forms.find((candidate) => candidate.level === level)
    if (form === undefined) return { control, why: jails.mendFor('reduced') ?? 'no such form' }
    try {
      return { control, jailed: await ask(form.launch(order), wish) }
    } catch (error) {
      return { control, why: String(error) }
    }
  } finally {
    neighbour.kill('SIGKILL')
    for (const listener of listeners) listener.close()
    await jails.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function ask(runner: RunnerProcess, wish: object): Promise<Escaped> {
  const hold = setTimeout(() => runner.kill(), 30_000)
  try {
    runner.channel.write(`${JSON.stringify(wish)}\n`)
    const text = await new Promise<string>((resolve, reject) => {
      let heard = ''
      runner.channel.on('error', reject)
      runner.channel.on('data', (chunk: Buffer) => {
        heard += chunk.toString('utf8')
        if (heard.endsWith('\n')) resolve(heard)
      })
      void runner.exited.then((how) => setTimeout(() => reject(new Error(how)), 100))
    })
    const gap = runner.findGap?.()
    if (gap !== undefined) throw new Error(gap)
    return JSON.parse(text) as Escaped
  } finally {
    clearTimeout(hold)
    runner.kill()
  }
}

if (import.meta.main) {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await report(JSON.parse(line) as ReportSettings))}\n`)
    break
  }
  process.exit(0)
}
