import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeArchive } from './archive.ts'
import { digestOfFiles } from './canonical.ts'
import { buildCycloneDx } from './cyclonedx.ts'
import { PackRefused } from './pack-refusal.ts'
import { layout, limits } from './package-layout.ts'
import { preparePackage } from './prepare-package.ts'
import { buildProvenance } from './provenance.ts'
import { buildSbom } from './sbom.ts'
import { sdkVersion } from './sdk-version.ts'

// Kept free for the attestation, which signing adds.
const attestationBytes = 64 * 1024

export interface PackedPackage {
  /** Path of the written NAME-VERSION.sbp, not signed yet. */
  readonly file: string
  readonly name: string
  readonly version: string
  /** Package digest, SHA-256 in hexadecimal; signing does not change it. */
  readonly digest: string
  readonly files: number
  readonly bytes: number
  /** Hidden files and folders, packages made before, and what is for the author alone: left out. */
  readonly skipped: readonly string[]
  /** npm libraries of which code was bundled into the entry. */
  readonly libraries: readonly { readonly name: string; readonly version: string }[]
  /** What the author should know and nothing is refused for, a sentence each. */
  readonly warnings: readonly string[]
}

/**
 * Packs a folder with a manifest.json into NAME-VERSION.sbp, with an SBOM and provenance. The same files give the same
 * bytes on the same Node; the digest is the same everywhere.
 *
 * @param options.now ms since the Unix epoch, recorded in SBOM and provenance; leave it out to stay reproducible
 * @throws {PackRefused} for whatever an author can put right, naming the file
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { generatePublisherKey, packPackage, signPackage } from '@switchboard/plugin-sdk'
 *
 * const dir = await mkdtemp(join(tmpdir(), 'hello-'))
 * await writeFile(join(dir, 'index.js'), 'exports.run = async ({ q }, api) => api.graph.search({ q, limit: 5 })')
 * await writeFile(join(dir, 'manifest.json'), JSON.stringify({
 *   name: 'hello', version: '1.0.0', entry: 'index.js',
 *   capabilities: { graph: ['read'], network: false },
 *   budgets: { ms: 1000, memoryMB: 64, rows: 100 }, permissions: [],
 * }))
 * const packed = await packPackage(dir, { outDir: dir })
 * const key = generatePublisherKey()
 * const signed = await signPackage(packed.file, { privateKeyPem: key.privateKeyPem })
 *
 * assert.equal(packed.file, join(dir, 'hello-1.0.0.sbp'))
 * assert.equal(signed.digest, packed.digest)
 * assert.equal(signed.keyId, key.keyId)
 * ```
 */
export async function packPackage(
  dir: string,
  options: { readonly outDir: string; readonly now?: number },
): Promise<PackedPackage> {
  const { manifest, inputs, files: prepared, libraries, skipped, warnings } = await preparePackage(dir)

  const packer = { id: 'urn:switchboard:packer:plugin-sdk', version: sdkVersion }
  const files = new Map(prepared)
  files.set(layout.provenance, json(buildProvenance(manifest, inputs, libraries, packer, options.now)))
  if (libraries.length > 0) {
    const tool = { name: 'switchboard-plugin-sdk', version: sdkVersion }
    files.set(layout.cycloneDx, json(buildCycloneDx(manifest, libraries, tool, options.now)))
  }
  const listed = new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)))
  files.set(
    layout.sbom,
    json(buildSbom(manifest, listed, `switchboard-plugin-sdk-${sdkVersion}`, libraries, options.now)),
  )

  const unpacked = files.values().reduce((sum, bytes) => sum + bytes.length, 0)
  const limit = manifest.kind === 'data' ? limits.dataBytes : limits.pluginBytes
  if (unpacked > limit - attestationBytes)
    throw new PackRefused('too_large', '.', `They have ${unpacked} bytes.`)
  const archive = await writeArchive(files)
  if (unpacked > limits.ratio * archive.length) throw new PackRefused('too_compressible', layout.manifest)
  const file = join(options.outDir, `${manifest.name}-${manifest.version}.sbp`)
  await mkdir(options.outDir, { recursive: true })
  await replaceFile(file, archive)
  const { name, version } = manifest
  return {
    file,
    name,
    version,
    digest: digestOfFiles(files),
    files: files.size,
    bytes: archive.length,
    skipped,
    libraries: libraries.map((library) => ({ name: library.name, version: library.version })),
    warnings,
  }
}

/** Writes beside and renames, so that a package is never half there. */
export async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  await writeFile(`${file}.part`, bytes)
  await rename(`${file}.part`, file)
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
}
