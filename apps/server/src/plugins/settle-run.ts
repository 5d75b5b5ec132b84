import { allow } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import type { Tx } from '../kernel/db/index.ts'
import type { Context } from '../kernel/handler.ts'
import type { RunReport } from '../sandbox/index.ts'
import { judgeReport } from './judge-report.ts'
import type { Judged } from './judge-report.ts'
import type { LiveLogs } from './live-logs.ts'
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
        tlp: begun.marked.tlp,
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
      readonly value: Judged & { readonly counts: { create: number; update: number; same: number } }
    }
  | { readonly ok: false; readonly denial: RunDenial }

/** The operation's outcome, with what accepting the proposal would do. */
async function endOf(deps: RunDeps, ctx: Context, ended: Ended): Promise<RunEnd> {
  const judged = judgeReport({ ...ended, run: ended.begun.run, package: ended.begun.installed })
  if (!judged.ok) return judged
  const counts = { create: 0, update: 0, same: 0 }
  const { entities } = judged.value.proposal
  for (const change of await deps.graph.preview(ctx.read, ctx.actor.organisation, entities))
    counts[change] += 1
  return { ok: true, value: { ...judged.value, counts } }
}
