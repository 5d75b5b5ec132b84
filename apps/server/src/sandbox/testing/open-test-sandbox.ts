import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Outcome } from '@switchboard/api'
import type { LogLine, PluginCall, RunBudgets, RunReport, RunRequest, Sandbox } from '../boundary.ts'
import { createSandbox } from '../create-sandbox.ts'
import type { SandboxOptions } from '../create-sandbox.ts'
import type { JailSettings } from '../jail/open-jails.ts'

const repository = fileURLToPath(new URL('../../../../../', import.meta.url))

export interface TestRun {
  readonly trustDomain?: string
  readonly entry?: string
  readonly args?: unknown
  readonly methods?: readonly string[]
  readonly budgets?: Partial<RunBudgets>
  readonly signal?: AbortSignal
  readonly determinism?: RunRequest['determinism']
  readonly replay?: RunRequest['replay']
  readonly rows?: RunRequest['rows']
  readonly jit?: boolean
  onCall?(call: PluginCall): Promise<Outcome<unknown>>
  onLog?(line: LogLine): void
}

/** The clock is the last to end a run: on a busy machine any other budget takes its time to be used up. */
const generous: RunBudgets = {
  wallMs: 60_000,
  cpuMs: 10_000,
  memoryMB: 64,
  calls: 1000,
  outputBytes: 1024 * 1024,
  logBytes: 64 * 1024,
}

/** The level reached here, whatever it is; the probe's verdict is shared by test processes, which would all find the same. */
export const testJail: JailSettings = {
  level: 'auto',
  cacheFile: join(cacheFolder(), 'sandbox-probe.json'),
}

/** For tests: a real sandbox, and a run of one source text or of several files with everything else filled in. */
export async function openTestSandbox(options: Partial<SandboxOptions> = {}) {
  const sandbox: Sandbox = await createSandbox({ poolSize: 1, jail: testJail, ...options })
  return {
    sandbox,
    /** A source text, files by path (as a map: the same package again), or a WebAssembly module. */
    run: (
      code: string | Record<string, string> | ReadonlyMap<string, string> | Uint8Array,
      run: TestRun = {},
    ): Promise<RunReport> =>
      sandbox.run({
        trustDomain: run.trustDomain ?? 'acme/one',
        code:
          code instanceof Uint8Array
            ? { engine: 'wasm', module: code }
            : {
                entry: run.entry ?? 'index.js',
                files: filesOf(code),
              },
        args: run.args ?? { q: 'acme' },
        methods: run.methods ?? ['graph.search'],
        budgets: { ...generous, ...run.budgets },
        onCall: run.onCall ?? (async (call) => ({ ok: true, value: [{ id: 'n1', asked: call.args }] })),
        onLog: run.onLog ?? (() => {}),
        signal: run.signal ?? new AbortController().signal,
        ...(run.determinism === undefined ? {} : { determinism: run.determinism }),
        ...(run.jit === undefined ? {} : { jit: run.jit }),
        ...(run.rows === undefined ? {} : { rows: run.rows }),
        ...(run.replay === undefined ? {} : { replay: run.replay }),
      }),
    [Symbol.asyncDispose]: () => sandbox.close(),
  }
}

function filesOf(code: string | Record<string, string> | ReadonlyMap<string, string>) {
  if (typeof code === 'string') return new Map([['index.js', code]])
  return code instanceof Map ? code : new Map(Object.entries(code as Record<string, string>))
}

/** What `run` returned; anything else is the test's failure, told in full. */
export function returned(report: RunReport): unknown {
  if (report.end !== 'returned') throw new Error(`did not return: ${JSON.stringify(report)}`)
  return report.value
}

/** A refusal as the gate gives it. */
export function refuse(code: string): Outcome<unknown> {
  return {
    ok: false,
    denial: {
      code,
      category: 'forbidden',
      params: { scope: 'read:graph' },
      message: 'Not granted.',
      change: 'Grant read:graph.',
    },
  }
}

function cacheFolder(): string {
  const folder = join(repository, 'node_modules', '.cache')
  mkdirSync(folder, { recursive: true })
  return folder
}
