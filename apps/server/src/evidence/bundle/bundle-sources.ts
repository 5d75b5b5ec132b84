import type { Reader } from '../../kernel/db/index.ts'

/** A package that receipts speak of. */
export interface PackageRef {
  readonly name: string
  readonly version: string
  /** Of the package format: SHA-256 in hexadecimal. */
  readonly digest: string
}

export interface PackageListing extends PackageRef {
  readonly publisher: string
  readonly keyId: string
}

export interface BundleDocument {
  /** Unique in a bundle, 1 to 512 characters, no control characters. */
  readonly name: string
  readonly bytes: Uint8Array
  /** What it is of a package (`NAME-VERSION`), when it is that. */
  readonly of?: { readonly kind: 'sbom' | 'attestation'; readonly package: string }
}

/** What bundles hold that other domains own. `main` connects it: evidence itself knows none of them. */
export interface BundleSources {
  /** TLP by case, of those that exist in the organisation. */
  caseTlps(db: Reader, organisation: string, cases: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Since when the oldest review waits: undecided, or approved and not performed. */
  openReviewsSince(db: Reader, organisation: string, at: number): Promise<number | undefined>
  /** Publisher and key of the packages that the organisation still knows, as it named them. */
  packages(
    db: Reader,
    organisation: string,
    packages: readonly PackageRef[],
  ): Promise<readonly PackageListing[]>
  documents(
    db: Reader,
    about: {
      readonly organisation: string
      readonly packages: readonly PackageRef[]
      readonly case?: string
      readonly runs: readonly string[]
    },
  ): Promise<readonly BundleDocument[]>
}

export const noSources: BundleSources = {
  caseTlps: () => Promise.resolve(new Map()),
  openReviewsSince: () => Promise.resolve(undefined),
  packages: () => Promise.resolve([]),
  documents: () => Promise.resolve([]),
}
