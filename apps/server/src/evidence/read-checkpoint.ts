import { allow } from '@switchboard/api'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { LogsAccess } from './log/log-access.ts'
import type { RetentionClass } from './log/retention-class.ts'

/** `checkpoint.read`: the newest signed checkpoints of the organisation's logs; empty text while a log is empty. */
export function readCheckpointHandler(logs: LogsAccess) {
  return handleRead(operationOf('checkpoint.read'), {
    async run(ctx) {
      const read: {
        class: RetentionClass
        origin: string
        path: string
        size: number
        checkpoint: string
      }[] = []
      for (const log of await logs.of(ctx.actor.organisation)) {
        const view = await log.newest()
        if (view === undefined) continue
        const { size, note } = view.checkpoint
        // Whoever asks may keep it, so later bundles prove that they extend it.
        await log.publish(size)
        read.push({ class: log.class, origin: log.origin, path: `/${log.address}`, size, checkpoint: note })
      }
      const standard = read.find((log) => log.class === 'standard')
      return allow({
        checkpoint: standard?.checkpoint ?? '',
        size: standard?.size ?? 0,
        key: logs.vkey,
        logs: read,
      })
    },
  })
}
