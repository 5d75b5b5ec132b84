import { allow, deny, pluginDenials } from '@switchboard/api'
import type { Denial, Outcome } from '@switchboard/api'
import { argumentsOf, judgeReport, maskLog, misfit } from '../../../../server/src/plugins/index.ts'
import { operationBehind, pluginMethods } from '../../../../server/src/sandbox/capabilities/index.ts'
import type { LogLine, RunReport, Sandbox } from '../../../../server/src/sandbox/index.ts'
import type { LocalPlugin } from './load-plugin.ts'
import { createLocalGate } from './local-gate.ts'
import type { World } from './world.ts'

export interface LocalCall {
  readonly method: string
  readonly args: unknown
  readonly decision: 'allowed' | 'denied'
  readonly rows: number
  readonly wallMicros: number
  readonly denial?: { readonly code: string; readonly message: string; readonly change: string }
}

export interface BudgetUse {
  readonly budget: string
  readonly used: number
  readonly allowed: number
  readonly unit: string
}

export interface LocalRun {
  readonly outcome: Outcome<{
    readonly result: unknown
    readonly entities: number
    readonly relations: number
  }>
  readonly calls: readonly LocalCall[]
  readonly log: readonly LogLine[]
  readonly budgets: readonly BudgetUse[]
  readonly warnings: readonly string[]
  readonly level: string
  /** What would raise the level on this machine. */
  readonly mend?: string
}

export interface LocalOrder {
  readonly input?: unknown
  readonly caseId?: string
  readonly granted: ReadonlySet<string>
  readonly world: World
  readonly budgets?: Partial<LocalPlugin['budgets']>
  /** A fixed one makes runs repeat: every answer then moves the clock by a millisecond. */
  readonly determinism?: { readonly seed: string; readonly startMs: number }
  readonly signal?: AbortSignal
  readonly onLog?: (line: LogLine) => void
  readonly onCall?: (call: LocalCall) => void
}

// A warning from here on: the next input may be larger.
const nearly = 0.8

/** One run on this machine: the server's engine, budgets and judgement of the result, over a world of the author's. */
export async function runLocally(
  plugin: LocalPlugin,
  sandbox: Sandbox,
  order: LocalOrder,
): Promise<LocalRun> {
  const { manifest } = plugin
  const { args } = argumentsOf({
    input: order.input ?? {},
    ...(order.caseId === undefined ? {} : { case: order.caseId }),
  })
  const caseId = order.caseId ?? caseIn(args)
  const misfitting = manifest.input === undefined ? undefined : misfit(manifest.input, args)
  if (misfitting !== undefined) {
    const outcome = deny(pluginDenials, 'plugin_input_invalid', { package: manifest.name, ...misfitting })
    return { outcome, calls: [], log: [], budgets: [], warnings: [], ...reached(sandbox) }
  }
  const budgets = { ...plugin.budgets, ...order.budgets }
  const gate = createLocalGate({
    package: manifest.name,
    declared: plugin.declared,
    granted: order.granted,
    ...(caseId === undefined ? {} : { caseId }),
    rowsAllowed: budgets.rows,
    world: order.world,
  })
  const breach = new AbortController()
  const calls: LocalCall[] = []
  const log: LogLine[] = []
  const refused = new Map<number, Denial>()
  let breached: Denial | undefined
  const { determinism } = order

  const report = await sandbox.run({
    trustDomain: 'local',
    code: plugin.code,
    args,
    methods: pluginMethods,
    budgets,
    rows: { allowed: budgets.rows, used: () => gate.rowsUsed() },
    signal: order.signal === undefined ? breach.signal : AbortSignal.any([breach.signal, order.signal]),
    ...(determinism === undefined
      ? {}
      : { determinism, answeredAtMs: (id: number) => determinism.startMs + id }),
    onLog(line) {
      const masked = { ...line, text: maskLog(line.text) }
      log.push(masked)
      order.onLog?.(masked)
    },
    async onCall({ id, method, args: input }) {
      const startedAt = performance.now()
      const { outcome, rows } = await gate.perform(method, input)
      const call: LocalCall = {
        method,
        args: input,
        decision: outcome.ok ? 'allowed' : 'denied',
        rows,
        wallMicros: Math.round((performance.now() - startedAt) * 1000),
        ...(outcome.ok
          ? {}
          : {
              denial: {
                code: outcome.denial.code,
                message: outcome.denial.message,
                change: outcome.denial.change,
              },
            }),
      }
      calls.push(call)
      order.onCall?.(call)
      if (outcome.ok) {
        return operationBehind(method)?.unwrap === undefined
          ? outcome
          : allow((outcome.value as { rows: unknown }).rows)
      }
      refused.set(id, outcome.denial)
      if (outcome.denial.code.startsWith('BudgetExceeded:')) {
        // As on the server: a breach ends the run whatever the plugin would do with the refusal.
        breached ??= outcome.denial
        breach.abort()
      }
      return outcome
    },
  })
  const judged = judgeReport({
    run: 'local',
    package: { name: manifest.name, manifest },
    report,
    refused,
    breached,
  })
  const uses = usesOf(report, budgets, gate.rowsUsed())
  return {
    outcome: judged.ok
      ? allow({
          result: judged.value.result,
          entities: judged.value.proposal.entities.length,
          relations: judged.value.proposal.relations.length,
        })
      : { ok: false, denial: forAuthor(judged.denial) },
    calls,
    log,
    budgets: uses,
    warnings: uses
      .filter(({ used, allowed }) => allowed > 0 && used >= allowed * nearly)
      .map(
        ({ budget, used, allowed, unit }) =>
          `${budget}: ${used} of ${allowed} ${unit} used, ${Math.round((used / allowed) * 100)} %`,
      ),
    ...reached(sandbox),
  }
}

/** On a server a run that threw is looked up; here its log is at hand, and so is whoever can mend it. */
function forAuthor(denial: Denial): Denial {
  return denial.code === 'plugin_threw'
    ? { ...denial, change: 'Change the code or the input; what it logged before is above.' }
    : denial
}

function reached({ level, mend }: Sandbox): Pick<LocalRun, 'level' | 'mend'> {
  return mend === undefined ? { level } : { level, mend }
}

function caseIn(args: unknown): string | undefined {
  return argumentsOf({ input: args }).caseId
}

function usesOf({ usage }: RunReport, budgets: LocalPlugin['budgets'], rows: number): readonly BudgetUse[] {
  return [
    { budget: 'time', used: Math.ceil(usage.wallMicros / 1000), allowed: budgets.wallMs, unit: 'ms' },
    { budget: 'cpu', used: Math.ceil(usage.cpuMicros / 1000), allowed: budgets.cpuMs, unit: 'ms' },
    {
      budget: 'memory',
      used: Math.ceil(usage.memoryBytes / 1024 / 1024),
      allowed: budgets.memoryMB,
      unit: 'MB',
    },
    { budget: 'rows', used: rows, allowed: budgets.rows, unit: 'rows' },
    { budget: 'calls', used: usage.calls, allowed: budgets.calls, unit: 'calls' },
    { budget: 'output', used: usage.outputBytes, allowed: budgets.outputBytes, unit: 'bytes' },
    { budget: 'log', used: usage.logBytes, allowed: budgets.logBytes, unit: 'bytes' },
  ]
}
