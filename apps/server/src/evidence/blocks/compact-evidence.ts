import { allow } from '@switchboard/api'
import type { Clock } from '../../kernel/clock.ts'
import { handleExternal, operationOf } from '../../kernel/handler.ts'
import type { Compactor } from './compactor.ts'

const hourMs = 3_600_000

/** `evidence.compact`: what the server does by itself now and then, now. */
export function compactEvidenceHandler(compactor: Compactor, clock: Clock, afterMs: number | undefined) {
  return handleExternal(operationOf('evidence.compact'), {
    async run(ctx, { olderThanHours }) {
      const ageMs = olderThanHours === undefined ? (afterMs ?? 24 * hourMs) : olderThanHours * hourMs
      const done = await compactor.compact(clock() - ageMs, ctx.actor.organisation)
      ctx.count({ rows: done.receipts })
      const { blocks, receipts, bytes, stopped = null } = done
      return { outcome: allow({ blocks, receipts, bytes, stopped }) }
    },
  })
}
