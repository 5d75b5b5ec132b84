import { allow, deny, marketplaceDenials } from '@switchboard/api'
import type { PackageManifest, VerifiedPackage } from '@switchboard/verifier'
import type { Blobs } from '../kernel/blobs.ts'
import { sha256Hex } from '../kernel/canonical.ts'
import { handleWrite, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { insertPackage, installedNames, versionsOf } from './package-store.ts'
import type { PackageRow } from './package-store.ts'
import { readTrust } from './trust.ts'
import type { Trust, TrustDeps } from './trust.ts'
import { packageDenied, verifyForOrganisation } from './verify-stored.ts'

interface Verified {
  readonly verified: VerifiedPackage
  readonly fileSha256: string
}

export function addPackage(
  deps: { blobs: Blobs; onRefused: (reason: string) => void } & Pick<TrustDeps, 'neededLevel'>,
): Registration {
  return handleWrite<ReturnType<typeof operationOf<'package.add'>>, Verified>(operationOf('package.add'), {
    async prepare(ctx, { content }) {
      const bytes = new Uint8Array(Buffer.from(content, 'base64'))
      const verdict = await verifyForOrganisation(ctx.read, ctx.actor.organisation, bytes)
      if (!verdict.ok) {
        deps.onRefused(verdict.code)
        return packageDenied(verdict)
      }
      // Named by its digest, so a repeat costs nothing and an orphan of a crash is harmless.
      return allow({ verified: verdict, fileSha256: await deps.blobs.put(bytes) })
    },
    async run(ctx, _input, { verified, fileSha256 }) {
      const { organisation } = ctx.actor
      const { name, version } = verified.manifest
      ctx.subject({ package: name, version, digest: verified.digest })
      const versions = await versionsOf(ctx.tx, organisation, name)
      const owner = versions.find((row) => row.publisher !== verified.publisher)
      if (owner !== undefined)
        return deny(marketplaceDenials, 'publisher_changed', { package: name, publisher: owner.publisher })
      const added = rowOf({ organisation, verified, fileSha256, at: ctx.at, by: ctx.actor.user })
      const known = (await insertPackage(ctx.tx, added))
        ? undefined
        : (await versionsOf(ctx.tx, organisation, name)).find((row) => row.version === version)
      if (known !== undefined && known.digest !== verified.digest) {
        return deny(marketplaceDenials, 'version_taken', { package: name, version, digest: known.digest })
      }
      const row = known ?? added
      return allow(
        packageView(row, {
          installed: (await installedNames(ctx.tx, organisation)).has(name),
          trust: (await readTrust(ctx.tx, organisation))(row),
          neededLevel: deps.neededLevel,
        }),
      )
    },
  })
}

function rowOf(added: {
  organisation: string
  verified: VerifiedPackage
  fileSha256: string
  at: number
  by: string
}): PackageRow {
  const { manifest, publisher, keyId, digest, files } = added.verified
  return {
    organisation: added.organisation,
    name: manifest.name,
    version: manifest.version,
    kind: manifest.kind,
    title: titleOf(manifest),
    summary: manifest.summary ?? '',
    publisher,
    key_id: keyId,
    digest,
    file_sha256: added.fileSha256,
    manifest: JSON.stringify(manifest),
    files: JSON.stringify(
      [...files].map(([path, bytes]) => ({ path, bytes: bytes.byteLength, sha256: sha256Hex(bytes) })),
    ),
    added_at: added.at,
    added_by: added.by,
  }
}

function titleOf(manifest: PackageManifest): string {
  return manifest.title ?? manifest.name
}

/** The operation's output for a catalogue row. */
export function packageView(
  row: PackageRow,
  state: { installed: boolean; trust: Trust; neededLevel: TrustDeps['neededLevel'] },
) {
  return {
    name: row.name,
    version: row.version,
    kind: row.kind,
    title: row.title,
    summary: row.summary,
    publisher: row.publisher,
    keyId: row.key_id,
    digest: row.digest,
    addedAt: row.added_at,
    installed: state.installed,
    ...state.trust,
    // Data is read by plugins and never runs.
    neededLevel: row.kind === 'plugin' ? state.neededLevel(state.trust) : 'none',
  }
}
