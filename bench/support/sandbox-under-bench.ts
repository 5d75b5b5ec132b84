import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createSandbox } from '../../apps/server/src/sandbox/index.ts'
import type { RunBudgets, RunReport } from '../../apps/server/src/sandbox/index.ts'

/** A plugin that makes one brokered call and answers with what it found. */
export const oneCall = `exports.run = async function (args, api) {
  const found = await api.graph.search({ q: args.q, limit: 10 })
  return { ok: true, results: found.map(({ id, type, name }) => ({ id, type, name })) }
}`
const found = Array.from({ length: 10 }, (_, i) => ({
  id: `ent_${i}`,
  type: 'organisation',
  name: `Acme ${i}`,
}))
const budgets: RunBudgets = {
  wallMs: 10_000,
  cpuMs: 10_000,
  memoryMB: 64,
  calls: 10_000,
  outputBytes: 1024 * 1024,
  logBytes: 64 * 1024,
}

export type SandboxUnderBench = Awaited<ReturnType<typeof openSandboxUnderBench>>

/** The sandbox at the best level of this machine, with a broker that answers at once. */
export async function openSandboxUnderBench() {
  const sandbox = await createSandbox({ poolSize: 2, jail: { level: 'auto' } })
  const sources = new Map<string, ReadonlyMap<string, string>>()

  function run(code: string, trustDomain: string, limits: Partial<RunBudgets> = {}): Promise<RunReport> {
    // The same map for the same code: a warm runner is not sent it again.
    let files = sources.get(code)
    if (files === undefined) sources.set(code, (files = new Map([['index.js', code]])))
    return sandbox.run({
      trustDomain,
      code: { entry: 'index.js', files },
      args: { q: 'acme 7' },
      methods: ['graph.search'],
      budgets: { ...budgets, ...limits },
      onCall: async () => ({ ok: true, value: found }),
      onLog: () => {},
      signal: new AbortController().signal,
    })
  }
  return {
    level: sandbox.level,
    run,
    async succeed(code: string, trustDomain: string): Promise<RunReport> {
      const report = await run(code, trustDomain)
      if (report.end !== 'returned')
        throw new Error(`a run of the bench did not return: ${JSON.stringify(report)}`)
      return report
    },
    /** Waits until a runner is ready that belongs to nobody yet. */
    async blank(): Promise<void> {
      while (sandbox.stats().blank === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      // Ready, and not merely on its way.
      await new Promise((resolve) => setTimeout(resolve, 300))
    },
    close: () => sandbox.close(),
  }
}

export interface BareTimes {
  readonly warmP50: number
  readonly warmP95: number
  readonly perSecond: number
  readonly fresh: readonly number[]
  readonly stop: readonly number[]
}

/** Bare isolated-vm in a process of its own, measured now. */
export async function bareTimes(runs: number): Promise<BareTimes> {
  const program = fileURLToPath(new URL('./bare-times.ts', import.meta.url))
  const args = ['--no-node-snapshot', '--disable-warning=ExperimentalWarning', program, String(runs)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as BareTimes
}

/** From SIGKILL to the exit of a bare node that computes, ms. */
export async function killBareProcess(): Promise<number> {
  const child = spawn(
    process.execPath,
    ['-e', 'console.log(1); let b = 1n; for (;;) b = b * 3n % (1n << 4000n)'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  await once(child.stdout, 'data')
  const exited = once(child, 'exit')
  const began = performance.now()
  child.kill('SIGKILL')
  await exited
  return performance.now() - began
}
