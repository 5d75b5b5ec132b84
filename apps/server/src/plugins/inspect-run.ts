import { allow, deny, pluginDenials } from '@switchboard/api'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { Context, Registration, Resource } from '../kernel/handler.ts'
import { levelNotice } from '../sandbox/index.ts'
import type { Sandbox } from '../sandbox/index.ts'
import type { LiveLogs } from './live-logs.ts'
import { findRun, listRuns, logAfter } from './run-store.ts'
import type { RunListRow } from './run-store.ts'

type Summary = OutputOf<OperationByName<'run.list'>>['rows'][number]
type Detail = OutputOf<OperationByName<'run.detail'>>

/** The run as policy sees it; of another organisation it is simply unknown. */
export async function runResource(ctx: Context, { id }: { id: string }) {
  const row = await findRun(ctx.read, ctx.actor.organisation, id)
  if (row === undefined) return deny(pluginDenials, 'run_unknown', { run: id })
  ctx.subject({
    run: row.id,
    package: row.package,
    version: row.version,
    digest: row.digest,
    ...(row.case_id === null ? {} : { case: row.case_id }),
  })
  const resource: Resource = { type: 'Run', id: row.id, organisation: row.organisation }
  return allow(resource)
}

function summaryOf(row: RunListRow): Summary {
  return {
    id: row.id,
    package: row.package,
    version: row.version,
    state: row.state,
    requestedBy: row.requested_by_name,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    case: row.case_id,
    costMicros: String(row.cost_micros),
    level: row.level,
    receiptId: row.receipt,
  }
}

export function listRunsOperation(): Registration {
  return handleRead(operationOf('run.list'), {
    async run(ctx, { limit = 100, cursor, ...filter }) {
      const rows = await listRuns(ctx.read, ctx.actor.organisation, { ...filter, limit, before: cursor })
      const last = rows.at(-1)
      return allow({
        rows: rows.map(summaryOf),
        ...(rows.length === limit && last !== undefined ? { next: last.id } : {}),
      })
    },
  })
}

export function showRun(sandbox: Pick<Sandbox, 'level' | 'mend'>, logs: LiveLogs): Registration {
  return handleRead(operationOf('run.detail'), {
    resource: runResource,
    async run(ctx, { id }) {
      const row = await findRun(ctx.read, ctx.actor.organisation, id)
      if (row === undefined) return deny(pluginDenials, 'run_unknown', { run: id })
      const notice = levelNotice(row.level, sandbox)
      return allow({
        run: summaryOf(row),
        ...(notice === undefined ? {} : { levelNotice: notice }),
        input: JSON.parse(row.input) as unknown,
        result: row.result === null ? null : (JSON.parse(row.result) as unknown),
        denial: row.denial === null ? null : (JSON.parse(row.denial) as unknown),
        usage: row.usage === null ? null : (JSON.parse(row.usage) as Detail['usage']),
        spans: [...(logs.spans(id) ?? (JSON.parse(row.spans) as Detail['spans']))],
      })
    },
  })
}

export function readRunLog(logs: LiveLogs): Registration {
  return handleRead(operationOf('run.log'), {
    resource: runResource,
    async run(ctx, { id, after = 0, limit = 100 }) {
      const row = await findRun(ctx.read, ctx.actor.organisation, id)
      if (row === undefined) return deny(pluginDenials, 'run_unknown', { run: id })
      const live = logs.lines(id)
      const lines =
        live?.filter((line) => line.line > after).slice(0, limit) ??
        (await logAfter(ctx.read, id, after, limit))
      return allow({
        lines: lines.map(({ line, stream, text, at }) => ({ line, stream, text, at })),
        ended: live === undefined && row.state !== 'queued' && row.state !== 'running',
      })
    },
  })
}
