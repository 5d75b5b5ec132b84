import type { OperationByName, OutputOf } from '@switchboard/api'
import { scopesOf } from '@switchboard/verifier'
import type { PackageManifest } from '@switchboard/verifier'
import type { Reader, Tx } from '../kernel/db/index.ts'
import type { Ceilings } from '../kernel/handler.ts'
import { findInstallation, grantsOf, versionsOf } from './package-store.ts'
import type { PublisherTrust } from './package-store.ts'
import { readTrust } from './trust.ts'

/** A package as an organisation has it. */
export interface Installed {
  readonly name: string
  readonly version: string
  readonly digest: string
  readonly publisher: string
  readonly keyId: string
  readonly manifest: PackageManifest
  /** Every scope that the manifest names. */
  readonly declared: readonly string[]
  readonly required: readonly string[]
  readonly granted: readonly string[]
  readonly ceilings: Ceilings
  readonly canary: string
  readonly installedAt: number
  readonly fileSha256: string
  readonly trust: PublisherTrust
  /** A person of the organisation reviewed this very content. */
  readonly reviewed: boolean
}

export async function readInstalled(
  db: Reader | Tx,
  organisation: string,
  name: string,
): Promise<Installed | undefined> {
  const row = await findInstallation(db, organisation, name)
  if (row === undefined) return undefined
  // The manifest was parsed by the verifier before it was stored, so its type is trusted here.
  const manifest = JSON.parse(row.manifest) as PackageManifest
  const { required, optional } = scopesOf(manifest)
  return {
    name: row.name,
    version: row.version,
    digest: row.digest,
    publisher: row.publisher,
    keyId: row.key_id,
    manifest,
    declared: [...required, ...optional],
    required,
    granted: [...(await grantsOf(db, organisation, name))],
    ceilings: JSON.parse(row.ceilings) as Ceilings,
    canary: row.canary,
    installedAt: row.installed_at,
    fileSha256: row.file_sha256,
    trust: row.publisher_trust ?? 'pinned',
    reviewed: row.reviewed_digest !== null,
  }
}

/** A package version as it lies on the shelf. */
export type Shelved = Pick<
  Installed,
  'name' | 'version' | 'digest' | 'publisher' | 'keyId' | 'manifest' | 'fileSha256' | 'trust' | 'reviewed'
>

export async function readShelved(
  db: Reader | Tx,
  organisation: string,
  name: string,
  version: string,
): Promise<Shelved | undefined> {
  const row = (await versionsOf(db, organisation, name)).find((each) => each.version === version)
  if (row === undefined) return undefined
  const trustIn = await readTrust(db, organisation)
  return {
    name: row.name,
    version: row.version,
    digest: row.digest,
    publisher: row.publisher,
    keyId: row.key_id,
    manifest: JSON.parse(row.manifest) as PackageManifest,
    fileSha256: row.file_sha256,
    ...trustIn(row),
  }
}

/** The operation's output for an installation. */
export function installationView(installed: Installed) {
  return {
    id: installed.name,
    version: installed.version,
    kind: installed.manifest.kind,
    digest: installed.digest,
    publisher: installed.publisher,
    capabilities: [...installed.declared],
    granted: [...installed.granted],
    ceilings: ceilingsView(installed.ceilings),
    installedAt: installed.installedAt,
  }
}

type CeilingsView = OutputOf<OperationByName<'plugin.set_ceilings'>>['ceilings']

export function ceilingsView({ tlp, pap, licences }: Ceilings): CeilingsView {
  // They were parsed by the operation's schema before they were stored.
  return { tlp: tlp as CeilingsView['tlp'], pap: pap as CeilingsView['pap'], licences: [...licences] }
}
