import { allow, deny, pluginDenials } from '@switchboard/api'
import { handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { runResource } from './inspect-run.ts'
import { readProposal } from './proposal.ts'
import type { Proposal } from './proposal.ts'
import type { RunDeps } from './run-deps.ts'
import { acceptedRows, findRun, insertAccepted } from './run-store.ts'
import type { RunRow } from './run-store.ts'

/** `run.diff`: each proposed row against the graph as it is now. */
export function diffRun(deps: Pick<RunDeps, 'graph'>): Registration {
  return handleRead(operationOf('run.diff'), {
    resource: runResource,
    async run(ctx, { id }) {
      const { organisation } = ctx.actor
      const row = await findRun(ctx.read, organisation, id)
      const proposal = proposalOf(row)
      if (row === undefined || proposal === undefined)
        return deny(pluginDenials, 'run_without_result', { run: id, state: row?.state ?? 'unknown' })
      const accepted = await acceptedRows(ctx.read, organisation, id)
      const changes = [
        ...(await deps.graph.previewEntities(ctx.read, organisation, proposal.entities)),
        ...(await deps.graph.previewRelations(ctx.read, organisation, proposal.relations)),
      ]
      const rows = rowsOf(proposal).map(({ row: name, what }, i) => ({
        row: name,
        change: changes[i] ?? ('create' as const),
        what,
        accepted: accepted.has(name),
      }))
      return allow({ rows })
    },
  })
}

/** `run.accept`: the chosen rows into the graph and the case, with the run as provenance. */
export function acceptRun(deps: Pick<RunDeps, 'cases'>): Registration {
  return handleWrite(operationOf('run.accept'), {
    resource: runResource,
    async run(ctx, { id, case: caseId, rows }) {
      const { organisation } = ctx.actor
      const row = await findRun(ctx.tx, organisation, id)
      const proposal = proposalOf(row)
      if (row === undefined || proposal === undefined)
        return deny(pluginDenials, 'run_without_result', { run: id, state: row?.state ?? 'unknown' })
      const all = rowsOf(proposal)
      const unknown = rows?.find((name) => !all.some((candidate) => candidate.row === name))
      if (unknown !== undefined) return deny(pluginDenials, 'proposal_row_unknown', { run: id, row: unknown })
      const wanted = rows === undefined ? undefined : new Set(rows)
      const chosen = all.filter(({ row: name }) => wanted === undefined || wanted.has(name))
      ctx.subject({ case: caseId })
      const attached = await deps.cases.attach(ctx.tx, {
        organisation,
        case: caseId,
        entities: chosen.flatMap(({ kind, what }) => (kind === 'entity' ? [what] : [])),
        relations: chosen.flatMap(({ kind, what }) => (kind === 'relation' ? [what] : [])),
        source: { name: row.package, version: row.version, licence: 'as cited' },
        run: id,
        marked: row.tlp,
        at: ctx.at,
      })
      if (!attached.ok) return attached
      await insertAccepted(
        ctx.tx,
        chosen.map(({ row: name }) => ({ organisation, run: id, row: name, case_id: caseId })),
      )
      ctx.count({ rows: chosen.length })
      ctx.place({ tlp: attached.value.tlp })
      const { created, updated, relations } = attached.value
      return allow({ accepted: chosen.length, created, updated, relations })
    },
  })
}

function proposalOf(row: RunRow | undefined): Proposal | undefined {
  if (row?.state !== 'succeeded' || row.result === null) return undefined
  const read = readProposal(JSON.parse(row.result))
  return read.ok ? read.proposal : undefined
}

/** Entities first, in the order of the preview. */
function rowsOf({ entities, relations }: Proposal) {
  return [
    ...entities.map((what, i) => ({ row: `e${i + 1}`, kind: 'entity' as const, what })),
    ...relations.map((what, i) => ({ row: `r${i + 1}`, kind: 'relation' as const, what })),
  ]
}
