import { wellKnown } from './entry-path.ts'
import { packageLimits } from './limits.ts'
import { refuse } from './refusal.ts'
import { strictJson } from './strict-json.ts'

const maxSbomBytes = 4 * 1024 * 1024

/** SPDX 2.3 as far as it is checked: the files with their SHA-256. The rest is for other readers. */
export interface SpdxDocument {
  readonly spdxVersion: 'SPDX-2.3'
  readonly files: readonly SpdxFile[]
  readonly [other: string]: unknown
}

export interface SpdxFile {
  readonly fileName: string
  readonly checksums: readonly { readonly algorithm: string; readonly checksumValue: string }[]
  readonly [other: string]: unknown
}

export function parseSbom(bytes: Uint8Array): SpdxDocument {
  const value = strictJson(bytes, wellKnown.sbom, 'sbom_invalid', maxSbomBytes)
  if (!isObject(value) || value['spdxVersion'] !== 'SPDX-2.3') bad('#/spdxVersion', 'It must be SPDX-2.3.')
  const { files } = value
  if (!Array.isArray(files)) return bad('#/files', 'It must be a list.')
  if (files.length > packageLimits.files)
    bad('#/files', `A package holds at most ${packageLimits.files} files.`)
  files.forEach(
    (file, i) => isSpdxFile(file) || bad(`#/files/${i}`, 'It needs a fileName ./PATH and checksums.'),
  )
  // The version and every file were checked above.
  return value as unknown as SpdxDocument
}

/** Holds the archive and its SBOM against each other, both ways. The SBOM cannot list itself. */
export function checkFileSet(sbom: SpdxDocument, digests: ReadonlyMap<string, string>): void {
  const stated = statedDigests(sbom)
  const present = [...digests].filter(([path]) => path !== wellKnown.sbom && path !== wellKnown.attestation)
  const extra = present.filter(([path]) => !stated.has(path))
  const missing = [...stated].filter(([path]) => !digests.has(path))
  for (const [path, digest] of extra) {
    const old = missing.find(([, other]) => other === digest)
    if (old !== undefined) refuse('file_renamed', path, `The SBOM has this content as ${old[0]}.`)
  }
  for (const [path, digest] of present) {
    const wanted = stated.get(path)
    if (wanted !== undefined && wanted !== digest)
      refuse('file_altered', path, `It has ${digest}, stated is ${wanted}.`)
  }
  for (const [path] of extra) refuse('file_extra', path, 'This one is not.')
  for (const [path] of missing) refuse('file_missing', path, 'This one is not.')
}

function statedDigests(sbom: SpdxDocument): Map<string, string> {
  const stated = new Map<string, string>()
  sbom.files.forEach((file, i) => {
    const path = file.fileName.slice(2)
    const sha256 = file.checksums.filter((checksum) => checksum.algorithm === 'SHA256')
    const [digest] = sha256
    if (sha256.length !== 1 || digest === undefined || !/^[0-9a-f]{64}$/.test(digest.checksumValue)) {
      return bad(`#/files/${i}/checksums`, 'It needs one SHA256 in lower-case hexadecimal.')
    }
    if (path === wellKnown.sbom || path === wellKnown.attestation)
      bad(`#/files/${i}`, `${path} cannot be listed.`)
    if (stated.has(path)) bad(`#/files/${i}`, `${path} is listed twice.`)
    stated.set(path, digest.checksumValue)
  })
  return stated
}

function isSpdxFile(value: unknown): value is SpdxFile {
  return (
    isObject(value) &&
    typeof value['fileName'] === 'string' &&
    value['fileName'].startsWith('./') &&
    Array.isArray(value['checksums']) &&
    value['checksums'].every(
      (one) =>
        isObject(one) && typeof one['algorithm'] === 'string' && typeof one['checksumValue'] === 'string',
    )
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function bad(place: string, detail: string): never {
  return refuse('sbom_invalid', `${wellKnown.sbom}${place}`, detail)
}
