import { allow, deny, caseDenials, gateDenials, marketplaceDenials, pluginDenials } from '@switchboard/api'
import type { Denial, DenialsOf, OperationByName, OutputOf } from '@switchboard/api'
import type { Cases } from '../cases/index.ts'
import type { Finops } from '../finops/index.ts'
import type { Graph } from '../graph/index.ts'
import type { Tx } from '../kernel/db/index.ts'
import { handleExternal, operationOf } from '../kernel/handler.ts'
import type { Context, Performed, Registration, Via } from '../kernel/handler.ts'
import { newId } from '../kernel/ids.ts'
import { storableJson } from '../kernel/storable-json.ts'
import type { RunId } from '../kernel/ids.ts'
import type { Installed, Marketplace, PluginManifest } from '../marketplace/index.ts'
import type { RunReport, Sandbox } from '../sandbox/index.ts'
import { misfit } from './guest-schema.ts'
import type { LiveLogs } from './live-logs.ts'
import { maskLog } from './log-mask.ts'
import { operationBehind, pluginMethods } from './plugin-methods.ts'
import { readProposal } from './proposal.ts'
import type { Proposal } from './proposal.ts'
import { leaseOf, mostMicros, runBudgets } from './run-budgets.ts'
import type { RunCeilings } from './run-budgets.ts'
import { endByIntent, endRun, findRun, insertLog, insertRun, refuseQueued, startQueued } from './run-store.ts'
import type { RunState } from './run-store.ts'

type RunOperation = OperationByName<'plugin.run'>
type RunDenial = DenialsOf<RunOperation>
type Span = OutputOf<RunOperation>['spans'][number]

export interface RunDeps {
  readonly marketplace: Marketplace
  readonly cases: Cases
  readonly graph: Graph
  readonly finops: Pick<Finops, 'prices'>
  readonly sandbox: Sandbox
  readonly logs: LiveLogs
  readonly ceilings: RunCeilings
  /** Aborts by run, while it is under way here. */
  readonly active: Map<string, AbortController>
  readonly onRun: (run: { package: string; organisation: string; wallMs: number; rows: number; end: string }) => void
}

interface Begun {
  readonly run: RunId
  readonly installed: Installed & { readonly manifest: PluginManifest }
  readonly args: unknown
  readonly caseId: string | undefined
}

/** `plugin.run`: the intent is committed, the sandbox runs, every call it makes passes the gate, the outcome is committed. */
export function runPlugin(deps: RunDeps): Registration {
  return handleExternal<RunOperation, Begun>(operationOf('plugin.run'), {
    async resource(ctx, { id }) {
      const installed = await deps.marketplace.installed(ctx.read, ctx.actor.organisation, id)
      if (installed === undefined) return deny(marketplaceDenials, 'not_installed', { package: id })
      ctx.subject({ package: id, version: installed.version, digest: installed.digest })
      return allow({ type: 'Package', id, organisation: ctx.actor.organisation } as const)
    },
    async estimate(ctx, { id }) {
      const installed = await deps.marketplace.installed(ctx.read, ctx.actor.organisation, id)
      if (installed?.manifest.kind !== 'plugin') return 0n
      return mostMicros(runBudgets(installed.manifest.budgets, deps.ceilings), deps.finops.prices)
    },
    async begin(ctx, input) {
      const { organisation } = ctx.actor
      const installed = await deps.marketplace.installed(ctx.tx, organisation, input.id)
      if (installed === undefined) return deny(marketplaceDenials, 'not_installed', { package: input.id })
      const { manifest } = installed
      if (manifest.kind !== 'plugin') {
        return deny(marketplaceDenials, 'kind_mismatch', { package: input.id, kind: manifest.kind, wanted: 'plugin' })
      }
      const { args, caseId } = argumentsOf(input)
      if (caseId !== undefined) {
        const found = await deps.cases.find(ctx.tx, organisation, caseId)
        if (found === undefined) return deny(caseDenials, 'case_unknown', { case: caseId })
        ctx.subject({ case: caseId })
        ctx.place({ tlp: found.tlp })
      }
      const wrong = manifest.input === undefined ? undefined : misfit(manifest.input, args)
      if (wrong !== undefined) return deny(pluginDenials, 'plugin_input_invalid', { package: input.id, ...wrong })

      const run = (input.run ?? newId('run')) as RunId
      if (input.run !== undefined) {
        const { digest } = installed
        const start = { organisation, user: ctx.actor.user, run, digest, input: JSON.stringify(args), intent: ctx.receiptId, at: ctx.at }
        if (!(await startQueued(ctx.tx, start))) {
          const known = await findRun(ctx.tx, organisation, run)
          return deny(pluginDenials, 'run_not_active', { run, state: known?.state ?? 'unknown' })
        }
      } else {
        await insertRun(ctx.tx, {
          ...newRunRow({ run, organisation, installed, args, caseId, user: ctx.actor.user, name: ctx.actor.name, at: ctx.at }),
          state: 'running',
          intent: ctx.receiptId,
        })
      }
      ctx.subject({ run })
      return allow({ run, installed: { ...installed, manifest }, args, caseId })
    },
    run: (ctx, _input, begun) => runInSandbox(deps, ctx, begun),
    async refused(tx, { input, denial, organisation, user, at }) {
      if (input.run !== undefined) {
        await refuseQueued(tx, { organisation, user, run: input.run, package: input.id, denial: JSON.stringify(denial), at })
      }
    },
    recover: (tx, intent) => endByIntent(tx, intent.receiptId, 'unknown', intent.at),
  })
}

export function newRunRow(of: {
  run: string
  organisation: string
  installed: Installed
  args: unknown
  caseId: string | undefined
  user: string
  name: string
  at: number
}) {
  return {
    id: of.run,
    organisation: of.organisation,
    package: of.installed.name,
    version: of.installed.version,
    digest: of.installed.digest,
    canary: of.installed.canary,
    state: 'queued' as const,
    case_id: of.caseId ?? null,
    input: JSON.stringify(of.args),
    result: null,
    denial: null,
    requested_by: of.user,
    requested_by_name: of.name,
    started_at: of.at,
    ended_at: null,
    usage: null,
    spans: '[]',
    cost_micros: 0,
    level: 'none',
    intent: null,
    receipt: null,
  }
}

/** The plugin's own arguments, and the case that the run belongs to wherever it was named. */
export function argumentsOf(input: { input?: unknown; case?: string }): { args: unknown; caseId: string | undefined } {
  const given = input.input ?? {}
  const fields = typeof given === 'object' && given !== null && !Array.isArray(given) ? (given as Record<string, unknown>) : undefined
  const named = fields?.['case']
  const caseId = input.case ?? (typeof named === 'string' && /^case_[0-9a-f]{32}$/.test(named) ? named : undefined)
  const args = fields !== undefined && input.case !== undefined && named === undefined ? { ...fields, case: input.case } : given
  return { args, caseId }
}

async function runInSandbox(deps: RunDeps, ctx: Context, begun: Begun) {
  const { run, installed } = begun
  const budgets = runBudgets(installed.manifest.budgets, deps.ceilings)
  const lease = leaseOf(budgets, mostMicros(budgets, deps.finops.prices))
  const via: Via = {
    package: installed.name,
    version: installed.version,
    digest: installed.digest,
    run,
    ...(begun.caseId === undefined ? {} : { case: begun.caseId }),
    declared: installed.declared,
    lease,
  }
  // A cancellation may have come between the intent and here.
  const abort = deps.active.get(run) ?? new AbortController()
  deps.active.set(run, abort)
  const log = deps.logs.start(run)
  const spans: Span[] = []
  const refused = new Map<number, Denial>()
  let breached: Denial | undefined
  try {
    const verified = await deps.marketplace.load(ctx.read, ctx.actor.organisation, installed)
    const report = await deps.sandbox.run({
      trustDomain: `${ctx.actor.organisation}/${installed.keyId}`,
      code: { entry: installed.manifest.entry, files: sourcesOf(verified.files) },
      args: begun.args,
      methods: pluginMethods,
      budgets,
      signal: AbortSignal.any([abort.signal, ctx.signal]),
      onLog: (line) => log.add(line.stream, maskLog(line.text), line.atMs),
      async onCall({ id, method, args }) {
        const behind = operationBehind(method)
        if (behind === undefined) return deny(gateDenials, 'operation_unknown', { operation: method })
        const startedAt = Date.now()
        const performed = await ctx.perform(behind.operation, args, { via, signal: abort.signal })
        spans.push(spanOf(behind.operation, startedAt, performed))
        const { outcome } = performed
        if (!outcome.ok) {
          refused.set(id, outcome.denial)
          if (outcome.denial.code.startsWith('BudgetExceeded:')) {
            // A breach ends the run whatever the plugin would do with the refusal.
            breached ??= outcome.denial
            abort.abort()
          }
          return outcome
        }
        return behind.unwrap === undefined ? outcome : allow((outcome.value as { rows: unknown }).rows)
      },
    })
    return await settleRun(deps, ctx, { begun, report, spans, log: log.lines, refused, breached })
  } finally {
    deps.active.delete(run)
    // Only then are its lines in the store: who follows would find them nowhere in between.
    ctx.afterCommit(() => log.end())
  }
}

function spanOf(operation: string, startedAt: number, performed: Performed): Span {
  const { outcome } = performed
  return {
    receiptId: performed.receiptId ?? '',
    operation,
    startedAt,
    wallMicros: Math.round(performed.wallMicros),
    rows: performed.rows,
    costMicros: performed.costMicros.toString(),
    decision: outcome.ok ? 'allowed' : 'denied',
    ...(outcome.ok ? {} : { denial: { code: outcome.denial.code, message: outcome.denial.message } }),
  }
}

interface Ended {
  readonly begun: Begun
  readonly report: RunReport
  readonly spans: readonly Span[]
  readonly log: LiveLogs extends { start(run: string): { lines: infer L } } ? L : never
  readonly refused: ReadonlyMap<number, Denial>
  readonly breached: Denial | undefined
}

async function settleRun(deps: RunDeps, ctx: Context, ended: Ended) {
  const { begun, report, spans } = ended
  const { run, installed } = begun
  const { usage } = report
  const level = deps.sandbox.level === 'none' ? 'development' : deps.sandbox.level
  ctx.level(level)
  ctx.count({ cpuMicros: usage.cpuMicros })
  const own = deps.finops.prices.run + deps.finops.prices.cpuMs * BigInt(Math.ceil(usage.cpuMicros / 1000))
  ctx.charge(own)
  const costMicros = spans.reduce((sum, span) => sum + BigInt(span.costMicros), own)
  const rows = spans.reduce((sum, span) => sum + span.rows, 0)

  const end = await endOf(deps, ctx, ended)
  if (end.ok) ctx.count({ rows: end.value.proposal.entities.length })
  deps.onRun({
    package: installed.name,
    organisation: ctx.actor.organisation,
    wallMs: usage.wallMicros / 1000,
    rows,
    end: end.ok ? 'succeeded' : end.denial.code,
  })
  const usageView = {
    wallMicros: usage.wallMicros,
    cpuMicros: usage.cpuMicros,
    memoryBytes: usage.memoryBytes,
    calls: spans.length,
    rows,
    outputBytes: usage.outputBytes,
  }
  const outcome = end.ok
    ? allow({
        ok: true,
        runId: run,
        result: end.value.result,
        usage: usageView,
        costMicros: costMicros.toString(),
        level,
        spans: [...spans],
        proposal: end.value.counts,
      })
    : end
  return {
    outcome,
    async apply(tx: Tx) {
      const isThere = await endRun(tx, ctx.actor.organisation, run, {
        state: stateOf(end),
        result: end.ok ? JSON.stringify(end.value.result) : null,
        denial: end.ok ? null : JSON.stringify(end.denial),
        ended_at: ctx.at + Math.round(usage.wallMicros / 1000),
        usage: JSON.stringify(usageView),
        spans: JSON.stringify(spans),
        cost_micros: Number(costMicros),
        level,
        receipt: ctx.receiptId,
      })
      // What an uninstall has purged must not come back.
      if (isThere) await insertLog(tx, ended.log.map((line) => ({ organisation: ctx.actor.organisation, run, ...line })))
    },
  }
}

function stateOf(end: { ok: true } | { ok: false; denial: Denial }): RunState {
  if (end.ok) return 'succeeded'
  if (end.denial.code === 'run_cancelled') return 'cancelled'
  return end.denial.category === 'failed' ? 'failed' : 'denied'
}

type RunEnd =
  | { readonly ok: true; readonly value: { result: unknown; proposal: Proposal; counts: { create: number; update: number; same: number } } }
  | { readonly ok: false; readonly denial: RunDenial }

/** Reads the sandbox's report as the operation's outcome. */
async function endOf(deps: RunDeps, ctx: Context, ended: Ended): Promise<RunEnd> {
  const { report, begun, refused, breached } = ended
  const { run, installed } = begun
  const { name } = installed
  // The gate's budgets have the same codes as the operation declares.
  if (breached !== undefined) return { ok: false, denial: breached as RunDenial }
  switch (report.end) {
    case 'returned':
      return await readResult(deps, ctx, installed, report.value)
    case 'threw': {
      const denial = report.refusedCall === undefined ? undefined : refused.get(report.refusedCall)
      if (denial?.code === 'CapabilityDenied') return { ok: false, denial: denial as RunDenial }
      const error = `${report.error.name}: ${report.error.message}`.slice(0, 500)
      return deny(pluginDenials, 'plugin_threw', { package: name, error: maskLog(error), runId: run })
    }
    case 'exceeded': {
      const { used, allowed } = report
      if (report.budget === 'calls') return deny(gateDenials, 'BudgetExceeded:calls', { used, allowed })
      return deny(pluginDenials, `BudgetExceeded:${report.budget}`, { used, allowed })
    }
    case 'result_invalid':
      return deny(pluginDenials, 'result_invalid', { package: name, reason: report.reason, detail: resultRules[report.reason] })
    case 'cancelled':
      return deny(pluginDenials, 'run_cancelled', { runId: run })
    case 'crashed':
      return deny(pluginDenials, 'runner_lost', { runId: run, detail: report.detail.slice(0, 200) })
  }
}

const resultRules = {
  cyclic: 'a value contains itself',
  not_json: 'it holds something that is not JSON',
  too_large: 'it is larger than the output budget',
} as const

async function readResult(deps: RunDeps, ctx: Context, installed: Begun['installed'], result: unknown): Promise<RunEnd> {
  const { name, manifest } = installed
  const storable = storableJson(result)
  if ('rule' in storable) return deny(pluginDenials, 'result_invalid', { package: name, reason: 'not_json', detail: `it ${storable.rule}` })
  const wrong = manifest.output === undefined ? undefined : misfit(manifest.output, result)
  if (wrong !== undefined) {
    return deny(pluginDenials, 'result_invalid', { package: name, reason: 'schema', detail: `${wrong.field || '/'} ${wrong.rule}` })
  }
  const read = readProposal(result)
  if (!read.ok) return deny(pluginDenials, 'result_invalid', { package: name, reason: 'schema', detail: read.detail })
  const counts = { create: 0, update: 0, same: 0 }
  for (const change of await deps.graph.preview(ctx.read, ctx.actor.organisation, read.proposal.entities)) counts[change] += 1
  return { ok: true, value: { result, proposal: read.proposal, counts } }
}

const sourceEndings = ['.js', '.cjs', '.mjs', '.json']
const decoded = new WeakMap<ReadonlyMap<string, Uint8Array>, ReadonlyMap<string, string>>()

/** The package's code as text; the same map for the same package, so that a warm runner is not sent it again. */
function sourcesOf(files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, string> {
  let sources = decoded.get(files)
  if (sources === undefined) {
    sources = new Map(
      [...files]
        .filter(([path]) => sourceEndings.some((ending) => path.endsWith(ending)))
        .map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]),
    )
    decoded.set(files, sources)
  }
  return sources
}
