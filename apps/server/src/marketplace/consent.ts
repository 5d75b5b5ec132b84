import { allow, deny, marketplaceDenials } from '@switchboard/api'
import { handleWrite, operationOf } from '../kernel/handler.ts'
import type { Registration, WriteContext } from '../kernel/handler.ts'
import { readInstalled } from './installed.ts'
import { deleteGrants, grantsOf, insertGrants } from './package-store.ts'

export function grantCapabilities(): Registration {
  return handleWrite(operationOf('plugin.grant'), {
    async run(ctx, { id, caps }) {
      const installed = await named(ctx, id)
      if (installed === undefined) return deny(marketplaceDenials, 'not_installed', { package: id })
      const undeclared = caps.find((scope) => !installed.declared.includes(scope))
      if (undeclared !== undefined)
        return deny(marketplaceDenials, 'capability_undeclared', { package: id, capability: undeclared })
      const { organisation, user } = ctx.actor
      await insertGrants(
        ctx.tx,
        caps.map((scope) => ({ organisation, name: id, scope, granted_by: user, granted_at: ctx.at })),
      )
      ctx.subject({ target: caps.join(' ') })
      return allow({ granted: true, capabilities: [...(await grantsOf(ctx.tx, organisation, id))] })
    },
  })
}

export function revokeCapabilities(): Registration {
  return handleWrite(operationOf('plugin.revoke'), {
    async run(ctx, { id, caps }) {
      if ((await named(ctx, id)) === undefined)
        return deny(marketplaceDenials, 'not_installed', { package: id })
      const { organisation } = ctx.actor
      await deleteGrants(ctx.tx, organisation, id, caps)
      ctx.subject({ target: caps.join(' ') })
      return allow({ revoked: true, capabilities: [...(await grantsOf(ctx.tx, organisation, id))] })
    },
  })
}

/** The installation, named in the receipt. */
async function named(ctx: WriteContext, id: string) {
  const installed = await readInstalled(ctx.tx, ctx.actor.organisation, id)
  if (installed !== undefined)
    ctx.subject({ package: id, version: installed.version, digest: installed.digest })
  return installed
}
