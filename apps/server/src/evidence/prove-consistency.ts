import { allow, deny, evidenceDenials, logDenials } from '@switchboard/api'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { LogsAccess } from './log/log-access.ts'
import { proveConsistency } from './log/proofs.ts'

/** `log.consistency`: that the newest checkpoint extends one of an earlier size. */
export function proveConsistencyHandler(logs: LogsAccess) {
  return handleRead(operationOf('log.consistency'), {
    async run(ctx, { class: retention = 'standard', from }) {
      const log = (await logs.of(ctx.actor.organisation)).find((each) => each.class === retention)
      if (log === undefined) return deny(logDenials, 'log_unknown', { log: `of class ${retention}` })
      const size = (await log.newest())?.checkpoint.size ?? 0
      if (from > size) return deny(evidenceDenials, 'checkpoint_ahead', { since: from, size })
      const proved = await log.prove(async (view) => ({
        checkpoint: view.checkpoint,
        ...(await proveConsistency(view, from)),
      }))
      // Whoever asks may keep it, so later bundles prove that they extend it.
      await log.publish(proved.checkpoint.size)
      return allow({
        origin: log.origin,
        from,
        root: base64(proved.root),
        size: proved.checkpoint.size,
        checkpoint: proved.checkpoint.note,
        proof: proved.hashes.map(base64),
      })
    },
  })
}

const base64 = (hash: Uint8Array): string => Buffer.from(hash).toString('base64')
