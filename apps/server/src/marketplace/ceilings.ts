import { allow, deny, marketplaceDenials } from '@switchboard/api'
import { handleWrite, operationOf } from '../kernel/handler.ts'
import type { Ceilings, Registration } from '../kernel/handler.ts'
import { ceilingsView, readInstalled } from './installed.ts'
import { setCeilings } from './package-store.ts'

/**
 * What a package may be given until an administrator says otherwise. One that names no host can tell nobody, so nothing
 * bounds it; one that does is given what a community may know and act on.
 */
export function firstCeilings(declared: readonly string[]): Ceilings {
  const marking = declared.some((scope) => scope.startsWith('net:')) ? 'GREEN' : 'RED'
  return { tlp: marking, pap: marking, licences: ['*'] }
}

/** `plugin.set_ceilings` */
export function changeCeilings(): Registration {
  return handleWrite(operationOf('plugin.set_ceilings'), {
    async run(ctx, { id, ...changed }) {
      const { organisation } = ctx.actor
      const installed = await readInstalled(ctx.tx, organisation, id)
      if (installed === undefined) return deny(marketplaceDenials, 'not_installed', { package: id })
      const ceilings = { ...installed.ceilings, ...changed }
      await setCeilings(ctx.tx, organisation, id, ceilings)
      ctx.subject({
        package: id,
        version: installed.version,
        digest: installed.digest,
        target: `TLP:${ceilings.tlp} PAP:${ceilings.pap} ${ceilings.licences.join(' ')}`,
      })
      return allow({ id, ceilings: ceilingsView(ceilings) })
    },
  })
}
