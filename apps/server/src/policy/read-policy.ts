import { getCedarVersion } from '@cedar-policy/cedar-wasm/nodejs'
import { allow } from '@switchboard/api'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import type { Policy } from './create-policy.ts'

/** `policy.read`: a refusal names its rule, so everybody who may be refused can read it. */
export function readPolicy({ digest, rules }: Pick<Policy, 'digest' | 'rules'>): Registration {
  const value = {
    engine: `Cedar ${getCedarVersion()}`,
    digest,
    rules: rules.map(({ id, file, effect, says, quorum, actions, reads, text }) => ({
      id,
      file,
      effect,
      says,
      quorum: quorum ?? null,
      operations: [...(actions ?? [])],
      reads: [...reads],
      text,
    })),
  }
  return handleRead(operationOf('policy.read'), {
    async run(ctx) {
      ctx.count({ rows: value.rules.length })
      return allow(value)
    },
  })
}
