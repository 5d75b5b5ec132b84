import { allow } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import { sha256Hex } from '../kernel/canonical.ts'
import type { Tx } from '../kernel/db/index.ts'
import type { Context } from '../kernel/handler.ts'
import { levelNotice } from '../sandbox/index.ts'
import type { RunReport } from '../sandbox/index.ts'
import { judgeReport } from './judge-report.ts'
import type { Judged, RunEnd } from './judge-report.ts'
import type { LiveLog } from './live-logs.ts'
import { outputOf } from './replay/index.ts'
import type { RunRecorder } from './replay/index.ts'
import type { Begun, RunDeps, Span } from './run-deps.ts'
import { endRun, insertLog } from './run-store.ts'
import type { RunState } from './run-store.ts'

interface Ended {
  readonly begun: Begun
  readonly report: RunReport
  readonly spans: readonly Span[]
  readonly log: LiveLog['lines']
  readonly refused: ReadonlyMap<number, Denial>
  readonly breached: Denial | undefined
  readonly recorder: RunRecorder | undefined
}

export async function settleRun(deps: RunDeps, ctx: Context, ended: Ended) {
  const { begun, report, spans } = ended
  const { run, installed } = begun
  const { usage } = report
  const level = deps.sandbox.level === 'none' ? 'development' : deps.sandbox.level
  ctx.level(level)
  // What came of it is marked as strictly as what it was given.
  ctx.place(begun.marked)
  ctx.count({ cpuMicros: usage.cpuMicros })
  const own = deps.finops.prices.run + deps.finops.prices.cpuMs * BigInt(Math.ceil(usage.cpuMicros / 1000))
  ctx.charge(own)
  const costMicros = spans.reduce((sum, span) => sum + BigInt(span.costMicros), own)
  const rows = spans.reduce((sum, span) => sum + span.rows, 0)

  const end: RunEnd = judgeReport({ ...ended, run, package: installed })
  if (end.ok) {
    const { text, proposal } = end.value
    ctx.count({ rows: proposal.entities.length })
    // Of the result alone, so that whoever has it can hold it against the receipt; figures are in the receipt itself.
    ctx.output({ sha256: sha256Hex(text), bytes: Buffer.byteLength(text) })
  }
  const recorded = await ended.recorder?.end(report, outputOf(end))
  if (recorded !== undefined && recorded.withheld === undefined) ctx.subject({ recording: recorded.sha256 })
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
  const notice = levelNotice(level, deps.sandbox)
  const outcome = end.ok
    ? allow({
        ok: true,
        runId: run,
        result: end.value.result,
        usage: usageView,
        costMicros: costMicros.toString(),
        level,
        ...(notice === undefined ? {} : { levelNotice: notice }),
        spans: [...spans],
        proposal: await countChanges(deps, ctx, end.value.proposal),
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
      if (!isThere) return
      const { organisation } = ctx.actor
      await insertLog(
        tx,
        ended.log.map((line) => ({ organisation, run, ...line })),
      )
      if (recorded === undefined) return
      const { caseId } = begun
      const { canary, name } = installed
      await deps.recordings.keep(
        tx,
        { organisation, run, package: name, caseId, canary, at: ctx.at },
        recorded,
      )
    },
  }
}

function stateOf(end: { ok: true } | { ok: false; denial: Denial }): RunState {
  if (end.ok) return 'succeeded'
  if (end.denial.code === 'run_cancelled') return 'cancelled'
  return end.denial.category === 'failed' ? 'failed' : 'denied'
}

/** What accepting the proposal would do. */
async function countChanges(deps: RunDeps, ctx: Context, { entities }: Judged['proposal']) {
  const counts = { create: 0, update: 0, same: 0 }
  for (const change of await deps.graph.previewEntities(ctx.read, ctx.actor.organisation, entities))
    counts[change] += 1
  return counts
}
