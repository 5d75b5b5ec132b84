import { allow, deny, gateDenials } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import type { Context, Performed, Via } from '../kernel/handler.ts'
import { codeOf } from './code-of.ts'
import { maskLog } from './log-mask.ts'
import { operationBehind, pluginMethods } from '../sandbox/capabilities/index.ts'
import { leaseOf, mostMicros, runBudgets } from './run-budgets.ts'
import type { Begun, RunDeps, Span } from './run-deps.ts'
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
      trustDomain: trustDomainOf(ctx.actor.organisation, installed),
      code: codeOf(installed.manifest.entry, verified.files),
      args: begun.args,
      methods: pluginMethods,
      budgets,
      rows: { allowed: budgets.rows, used: () => spans.reduce((sum, span) => sum + span.rows, 0) },
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

/** Code that nobody here has reviewed shares a process with nothing, not even with what the same publisher signed. */
function trustDomainOf(organisation: string, { keyId, digest, reviewed }: Begun['installed']): string {
  return reviewed ? `${organisation}/${keyId}` : `${organisation}/${keyId}/${digest}`
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
