import { Fault } from '../kernel/fault.ts'
import type { RunReport, RunRequest, Sandbox } from './boundary.ts'
import { checkDeliveries, checkDeterminism, freshDeterminism } from './determinism.ts'
import { openJails } from './jail/open-jails.ts'
import type { JailSettings } from './jail/open-jails.ts'
import { proveLevel } from './jail/prove-level.ts'
import type { LaunchRunner } from './launch.ts'
import { kindFor, launchOrders } from './runner-kinds.ts'
import { runInRunner } from './run-in-runner.ts'
import { RunnerPool } from './runner-pool.ts'
import type { PoolSettings } from './runner-pool.ts'

export interface SandboxOptions extends Partial<Omit<PoolSettings, 'poolSize'>> {
  /** Blank runners kept ready, at least 1. */
  readonly poolSize: number
  /** The node that runs plugins; this one by default. */
  readonly nodePath?: string
  readonly log?: (line: string) => void
  /** For tests: how runners are started, instead of a level. */
  readonly launch?: LaunchRunner
  /** What is around the runners; the best that holds here by default. */
  readonly jail?: JailSettings
}

const defaults = { maxRunners: 24, runnersPerDomain: 4, idleMs: 60_000, healthEveryMs: 15_000 }
const noUsage = { wallMicros: 0, cpuMicros: 0, memoryBytes: 0, calls: 0, outputBytes: 0, logBytes: 0 }
/** `group.verb` or `verb`. Not `then`: an api that looks like a promise would be awaited. */
const methodName = /^(?!then$)[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)?$/
const reservedMethods = new Set(['log', 'sleep', 'budget'])

/**
 * Starts the runner processes that plugins run in.
 *
 * The level is what the probe proved on this machine, and then what the first runner's process is.
 *
 * @throws {Fault} `runner_unavailable` when none starts, with what it said; `sandbox_level_not_reached` when a level was
 *   demanded that does not hold here.
 * @see docs/adr/0008-sandbox-runner-process.md
 */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { nodePath = process.execPath, log = () => {}, jail = { level: 'auto' } } = options
  const startPool = async (launch: LaunchRunner) => {
    const settings = { ...defaults, ...options }
    const pool = new RunnerPool(settings, (kind) => launch({ nodePath, ...launchOrders[kind] }), log)
    try {
      return { pool, first: await pool.start() }
    } catch (error) {
      await pool.close()
      throw error
    }
  }
  const open = (
    pool: RunnerPool,
    facts: Pick<Sandbox, 'level' | 'mend' | 'canaries'>,
    close?: () => unknown,
  ) => ({
    ...facts,
    run: (request: RunRequest) => run(pool, request, log),
    stats: () => pool.stats(),
    close: async () => {
      await pool.close()
      await close?.()
    },
  })
  if (options.launch !== undefined) {
    const { pool, first } = await startPool(options.launch)
    return open(pool, { level: first.level, canaries: [] })
  }
  const jails = openJails(jail)
  let fault: unknown
  /** What stood in the way of the best form. */
  let obstacle: string | undefined
  for (const form of jails.forms) {
    const { proved, canaries, why } = await proveLevel(form, { settings: jail, jails, nodePath, log })
    if (!proved) {
      obstacle ??= why
      continue
    }
    try {
      const { pool, first } = await startPool(form.launch)
      const mend = jails.mendFor(first.level, obstacle)
      const facts = { level: first.level, canaries, ...(mend === undefined ? {} : { mend }) }
      return open(pool, facts, jails.close)
    } catch (error) {
      log(`sandbox level ${form.level}: ${String(error)}`)
      fault = error
      obstacle ??= String(error)
    }
  }
  await jails.close()
  if (fault instanceof Fault && jail.level !== 'full' && jail.level !== 'reduced') throw fault
  throw new Fault(
    'sandbox_level_not_reached',
    `The sandbox does not reach the level ${jail.level}, which SWITCHBOARD_SANDBOX demands. To mend it: ${jails.mendFor('development', obstacle) ?? 'see the log'}.`,
    { retryable: false, cause: fault },
  )
}

async function run(pool: RunnerPool, request: RunRequest, log: (line: string) => void): Promise<RunReport> {
  for (const method of request.methods) {
    if (!methodName.test(method) || reservedMethods.has(method.split('.')[0] ?? ''))
      throw new RangeError(`not a method name: ${method}`)
  }
  if (request.determinism !== undefined) checkDeterminism(request.determinism)
  if (request.replay !== undefined) checkDeliveries(request.replay.deliveries)
  const runner = request.signal.aborted
    ? undefined
    : await pool.take(request.trustDomain, kindFor(request), request.signal)
  if (runner !== undefined) return runInRunner(runner, request, log)
  const determinism = request.determinism ?? freshDeterminism()
  return { usage: noUsage, determinism, deliveries: [], end: 'cancelled' }
}
