import { randomBytes } from 'node:crypto'
import { allow, deny, marketplaceDenials } from '@switchboard/api'
import { scopesOf } from '@switchboard/verifier'
import type { VerifiedPackage } from '@switchboard/verifier'
import type { Blobs } from '../kernel/blobs.ts'
import { handleWrite, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { firstCeilings } from './ceilings.ts'
import { installationView, readInstalled } from './installed.ts'
import type { Installed } from './installed.ts'
import { insertGrants, insertInstallation, versionsOf } from './package-store.ts'
import { packageDenied, verifyForOrganisation } from './verify-stored.ts'

/**
 * Readies what a package needs before its first use, such as the index of a table; harmless when repeated. Answers what
 * is wrong with the package, where its own rules are broken.
 */
export type PrepareInstall = (
  organisation: string,
  verified: VerifiedPackage,
) => Promise<{ readonly reason: string; readonly where: string; readonly detail: string } | undefined>

export function installPlugin(deps: {
  blobs: Blobs
  prepareInstall: PrepareInstall
  onRefused: (reason: string) => void
}): Registration {
  return handleWrite<ReturnType<typeof operationOf<'plugin.install'>>, VerifiedPackage>(
    operationOf('plugin.install'),
    {
      async prepare(ctx, { id, version }) {
        const { organisation } = ctx.actor
        const versions = await versionsOf(ctx.read, organisation, id)
        const row =
          version === undefined
            ? versions.at(-1)
            : versions.find((candidate) => candidate.version === version)
        if (row === undefined)
          return deny(marketplaceDenials, 'package_unknown', {
            package: id,
            ...(version === undefined ? {} : { version }),
          })
        ctx.subject({ package: id, version: row.version, digest: row.digest })
        // Verified again: the publisher may have been unpinned and the disk may have lied since it was added.
        const verdict = await verifyForOrganisation(
          ctx.read,
          organisation,
          await deps.blobs.get(row.file_sha256),
        )
        if (!verdict.ok) {
          deps.onRefused(verdict.code)
          return packageDenied(verdict)
        }
        const wrong = await deps.prepareInstall(organisation, verdict)
        return wrong === undefined ? allow(verdict) : deny(marketplaceDenials, 'package_refused', wrong)
      },
      async run(ctx, { id, caps = [], minimal = false }, verified) {
        const { organisation } = ctx.actor
        const { version } = verified.manifest
        const present = await readInstalled(ctx.tx, organisation, id)
        if (present !== undefined)
          return deny(marketplaceDenials, 'already_installed', { package: id, version: present.version })
        const { required, optional } = scopesOf(verified.manifest)
        const undeclared = caps.find((scope) => !required.includes(scope) && !optional.includes(scope))
        if (undeclared !== undefined)
          return deny(marketplaceDenials, 'capability_undeclared', { package: id, capability: undeclared })

        const canary = `canary-${randomBytes(16).toString('hex')}`
        const row = {
          organisation,
          name: id,
          version,
          digest: verified.digest,
          canary,
          installed_at: ctx.at,
          ceilings: JSON.stringify(firstCeilings([...required, ...optional])),
        }
        if (!(await insertInstallation(ctx.tx, row)))
          return deny(marketplaceDenials, 'already_installed', { package: id, version })
        const scopes = new Set([...caps, ...(minimal ? required : [])])
        await insertGrants(
          ctx.tx,
          [...scopes].map((scope) => ({
            organisation,
            name: id,
            scope,
            granted_by: ctx.actor.user,
            granted_at: ctx.at,
          })),
        )
        return allow(installationView((await readInstalled(ctx.tx, organisation, id)) as Installed))
      },
    },
  )
}
