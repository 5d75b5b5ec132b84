import { Fault } from '../kernel/fault.ts'
import type { RunReport, RunRequest, Sandbox } from './boundary.ts'
import { checkDeliveries, checkDeterminism, freshDeterminism } from './determinism.ts'
import { openJails } from './jail/open-jails.ts'
import type { JailSettings } from './jail/open-jails.ts'
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
  /** `development` by default. */
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
 * @throws {Fault} `runner_unavailable` when none starts, with what it said.
 * @see docs/adr/0008-sandbox-runner-process.md
 */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { nodePath = process.execPath, log = () => {}, jail = { level: 'development' } } = options
  const jails =
    options.launch === undefined
      ? openJails(jail)
      : { forms: [{ launch: options.launch }], mendFor: () => undefined, close: async () => {} }
  let why: unknown
  for (const { launch } of jails.forms) {
    const pool = new RunnerPool(
      { ...defaults, ...options },
      (kind) => launch({ nodePath, ...launchOrders[kind] }),
      log,
    )
    try {
      const { level } = await pool.start()
      const mend = jails.mendFor(level)
      return {
        level,
        ...(mend === undefined ? {} : { mend }),
        run: (request) => run(pool, request, log),
        stats: () => pool.stats(),
        close: async () => {
          await pool.close()
          await jails.close()
        },
      }
    } catch (error) {
      why = error
      log(`a sandbox level is not reached: ${String(error)}`)
      await pool.close()
    }
  }
  await jails.close()
  if (why instanceof Fault && jail.level !== 'full' && jail.level !== 'reduced') throw why
  throw new Fault(
    'sandbox_level_not_reached',
    `The sandbox does not reach the level ${jail.level}, which SWITCHBOARD_SANDBOX demands. To mend it: ${jails.mendFor('development') ?? ''}.`,
    { retryable: false, cause: why },
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
