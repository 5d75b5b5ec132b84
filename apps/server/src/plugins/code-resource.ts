import { allow, deny, marketplaceDenials } from '@switchboard/api'
import type { Context } from '../kernel/handler.ts'
import type { Marketplace } from '../marketplace/index.ts'

/**
 * The installed package as policy sees it when its code is to run: whose it is, and whether it was reviewed. Whatever
 * starts code looks its resource up with this, or policy has no facts and refuses.
 */
export function codeResource(deps: { readonly marketplace: Pick<Marketplace, 'installed'> }) {
  return async (ctx: Context, { id }: { readonly id: string }) => {
    const { organisation } = ctx.actor
    const installed = await deps.marketplace.installed(ctx.read, organisation, id)
    if (installed === undefined) return deny(marketplaceDenials, 'not_installed', { package: id })
    const { version, digest, manifest, trust, reviewed } = installed
    ctx.subject({ package: id, version, digest })
    if (manifest.kind !== 'plugin')
      return deny(marketplaceDenials, 'kind_mismatch', { package: id, kind: manifest.kind, wanted: 'plugin' })
    return allow({ type: 'Package', id, organisation, attributes: { trust, reviewed } } as const)
  }
}
