import { allow, deny, marketplaceDenials } from '@switchboard/api'
import { Fault } from '../kernel/fault.ts'
import type { Context } from '../kernel/handler.ts'
import type { Installed, Marketplace } from '../marketplace/index.ts'

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

/**
 * Policy decided on the code as it was then. Between that and the start a review may have been taken back, or a version
 * installed that has none: whoever starts code reads it again and asks here.
 *
 * @throws {Fault} `code_changed`, retryable: asked again, policy decides on what is there now.
 */
export function requireDecided(ctx: Context, now: Pick<Installed, 'name' | 'trust' | 'reviewed'>): void {
  const decided = ctx.resource?.attributes
  if (decided?.['trust'] === now.trust && decided['reviewed'] === now.reviewed) return
  throw new Fault('code_changed', `What is held of ${now.name} changed while its start was decided on.`, {
    retryable: true,
  })
}
