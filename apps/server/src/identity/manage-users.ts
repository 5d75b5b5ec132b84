import { allow, deny, identityDenials } from '@switchboard/api'
import { handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { UserId } from '../kernel/ids.ts'
import { endCredentials } from './credential-store.ts'
import type { Role } from './role.ts'
import { issueSignInLink } from './sign-in.ts'
import { addUser, deactivateUser, findUserByName, listUsers } from './user-store.ts'

export const whoAmI = handleRead(operationOf('user.self'), {
  async run(ctx) {
    const { user: id, name, organisation, demo } = ctx.actor
    // Roles of an authenticated user come from our own table, which holds nothing else.
    return allow({ id, name, organisation, demo, roles: [...ctx.actor.roles] as Role[], active: true })
  },
})

export const userList = handleRead(operationOf('user.list'), {
  async run(ctx) {
    const rows = await listUsers(ctx.read, ctx.actor.organisation)
    ctx.count({ rows: rows.length })
    return allow({ rows })
  },
})

/**
 * Adds a user, or answers a fresh link for one who is there with the same roles. Anything else about a name that is
 * taken is refused: an invitation must not change roles in passing, nor wake somebody who was deactivated.
 */
export const userInvite = handleWrite(operationOf('user.invite'), {
  async run(ctx, input) {
    const { organisation } = ctx.actor
    const { name, roles } = input
    const added = await addUser(ctx.tx, { organisation, name, roles, demo: false, at: ctx.at })
    const user = added ?? (await findUserByName(ctx.tx, organisation, name))
    if (user === undefined || !user.active || !sameRoles(user.roles, roles))
      return deny(identityDenials, 'user_exists', { name })
    const { secret, expiresAt } = await issueSignInLink(ctx.tx, user, ctx.at)
    ctx.subject({ target: user.id })
    return allow({ user, secret, expiresAt })
  },
})

export const userDeactivate = handleWrite(operationOf('user.deactivate'), {
  async run(ctx, input) {
    const { organisation } = ctx.actor
    // The schema checked the form; whether it is anybody's id, the store says.
    const id = input.id as UserId
    const user = await deactivateUser(ctx.tx, organisation, id)
    if (user === undefined) return deny(identityDenials, 'user_unknown', { user: id })
    await endCredentials(ctx.tx, organisation, id, ctx.at)
    ctx.subject({ target: id })
    return allow(user)
  },
})

function sameRoles(a: readonly Role[], b: readonly Role[]): boolean {
  return a.length === b.length && a.every((role) => b.includes(role))
}
