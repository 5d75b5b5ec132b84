/**
 * Why a package is refused: code → the rule it broke. Codes are public; add, never rename.
 * Every one has a test that provokes it.
 */
export const packageRefusals = {
  not_a_package: 'The file does not begin as a gzip file.',
  gzip_not_canonical: 'The gzip header is the one fixed form that packing writes.',
  truncated: 'The file is whole.',
  deflate_corrupt: 'The compressed data can be inflated.',
  gzip_checksum: 'CRC-32 and size of the gzip trailer match the data.',
  outer_digest_mismatch: 'The digest in the gzip header matches every byte behind the header.',
  trailing_data: 'Nothing follows the gzip trailer.',
  concatenated_members: 'There is one gzip member.',
  tar_header_corrupt: 'Every tar header has a matching checksum.',
  tar_header_not_canonical: 'Every tar header is the one fixed form for its path and size.',
  tar_padding: 'The padding behind a file is zeros.',
  tar_trailing_data: 'Two zero blocks end the tar and nothing follows them.',
  bomb_ratio: 'A package unpacks to at most 200 times its size.',
  too_large: 'A plugin unpacks to at most 32 MiB, a data package to 256 MiB.',
  too_many_files: 'A package holds at most 2,000 files.',
  hard_link: 'No hard links.',
  symbolic_link: 'No symbolic links.',
  device_entry: 'No devices or pipes.',
  directory_entry: 'Files only; folders follow from their paths.',
  extension_header: 'No pax or GNU extension headers.',
  entry_type: 'Regular files only.',
  path_absolute: 'Paths are relative.',
  path_climbs_out: 'No path holds "..".',
  path_backslash: 'Folders are separated by "/".',
  path_nul: 'No path holds a NUL.',
  path_not_ascii: 'Paths are ASCII, so that no name has two spellings.',
  path_not_canonical: 'No empty or "." segments in a path.',
  path_not_portable: 'Paths hold no character or name that some file system treats specially.',
  path_hidden: 'No file or folder begins with a dot.',
  path_case_collision: 'No two paths differ in case alone.',
  path_file_and_folder: 'No path is both a file and a folder.',
  duplicate_path: 'Every path occurs once.',
  entries_unsorted: 'Files are sorted by path, the attestation last.',
  two_manifests: 'There is one manifest.json.',
  manifest_missing: 'There is a manifest.json.',
  manifest_invalid: 'The manifest follows its schema.',
  network_unrestricted: 'The network is asked for by host, never as a whole.',
  entry_missing: 'The entry of the manifest is a file of the package.',
  table_missing: 'The table of the manifest is a file of the package.',
  native_addon: 'No native addons.',
  sbom_missing: 'There is an sbom.spdx.json.',
  sbom_invalid: 'The SBOM is SPDX 2.3 with one SHA-256 for each file.',
  file_altered: 'Every file has the SHA-256 that the SBOM states.',
  file_extra: 'Every file is in the SBOM.',
  file_missing: 'Every file of the SBOM is in the package.',
  file_renamed: 'Every file has the name that the SBOM states.',
  provenance_missing: 'There is a provenance.json.',
  provenance_mismatch: 'provenance.json is what the attestation signs.',
  attestation_missing: 'There is an attestation.sigstore.json: an unsigned package never verifies.',
  attestation_duplicate: 'There is one attestation.sigstore.json.',
  attestation_malformed:
    'The attestation is a canonical Sigstore bundle v0.3 with one signed in-toto statement.',
  attestation_for_another_package: 'The attestation names this package.',
  attestation_for_other_content: 'The attestation states the digest of this content.',
  unknown_signer: 'The signer is a pinned publisher.',
  signature_invalid: 'The signature verifies under the pinned key.',
  publisher_mismatch: 'A publisher named in the manifest is the one whose key signed.',
  pinned_key_invalid: 'Each pinned key is ECDSA P-256 and has the key id it is filed under.',
} as const satisfies Record<string, string>

export type PackageRefusalCode = keyof typeof packageRefusals

/** An expected no. `where` names a file, a place in a JSON file (`manifest.json#/budgets/ms`) or a byte. */
export interface PackageRefusal {
  readonly ok: false
  readonly code: PackageRefusalCode
  readonly where: string
  readonly message: string
  /** The signer's key id, with `unknown_signer` alone. */
  readonly keyId?: string
}

/**
 * How a refusal leaves the parsers, which would otherwise all return unions through four levels.
 * It is caught at the package's doors and never seen outside.
 */
export class Refused extends Error {
  readonly refusal: PackageRefusal

  constructor(refusal: PackageRefusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/** Gives up on the package. `detail` continues the rule of the code: what was found. */
export function refuse(
  code: PackageRefusalCode,
  where: string,
  detail: string,
  extra: { keyId?: string } = {},
): never {
  throw new Refused({
    ok: false,
    code,
    where: printable(where),
    message: `${packageRefusals[code]} ${printable(detail)}`,
    ...extra,
  })
}

/** Answers with the refusal in place of throwing it; anything else thrown is a bug and passes. */
export async function orRefusal<T>(work: () => Promise<T>): Promise<T | PackageRefusal> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
}

// Names come from hostile archives and end in terminals and logs.
function printable(text: string): string {
  const shown = text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return shown.length > 300 ? `${shown.slice(0, 300)}…` : shown
}
