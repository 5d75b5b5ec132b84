import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CanaryResult } from '../canary-result.ts'
import { launchPlainProcess } from '../launch-plain-process.ts'
import type { LaunchOrder, LaunchRunner, RunnerProcess } from '../launch.ts'
import { ffiPackage } from './ffi.ts'
import { outlive } from './outlive.ts'
import type { RunnerStart } from './outlive.ts'

/** These two fail outside as well where the machine itself forbids them to everybody; the others always work there. */
const mayBeUnproven = new Set(['ptrace', 'mount'])

export interface ProbedForm {
  readonly launch: LaunchRunner
  /** How a process of its own, which can be killed, starts a runner of this form. */
  describeStart(order: LaunchOrder): RunnerStart
}

/** Whether each attempt succeeded. */
type Attempts = Readonly<Record<string, boolean>>

const attemptsPath = fileURLToPath(new URL('./canaries/attempts.js', import.meta.url))
const answerWithinMs = 20_000
/** A busy machine may take a while to end a process; who is ended does not make the probe wait, only who is not. */
const jailedSingsAfterMs = 3_000
const outsideSingsAfterMs = 50

/** Whether the results prove a level: nothing escaped, and nothing was left unproven that can be proved anywhere. */
export function proves(results: readonly CanaryResult[]): boolean {
  return results.every(
    ({ canary, verdict }) => verdict === 'held' || (verdict === 'unproven' && mayBeUnproven.has(canary)),
  )
}

/**
 * Things to be found: a file, a secret in an environment, a process, a listener. They live as long as the surroundings;
 * the controls are run once, in the same ones.
 */
export class ProbeSurroundings {
  readonly #folder = mkdtempSync(join(tmpdir(), 'switchboard-probe-'))
  readonly #secret = randomUUID()
  readonly #variable = `SWITCHBOARD_CANARY_${randomUUID().replaceAll('-', '')}`
  readonly #neighbour: ChildProcess
  readonly #listener = createServer((socket) => socket.on('error', () => {}).end(this.#secret))
  readonly #nodePath: string
  #controls: Promise<Attempts> | undefined
  #attempted = 0

  private constructor(nodePath: string) {
    this.#nodePath = nodePath
    // For everybody: a runner that became another user must be held by the jail and not by the mode of a file.
    chmodSync(this.#folder, 0o777)
    writeFileSync(join(this.#folder, 'secret'), this.#secret)
    this.#neighbour = spawn(nodePath, ['--eval', 'process.stdin.resume()'], {
      env: { [this.#variable]: this.#secret },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.#neighbour.on('error', () => {})
  }

  static async open(nodePath: string): Promise<ProbeSurroundings> {
    const surroundings = new ProbeSurroundings(nodePath)
    await new Promise<void>((resolve, reject) => {
      surroundings.#listener.once('error', reject).listen(0, '127.0.0.1', resolve)
    })
    return surroundings
  }

  async try(form: ProbedForm): Promise<readonly CanaryResult[]> {
    this.#controls ??= this.#attempt(outsideSingsAfterMs, {
      launch: launchPlainProcess,
      describeStart: ({ nodePath, nodeFlags, runnerPath }) => ({
        file: nodePath,
        args: [...nodeFlags, runnerPath],
        descriptors: [],
        end: async () => {},
      }),
    })
    const [jailed, control] = await Promise.all([this.#attempt(jailedSingsAfterMs, form), this.#controls])
    return Object.entries(control).map(([canary, succeeds]) => ({
      canary,
      verdict: jailed[canary] !== false ? 'escaped' : succeeds ? 'held' : 'unproven',
    }))
  }

  async close(): Promise<void> {
    this.#neighbour.kill('SIGKILL')
    await new Promise((resolve) => this.#listener.close(resolve))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #attempt(singAfterMs: number, { launch, describeStart }: ProbedForm): Promise<Attempts> {
    const ffi = ffiPackage()
    const order: LaunchOrder = {
      nodePath: this.#nodePath,
      nodeFlags: ['--no-warnings'],
      runnerPath: attemptsPath,
      packages: [ffi.package],
    }
    this.#attempted += 1
    const written = join(this.#folder, `written-${this.#attempted}`)
    const wish = {
      ffi,
      file: join(this.#folder, 'secret'),
      write: written,
      variable: this.#variable,
      pid: this.#neighbour.pid,
      port: (this.#listener.address() as AddressInfo).port,
      survive: false,
      singAfterMs,
    }
    const [answers, outlived] = await Promise.all([
      ask(launch(order), wish),
      outlive(describeStart(order), { ...wish, survive: true }, this.#nodePath),
    ])
    const succeeded: Record<string, boolean> = { 'outliving the host': outlived }
    for (const [name, answer] of Object.entries(answers))
      succeeded[name] = answer === true || answer === this.#secret
    // What counts is the file, whatever was said.
    succeeded['write'] = readQuietly(written) === 'written'
    return succeeded
  }
}

/** Starts a runner that makes the attempts, and gives what it said of each. */
async function ask(runner: RunnerProcess, wish: object): Promise<Record<string, unknown>> {
  const answer = new Promise<string>((resolve, reject) => {
    let text = ''
    runner.channel.on('error', reject)
    runner.channel.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      if (text.endsWith('\n')) resolve(text)
    })
    void runner.exited.then((how) => reject(new Error(how)))
  })
  const late = setTimeout(() => runner.kill(), answerWithinMs)
  try {
    runner.channel.write(`${JSON.stringify(wish)}\n`)
    const text = await answer
    const gap = runner.findGap?.()
    if (gap !== undefined) throw new Error(`not jailed: ${gap}`)
    return JSON.parse(text) as Record<string, unknown>
  } finally {
    clearTimeout(late)
    runner.kill()
  }
}

function readQuietly(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
