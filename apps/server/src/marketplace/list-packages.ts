import { allow, deny, marketplaceDenials } from '@switchboard/api'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { scopesOf } from '@switchboard/verifier'
import type { Budgets, PackageManifest } from '@switchboard/verifier'
import type { Reader } from '../kernel/db/index.ts'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { packageView } from './add-package.ts'
import { capabilityImpact } from '../sandbox/capabilities/index.ts'
import { installationView, readInstalled } from './installed.ts'
import { installedNames, packagesOf, publishersOf, versionsOf } from './package-store.ts'
import type { PackageRow } from './package-store.ts'
import { reviewOf } from './review-code.ts'
import { readTrust } from './trust.ts'
import type { TrustDeps } from './trust.ts'

export interface RunLimits {
  /** What one run of code that asks for so much may use here. */
  readonly runBudgets: (
    asked: Budgets,
  ) => NonNullable<OutputOf<OperationByName<'plugin.detail'>>['runBudgets']>
}

export function listPackages({ neededLevel }: Pick<TrustDeps, 'neededLevel'>): Registration {
  return handleRead(operationOf('plugin.list'), {
    async run(ctx, { q, kind, installed, trust, limit = 100 }) {
      const { organisation } = ctx.actor
      const names = await installedNames(ctx.read, organisation)
      // Rows come oldest version first, so the last of a name is its newest version.
      const newest = new Map((await packagesOf(ctx.read, organisation)).map((row) => [row.name, row]))
      const wanted = q?.toLowerCase() ?? ''
      const trustOf = await readTrust(ctx.read, organisation)
      const rows = [...newest.values()]
        .filter((row) => kind === undefined || row.kind === kind)
        .filter((row) => installed === undefined || names.has(row.name) === installed)
        .filter((row) => `${row.name} ${row.title} ${row.summary}`.toLowerCase().includes(wanted))
        .filter((row) => trust === undefined || trustOf(row).trust === trust)
        .slice(0, limit)
      return allow({
        rows: rows.map((row) =>
          packageView(row, { installed: names.has(row.name), trust: trustOf(row), neededLevel }),
        ),
      })
    },
  })
}

export function showPackage({
  neededLevel,
  reachedLevel,
  runBudgets,
}: Pick<TrustDeps, 'neededLevel' | 'reachedLevel'> & RunLimits): Registration {
  return handleRead(operationOf('plugin.detail'), {
    async run(ctx, { id, version }) {
      const { organisation } = ctx.actor
      const versions = await versionsOf(ctx.read, organisation, id)
      const row =
        version === undefined ? versions.at(-1) : versions.find((candidate) => candidate.version === version)
      if (row === undefined)
        return deny(marketplaceDenials, 'package_unknown', {
          package: id,
          ...(version === undefined ? {} : { version }),
        })
      const installed = await readInstalled(ctx.read, organisation, id)
      const manifest = JSON.parse(row.manifest) as PackageManifest
      return allow({
        package: packageView(row, {
          installed: installed !== undefined,
          trust: (await readTrust(ctx.read, organisation))(row),
          neededLevel,
        }),
        versions: versions.map((candidate) => candidate.version),
        capabilities: capabilitiesOf(manifest, new Set(installed?.granted)),
        budgets: manifest.kind === 'plugin' ? manifest.budgets : null,
        runBudgets: manifest.kind === 'plugin' ? runBudgets(manifest.budgets) : null,
        manifest,
        files: filesOf(row),
        review: await reviewOf(ctx.read, organisation, row.digest),
        reachedLevel: reachedLevel(),
        keyPinnedAt: await keyPinnedAt(ctx.read, organisation, row.key_id),
        installation: installed === undefined ? null : installationView(installed),
      })
    },
  })
}

function capabilitiesOf(manifest: PackageManifest, granted: ReadonlySet<string>) {
  const { required, optional } = scopesOf(manifest)
  const view = (scope: string, isRequired: boolean) => ({
    scope,
    required: isRequired,
    granted: granted.has(scope),
    impact: capabilityImpact(scope),
  })
  return [...required.map((scope) => view(scope, true)), ...optional.map((scope) => view(scope, false))]
}

async function keyPinnedAt(db: Reader, organisation: string, keyId: string): Promise<number | null> {
  const publisher = (await publishersOf(db, organisation)).find((known) => known.key_id === keyId)
  return publisher?.pinned_at ?? null
}

function filesOf(row: PackageRow) {
  return JSON.parse(row.files) as { path: string; bytes: number; sha256: string }[]
}
