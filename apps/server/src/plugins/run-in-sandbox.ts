import { allow, deny, gateDenials } from '@switchboard/api'
import type { Denial, Outcome } from '@switchboard/api'
import type { Context, Performed, Via } from '../kernel/handler.ts'
import { codeOf, mayCompile, trustDomainOf } from './code-of.ts'
import { createLogMask } from './log-mask.ts'
import { operationBehind, pluginMethods } from '../sandbox/capabilities/index.ts'
import type { PluginCall } from '../sandbox/index.ts'
import { leaseOf, mostMicros, runBudgets } from './run-budgets.ts'
import type { Begun, RunDeps, Span } from './run-deps.ts'
import type { Place } from './replay/index.ts'
import { endsTheRun } from './ends-the-run.ts'
import { settleRun } from './settle-run.ts'

export async function runInSandbox(deps: RunDeps, ctx: Context, begun: Begun) {
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
    marked: begun.marked,
  }
  const spans: Span[] = []
  const log = deps.logs.start(run, spans)
  const mask = createLogMask()
  const refused = new Map<number, Denial>()
  const { manifest, name, version, digest } = installed
  const recorder = await deps.recordings.recorder(ctx.actor.organisation, {
    run,
    package: name,
    version,
    digest,
    entry: manifest.entry,
    mayUseSecrets: installed.declared.some((scope) => scope.startsWith('secret:')),
    args: begun.args,
    methods: pluginMethods,
    budgets,
    place: { tlp: begun.marked.tlp, licences: [] },
  })
  const { organisation } = ctx.actor
  const active = await deps.active.start(run, { organisation, package: installed.name })
  async function performCall({ id, method, args }: PluginCall): Promise<{
    readonly outcome: Outcome<unknown>
    readonly place: Place
  }> {
    const behind = operationBehind(method)
    if (behind === undefined)
      return {
        outcome: deny(gateDenials, 'operation_unknown', { operation: method }),
        place: { licences: [] },
      }
    const startedAt = Date.now()
    const performed = await ctx.perform(behind.operation, args, { via, signal: active.signal })
    spans.push(spanOf(behind.operation, startedAt, performed))
    const { outcome, place = { licences: [] } } = performed
    if (!outcome.ok) {
      refused.set(id, outcome.denial)
      // A breach or a hold ends the run, whatever the plugin would do with the refusal.
      if (endsTheRun(outcome.denial)) active.stop(outcome.denial)
      return { outcome, place }
    }
    if (behind.unwrap === undefined) return { outcome, place }
    return { outcome: allow((outcome.value as Readonly<Record<string, unknown>>)[behind.unwrap]), place }
  }

  try {
    const verified = await deps.marketplace.load(ctx.read, ctx.actor.organisation, installed)
    const report = await deps.sandbox.run({
      trustDomain: trustDomainOf(ctx.actor.organisation, installed),
      code: codeOf(installed.manifest.entry, verified.files),
      jit: mayCompile(installed),
      args: begun.args,
      methods: pluginMethods,
      budgets,
      rows: { allowed: budgets.rows, used: () => spans.reduce((sum, span) => sum + span.rows, 0) },
      signal: AbortSignal.any([active.signal, ctx.signal]),
      onLog: (line) => log.add(line.stream, mask(line.stream, line.text), line.atMs),
      async onCall({ id, method, args }) {
        recorder?.called(id, method, args)
        const { outcome, place } = await performCall({ id, method, args }).catch((fault: unknown) => {
          recorder?.failed(id)
          throw fault
        })
        recorder?.answered(id, outcome, place)
        return outcome
      },
    })
    return await settleRun(deps, ctx, {
      begun,
      report,
      spans,
      log: log.lines,
      refused,
      breached: active.stopped(),
      recorder,
    })
  } finally {
    active.end()
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
