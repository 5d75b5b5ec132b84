import { allow, deny, gateDenials, pluginDenials } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import type { Tx } from '../kernel/db/index.ts'
import type { Context } from '../kernel/handler.ts'
import { storableJson } from '../kernel/storable-json.ts'
import type { RunReport } from '../sandbox/index.ts'
import { misfit } from './guest-schema.ts'
import type { LiveLogs } from './live-logs.ts'
import { maskLog } from './log-mask.ts'
import { readProposal } from './proposal.ts'
import type { Proposal } from './proposal.ts'
import type { Begun, RunDenial, RunDeps, Span } from './run-deps.ts'
import { endRun, insertLog } from './run-store.ts'
import type { RunState } from './run-store.ts'

interface Ended {
  readonly begun: Begun
  readonly report: RunReport
  readonly spans: readonly Span[]
  readonly log: LiveLogs extends { start(run: string): { lines: infer L } } ? L : never
  readonly refused: ReadonlyMap<number, Denial>
  readonly breached: Denial | undefined
}

export async function settleRun(deps: RunDeps, ctx: Context, ended: Ended) {
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
      if (isThere)
        await insertLog(
          tx,
          ended.log.map((line) => ({ organisation: ctx.actor.organisation, run, ...line })),
        )
    },
  }
}

function stateOf(end: { ok: true } | { ok: false; denial: Denial }): RunState {
  if (end.ok) return 'succeeded'
  if (end.denial.code === 'run_cancelled') return 'cancelled'
  return end.denial.category === 'failed' ? 'failed' : 'denied'
}

type RunEnd =
  | {
      readonly ok: true
      readonly value: {
        result: unknown
        proposal: Proposal
        counts: { create: number; update: number; same: number }
      }
    }
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
      return deny(pluginDenials, 'result_invalid', {
        package: name,
        reason: report.reason,
        detail: resultRules[report.reason],
      })
    case 'cancelled':
      return deny(pluginDenials, 'run_cancelled', { runId: run })
    case 'crashed':
      return deny(pluginDenials, 'runner_lost', { runId: run, detail: report.detail.slice(0, 200) })
    case 'diverged':
      throw new Error('only a replay can diverge, and this was none')
  }
}

const resultRules = {
  cyclic: 'a value contains itself',
  not_json: 'it holds something that is not JSON',
  too_large: 'it is larger than the output budget',
} as const

async function readResult(
  deps: RunDeps,
  ctx: Context,
  installed: Begun['installed'],
  result: unknown,
): Promise<RunEnd> {
  const { name, manifest } = installed
  const storable = storableJson(result)
  if ('rule' in storable)
    return deny(pluginDenials, 'result_invalid', {
      package: name,
      reason: 'not_json',
      detail: `it ${storable.rule}`,
    })
  const wrong = manifest.output === undefined ? undefined : misfit(manifest.output, result)
  if (wrong !== undefined) {
    return deny(pluginDenials, 'result_invalid', {
      package: name,
      reason: 'schema',
      detail: `${wrong.field || '/'} ${wrong.rule}`,
    })
  }
  const read = readProposal(result)
  if (!read.ok)
    return deny(pluginDenials, 'result_invalid', { package: name, reason: 'schema', detail: read.detail })
  const counts = { create: 0, update: 0, same: 0 }
  for (const change of await deps.graph.preview(ctx.read, ctx.actor.organisation, read.proposal.entities))
    counts[change] += 1
  return { ok: true, value: { result, proposal: read.proposal, counts } }
}
