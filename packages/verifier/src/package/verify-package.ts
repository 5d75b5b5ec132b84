import { wellKnown } from './entry-path.ts'
import { checkGzipHeader, inflateMember } from './gzip-envelope.ts'
import type { Inflate } from './inflate.ts'
import { packageLimits } from './limits.ts'
import type { PackageLimits } from './limits.ts'
import type { PackageManifest } from './manifest.ts'
import { fileDigests, packageDigest } from './package-digest.ts'
import { parseManifest } from './parse-manifest.ts'
import type { PublisherKey } from './publisher-keys.ts'
import { orRefusal, refuse } from './refusal.ts'
import type { PackageRefusal } from './refusal.ts'
import { checkFileSet, parseSbom } from './sbom.ts'
import type { SpdxDocument } from './sbom.ts'
import { canonicalJson, strictJson } from './strict-json.ts'
import { TarReader } from './tar-reader.ts'
import { checkAttestation } from './verify-attestation.ts'
import type { PackageStatement } from './verify-attestation.ts'

export interface VerifiedPackage {
  readonly ok: true
  readonly manifest: PackageManifest
  /** SHA-256 in hexadecimal; what a receipt names and an installation pins. */
  readonly digest: string
  readonly publisher: string
  readonly keyId: string
  /** All files, the SBOM and the attestation included, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly sbom: SpdxDocument
  readonly attestation: PackageStatement
}

export type PackageVerdict = VerifiedPackage | PackageRefusal

/**
 * Verifies a package (.sbp) from its bytes alone: no network, no clock, no file system. Trust comes from
 * `publisherKeys` and nothing inside the package; an unsigned package never verifies. Hostile bytes give a refusal
 * with a stable code; memory stays within `limits`.
 */
export function verifyPackage(
  bytes: Uint8Array,
  options: {
    readonly publisherKeys: readonly PublisherKey[]
    readonly limits?: PackageLimits
    /** `webInflate` in browsers. */
    readonly inflate?: Inflate
  },
): Promise<PackageVerdict> {
  const { publisherKeys, limits = packageLimits, inflate } = options
  return orRefusal(async () => checkPackage(bytes, publisherKeys, limits, inflate))
}

async function checkPackage(
  bytes: Uint8Array,
  publisherKeys: readonly PublisherKey[],
  limits: PackageLimits,
  inflate: Inflate | undefined,
): Promise<VerifiedPackage> {
  checkGzipHeader(bytes)
  const tar = new TarReader(limits, bytes.length)
  const outerProblem = await inflateMember(bytes, (chunk) => tar.push(chunk), inflate)
  tar.end()
  const verified = await checkFiles(tar.files, publisherKeys, limits)
  if (outerProblem !== undefined) throw outerProblem
  return verified
}

async function checkFiles(
  files: ReadonlyMap<string, Uint8Array>,
  publisherKeys: readonly PublisherKey[],
  limits: PackageLimits,
): Promise<VerifiedPackage> {
  const manifestBytes =
    files.get(wellKnown.manifest) ?? refuse('manifest_missing', wellKnown.manifest, 'Here is none.')
  const sbomBytes = files.get(wellKnown.sbom) ?? refuse('sbom_missing', wellKnown.sbom, 'Here is none.')
  const attestation =
    files.get(wellKnown.attestation) ?? refuse('attestation_missing', wellKnown.attestation, 'Sign it.')
  const addon = [...files.keys()].find((path) => path.toLowerCase().endsWith('.node'))
  if (addon !== undefined) refuse('native_addon', addon, 'Code in a package is JavaScript.')

  const digests = await fileDigests(files)
  const sbom = parseSbom(sbomBytes)
  checkFileSet(sbom, digests)

  const manifest = parseManifest(manifestBytes)
  checkAgainstFiles(manifest, files, limits)
  const provenance =
    files.get(wellKnown.provenance) ?? refuse('provenance_missing', wellKnown.provenance, 'Here is none.')

  const digest = await packageDigest(digests)
  const name = `${manifest.name}-${manifest.version}`
  const { publisher, keyId, statement } = await checkAttestation({
    attestation,
    packageDigest: digest,
    name,
    publisherKeys,
  })
  const stated = strictJson(provenance, wellKnown.provenance, 'provenance_mismatch', provenance.length)
  if (canonicalJson(stated) !== canonicalJson(statement.predicate)) {
    refuse('provenance_mismatch', wellKnown.provenance, 'Here it is not.')
  }
  if (manifest.publisher !== undefined && manifest.publisher !== publisher) {
    const detail = `It names ${manifest.publisher}; the key belongs to ${publisher}.`
    refuse('publisher_mismatch', `${wellKnown.manifest}#/publisher`, detail)
  }
  return { ok: true, manifest, digest, publisher, keyId, files, sbom, attestation: statement }
}

function checkAgainstFiles(
  manifest: PackageManifest,
  files: ReadonlyMap<string, Uint8Array>,
  limits: PackageLimits,
): void {
  if (manifest.kind === 'data') {
    if (!files.has(manifest.table.file))
      refuse('table_missing', manifest.table.file, 'There is no such file.')
    return
  }
  if (!files.has(manifest.entry)) refuse('entry_missing', manifest.entry, 'There is no such file.')
  const total = files.values().reduce((sum, file) => sum + file.length, 0)
  if (total > limits.pluginBytes) refuse('too_large', wellKnown.manifest, `The files have ${total} bytes.`)
}
