import { allow } from '@switchboard/api'
import { handleWrite, operationOf } from '../kernel/handler.ts'
import type { KeyRotation } from './log/key-rotation.ts'

/** `log.rotate_key`: a new key for the logs, and the note that says so. It needs a second person, as policy has it. */
export function rotateKeyHandler(rotation: KeyRotation) {
  return handleWrite(operationOf('log.rotate_key'), {
    prepare: async () => allow(await rotation.prepare()),
    async run(ctx, _input, next) {
      const rotated = await rotation.rotate(ctx.tx, next, ctx.at)
      ctx.subject({ target: rotated.key })
      ctx.afterCommit(rotation.committed)
      return allow(rotated)
    },
  })
}
