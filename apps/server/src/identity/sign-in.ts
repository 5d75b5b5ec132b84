import { allow, deny, identityDenials } from '@switchboard/api'
import { handleWrite, operationOf } from '../kernel/handler.ts'
import type { Tx } from '../kernel/db/index.ts'
import { addSession, addSignInLink, endSession, takeSignInLink } from './credential-store.ts'
import { lookupHash, newSecret } from './secret.ts'
import { findUser } from './user-store.ts'
import type { User } from './user-store.ts'

const linkMinutes = 15
const sessionHours = 12

/** A secret that signs `user` in once, within 15 minutes. Answered here and kept nowhere. */
export async function issueSignInLink(
  tx: Tx,
  user: Pick<User, 'id' | 'organisation'>,
  at: number,
): Promise<{ readonly secret: string; readonly expiresAt: number }> {
  const { secret, sha256 } = newSecret()
  const expiresAt = at + linkMinutes * 60_000
  await addSignInLink(tx, { organisation: user.organisation, user: user.id, sha256, at, expiresAt })
  return { secret, expiresAt }
}

export const signIn = handleWrite(operationOf('session.create'), {
  async run(ctx, input) {
    const hash = lookupHash(input.secret)
    const taken = hash === undefined ? 'unknown' : await takeSignInLink(ctx.tx, hash, ctx.at)
    if (typeof taken === 'string') return deny(identityDenials, 'sign_in_refused', { reason: taken })
    const user = await findUser(ctx.tx, taken.organisation, taken.user)
    // Deactivation uses links up, so this is a link of somebody who left in this very moment.
    if (user === undefined || !user.active)
      return deny(identityDenials, 'sign_in_refused', { reason: 'used' })
    const { secret, sha256 } = newSecret()
    const expiresAt = ctx.at + sessionHours * 3_600_000
    await addSession(ctx.tx, {
      organisation: user.organisation,
      user: user.id,
      sha256,
      at: ctx.at,
      expiresAt,
    })
    ctx.identified({
      organisation: user.organisation,
      user: user.id,
      name: user.name,
      roles: user.roles,
      demo: user.demo,
      kind: 'user',
    })
    return allow({ session: secret, user, expiresAt })
  },
})

export const signOut = handleWrite(operationOf('session.end'), {
  async run(ctx) {
    const { organisation, credential } = ctx.actor
    // A token is no session; it ends by token.revoke or by time.
    if (credential?.kind !== 'session') return allow({ ended: false })
    return allow({ ended: await endSession(ctx.tx, organisation, credential.id, ctx.at) })
  },
})
