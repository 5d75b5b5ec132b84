import type { VerifiedPackage } from '@switchboard/verifier'
import type { Blobs } from '../kernel/blobs.ts'
import type { Database, Reader, Tx } from '../kernel/db/index.ts'
import { Fault } from '../kernel/fault.ts'
import type { Ceilings, Registration } from '../kernel/handler.ts'
import { addPackage } from './add-package.ts'
import { changeCeilings } from './ceilings.ts'
import { grantCapabilities, revokeCapabilities } from './consent.ts'
import { installPlugin } from './install-plugin.ts'
import type { PrepareInstall } from './install-plugin.ts'
import { readInstalled, readShelved } from './installed.ts'
import type { Installed, Shelved } from './installed.ts'
import { listPackages, showPackage } from './list-packages.ts'
import type { RunLimits } from './list-packages.ts'
import {
  deleteMarketplaceOf,
  installedNames,
  packagesByDigest,
  permitsOf,
  versionsOf,
} from './package-store.ts'
import type { PackageRow } from './package-store.ts'
import { listPublishers, trustPublisher, unverifyPublisher, verifyPublisher } from './publishers.ts'
import { createResidueScan } from './residue-scan.ts'
import { reviewPlugin, unreviewPlugin } from './review-code.ts'
import type { TrustDeps } from './trust.ts'
import { showSbom } from './show-sbom.ts'
import { uninstallPlugin } from './uninstall-plugin.ts'
import type { Purger } from './uninstall-plugin.ts'
import { verifyForOrganisation } from './verify-stored.ts'

export interface MarketplaceDeps extends TrustDeps, RunLimits {
  readonly database: Database
  readonly blobs: Blobs
  /** The server's data folder, which the residue scan searches. */
  readonly folder: string
  readonly prepareInstall: PrepareInstall
  /** What other domains keep of an installation. */
  readonly purgers: () => readonly Purger[]
  /** Counts packages that did not verify. */
  readonly onRefused: (reason: string) => void
}

export interface Marketplace {
  readonly registrations: readonly Registration[]
  installed(db: Reader | Tx, organisation: string, name: string): Promise<Installed | undefined>
  /** A version that is on the shelf, installed or not. */
  shelved(db: Reader, organisation: string, name: string, version: string): Promise<Shelved | undefined>
  /** What the organisation has of a package: what is installed, else the newest on its shelf. */
  find(
    db: Reader | Tx,
    organisation: string,
    name: string,
  ): Promise<{ readonly version: string; readonly digest: string } | undefined>
  installedNames(db: Reader, organisation: string): Promise<ReadonlySet<string>>
  /** What an installation is allowed as of now. */
  permitsOf(
    db: Reader,
    organisation: string,
    name: string,
  ): Promise<{ readonly granted: ReadonlySet<string>; readonly ceilings?: Ceilings }>
  /**
   * The verified files of a package as it was installed when it was looked up, whatever is installed now; verified once
   * per process and file. @throws {Fault} `package_damaged`
   */
  load(db: Reader, organisation: string, installed: Pick<Installed, 'fileSha256'>): Promise<VerifiedPackage>
  /** Publisher and key of packages by digest, of those that the organisation knows. */
  describe(db: Reader, organisation: string, digests: readonly string[]): Promise<readonly PackageRow[]>
  /** SBOM and attestation of a package as they lie in it, for a bundle. */
  documents(
    db: Reader,
    organisation: string,
    digest: string,
  ): Promise<{ readonly sbom: Uint8Array; readonly attestation: Uint8Array } | undefined>
  removeAll(tx: Tx, organisation: string): Promise<{ installations: number; packages: number }>
}

export function createMarketplace(deps: MarketplaceDeps): Marketplace {
  const loaded = new Map<string, Promise<VerifiedPackage>>()

  async function verifyStored(
    db: Reader,
    organisation: string,
    fileSha256: string,
  ): Promise<VerifiedPackage> {
    const verdict = await verifyForOrganisation(db, organisation, await deps.blobs.get(fileSha256))
    if (!verdict.ok) {
      deps.onRefused(verdict.code)
      throw new Fault(
        'package_damaged',
        `A stored package no longer verifies (${verdict.code} at ${verdict.where}).`,
        { retryable: false },
      )
    }
    return verdict
  }

  return {
    registrations: [
      listPackages(deps),
      showPackage(deps),
      showSbom({ verifyStored }),
      addPackage(deps),
      installPlugin(deps),
      grantCapabilities(),
      revokeCapabilities(),
      changeCeilings(),
      uninstallPlugin({
        blobs: deps.blobs,
        purgers: deps.purgers,
        scan: createResidueScan(deps),
        unload: (organisation, fileSha256) => void loaded.delete(`${organisation} ${fileSha256}`),
      }),
      reviewPlugin(deps),
      unreviewPlugin(deps),
      trustPublisher(),
      verifyPublisher(),
      unverifyPublisher(),
      listPublishers(),
    ],
    installed: readInstalled,
    shelved: readShelved,
    async find(db, organisation, name) {
      const found =
        (await readInstalled(db, organisation, name)) ?? (await versionsOf(db, organisation, name)).at(-1)
      return found === undefined ? undefined : { version: found.version, digest: found.digest }
    },
    installedNames,
    permitsOf,
    async load(db, organisation, { fileSha256 }) {
      const key = `${organisation} ${fileSha256}`
      let verified = loaded.get(key)
      if (verified === undefined) {
        verified = verifyStored(db, organisation, fileSha256)
        loaded.set(key, verified)
        // A failure is not remembered: the operator may mend the file.
        verified.catch(() => loaded.delete(key))
      }
      return await verified
    },
    describe: packagesByDigest,
    async documents(db, organisation, digest) {
      const [row] = await packagesByDigest(db, organisation, [digest])
      if (row === undefined) return undefined
      const { files } = await verifyStored(db, organisation, row.file_sha256)
      const sbom = files.get('sbom.spdx.json')
      const attestation = files.get('attestation.sigstore.json')
      return sbom === undefined || attestation === undefined ? undefined : { sbom, attestation }
    },
    removeAll: deleteMarketplaceOf,
  }
}
