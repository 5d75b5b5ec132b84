import { allow, caseDenials, deny, holdDenials } from '@switchboard/api'
import { handleRead, handleWrite, operationOf } from '../../kernel/handler.ts'
import type { Context, Registration } from '../../kernel/handler.ts'
import { newId } from '../../kernel/ids.ts'
import type { BundleSources } from '../bundle/bundle-sources.ts'
import { holdView } from './hold-denial.ts'
import { endLegalHold, findLegalHold, insertLegalHold, listLegalHolds } from './hold-store.ts'
import type { LegalHoldRow } from './hold-store.ts'

/** Legal hold: while one stands on a case, nothing takes anything of it away. */
export function createHolds(sources: Pick<BundleSources, 'caseTlps'>): readonly Registration[] {
  const place = handleWrite(operationOf('hold.place'), {
    async run(ctx, { case: caseId, reason }) {
      const { organisation, user, name } = ctx.actor
      const cases = await sources.caseTlps(ctx.tx, organisation, [caseId])
      if (!cases.has(caseId)) return deny(caseDenials, 'case_unknown', { case: caseId })
      const row: LegalHoldRow = {
        id: newId('hold'),
        organisation,
        case_id: caseId,
        reason,
        by: user,
        by_name: name,
        at: ctx.at,
        lifted_at: null,
        lifted_by: null,
        lifted_by_name: null,
        lifted_reason: null,
      }
      ctx.subject({ case: caseId, target: row.id })
      await insertLegalHold(ctx.tx, row)
      return allow(holdView(row))
    },
  })

  async function named(ctx: Context, hold: string) {
    const row = await findLegalHold(ctx.read, ctx.actor.organisation, hold)
    if (row === undefined) return deny(holdDenials, 'hold_unknown', { hold })
    ctx.subject({ case: row.case_id, target: row.id })
    return row.lifted_at === null ? allow(row) : refuseLifted(row)
  }

  const lift = handleWrite(operationOf('hold.lift'), {
    // Before the decision: nobody is asked to approve the end of what is not there.
    async resource(ctx, { hold }) {
      const found = await named(ctx, hold)
      const { organisation } = ctx.actor
      return found.ok ? allow({ type: 'Organisation', id: organisation, organisation } as const) : found
    },
    async run(ctx, { hold, reason }) {
      const { organisation, user, name } = ctx.actor
      const row = await findLegalHold(ctx.tx, organisation, hold)
      if (row === undefined) return deny(holdDenials, 'hold_unknown', { hold })
      const end = { at: ctx.at, by: user, byName: name, reason }
      if (!(await endLegalHold(ctx.tx, organisation, row.id, end))) {
        return refuseLifted((await findLegalHold(ctx.tx, organisation, hold)) ?? row)
      }
      return allow({ ...holdView(row), lifted: { by: name, at: ctx.at, reason } })
    },
  })

  const list = handleRead(operationOf('hold.list'), {
    async run(ctx, { case: caseId, lifted = false, limit = 100, cursor }) {
      const rows = await listLegalHolds(ctx.read, ctx.actor.organisation, {
        case: caseId,
        lifted,
        before: cursor,
        limit: limit + 1,
      })
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      ctx.count({ rows: page.length })
      return allow({
        rows: page.map(holdView),
        ...(rows.length > limit && last !== undefined ? { next: last.id } : {}),
      })
    },
  })
  return [place, lift, list]
}

function refuseLifted(row: LegalHoldRow) {
  return deny(holdDenials, 'hold_lifted', {
    hold: row.id,
    by: row.lifted_by_name ?? '',
    at: new Date(row.lifted_at ?? 0).toISOString(),
  })
}
