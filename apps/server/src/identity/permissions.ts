import { allow, catalogue } from '@switchboard/api'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { Actor, Registration } from '../kernel/handler.ts'
import type { Role } from './role.ts'

const everyRole: readonly Role[] = ['administrator', 'analyst', 'reviewer', 'auditor', 'finops']

/**
 * `user.permissions`: what policy would say of each operation, before anybody asks for it.
 *
 * @param mayEver policy's word on whether an actor could perform an operation at all.
 */
export function userPermissions(mayEver: (actor: Actor, operation: string) => boolean): Registration {
  return handleRead(operationOf('user.permissions'), {
    async run(ctx) {
      const { scopes } = ctx.actor
      const rows = catalogue.map(({ name }) => ({
        operation: name,
        may: (scopes === undefined || scopes.includes(name)) && mayEver(ctx.actor, name),
        roles: everyRole.filter((role) => mayEver({ ...ctx.actor, roles: [role] }, name)),
      }))
      ctx.count({ rows: rows.length })
      return allow({ rows })
    },
  })
}
