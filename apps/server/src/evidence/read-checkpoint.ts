import { allow } from '@switchboard/api'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { LogsAccess } from './log/log-access.ts'
import type { Witnessing } from './witness/witnessing.ts'

type Read = OutputOf<OperationByName<'checkpoint.read'>>

/** `checkpoint.read`: the newest signed checkpoints of the organisation's logs, and what witnesses say of each. */
export function readCheckpointHandler(logs: LogsAccess, witnessing: Pick<Witnessing, 'claims'>) {
  return handleRead(operationOf('checkpoint.read'), {
    async run(ctx) {
      const read: Read['logs'] = []
      const said: Read['witnesses'] = []
      for (const log of await logs.of(ctx.actor.organisation)) {
        const view = await log.newest()
        if (view === undefined) continue
        const { size, note } = view.checkpoint
        const { witnessed, conflict, cosigned, witnesses } = await witnessing.claims(log)
        // Whoever asks may keep them, so later bundles prove that they extend them.
        await log.publish(size)
        if (cosigned.size > 0 && cosigned.size < size) await log.publish(cosigned.size)
        read.push({
          class: log.class,
          origin: log.origin,
          path: `/${log.address}`,
          size,
          checkpoint: note,
          witnessed,
          conflict,
          cosigned: cosigned.note,
          cosignedSize: cosigned.size,
        })
        said.push(...witnesses.map((witness) => ({ class: log.class, ...witness })))
      }
      const standard = read.find((log) => log.class === 'standard')
      return allow({
        checkpoint: standard?.checkpoint ?? '',
        size: standard?.size ?? 0,
        key: logs.vkey(),
        logs: read,
        witnesses: said,
      })
    },
  })
}
