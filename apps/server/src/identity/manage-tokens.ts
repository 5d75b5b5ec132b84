import { allow, deny, identityDenials } from '@switchboard/api'
import { handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { Actor, Registration } from '../kernel/handler.ts'
import { addToken, listTokens, revokeToken, tokenExpiry } from './credential-store.ts'
import { newSecret } from './secret.ts'

const hourMs = 3_600_000
const defaultHours = 24

/** @param mayEver policy's word on whether an actor could perform an operation at all. */
export function tokenCreate(mayEver: (actor: Actor, operation: string) => boolean): Registration {
  return handleWrite(operationOf('token.create'), {
    async run(ctx, input) {
      const { organisation, user, scopes: held, credential } = ctx.actor
      const refused = input.scopes.find((scope) =>
        scope === '*' ? held !== undefined : !mayEver(ctx.actor, scope),
      )
      if (refused !== undefined) return deny(identityDenials, 'scope_too_wide', { scope: refused })
      const asked = ctx.at + (input.hours ?? defaultHours) * hourMs
      // A token made by a token dies with it, or a leaked one could renew itself for ever.
      const parent =
        credential?.kind === 'token' ? await tokenExpiry(ctx.tx, organisation, credential.id) : undefined
      const expiresAt = Math.min(asked, parent ?? asked)
      const { secret, sha256 } = newSecret('swb_')
      const { name, scopes } = input
      const id = await addToken(ctx.tx, { organisation, user, sha256, at: ctx.at, expiresAt, name, scopes })
      ctx.subject({ target: id })
      return allow({ id, secret, expiresAt })
    },
  })
}

export const tokenList = handleRead(operationOf('token.list'), {
  async run(ctx) {
    const rows = await listTokens(ctx.read, ctx.actor.organisation, ctx.actor.user)
    ctx.count({ rows: rows.length })
    return allow({ rows })
  },
})

export const tokenRevoke = handleWrite(operationOf('token.revoke'), {
  async run(ctx, input) {
    const { organisation, user } = ctx.actor
    const revoked = await revokeToken(ctx.tx, { organisation, user, id: input.id, at: ctx.at })
    if (!revoked) return deny(identityDenials, 'token_unknown', { token: input.id })
    ctx.subject({ target: input.id })
    return allow({ id: input.id, revoked: true })
  },
})
