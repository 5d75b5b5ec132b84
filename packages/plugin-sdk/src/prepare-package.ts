import { bundlePlugin, needsBundling } from './bundle/bundle-plugin.ts'
import type { BundledLibrary } from './bundle/bundled-library.ts'
import { entrySource } from './bundle/entry-source.ts'
import { thirdPartyNotices } from './bundle/third-party-notices.ts'
import { collectFiles } from './collect-files.ts'
import type { Manifest } from './manifest/manifest-schema.ts'
import { readManifest } from './manifest/read-manifest.ts'
import { PackRefused } from './pack-refusal.ts'
import { layout } from './package-layout.ts'
import { checkModule } from './wasm/check-module.ts'

export interface PreparedPackage {
  readonly manifest: Manifest
  /** The folder as it lies there, without what is left out. */
  readonly inputs: ReadonlyMap<string, Uint8Array>
  /** What is packed, before SBOM and provenance: what runs. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly libraries: readonly BundledLibrary[]
  readonly skipped: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * Reads a folder as it is packed, and writes nothing. What needs it is bundled: TypeScript, and code that imports npm
 * libraries. Anything else stays as it is, byte for byte.
 *
 * @throws {PackRefused} for whatever an author can put right, naming the file
 */
export async function preparePackage(dir: string): Promise<PreparedPackage> {
  const { files: inputs, skipped } = await collectFiles(dir)
  const manifestBytes = inputs.get(layout.manifest)
  if (manifestBytes === undefined) throw new PackRefused('manifest_missing', layout.manifest)
  const manifest = readManifest(decodeUtf8(manifestBytes))
  const plain = { manifest, inputs, files: inputs, libraries: [], skipped, warnings: [] }
  if (manifest.kind === 'data') {
    if (!inputs.has(manifest.table.file)) throw new PackRefused('table_missing', manifest.table.file)
    return plain
  }
  const { entry } = manifest
  const source = entrySource(entry, (path) => inputs.has(path))
  if (source === undefined) {
    throw new PackRefused(
      'entry_missing',
      entry,
      'Name an existing .js, .cjs, .mjs or .wasm file; for TypeScript, the .js file that its .ts file becomes.',
    )
  }
  // A WebAssembly module is what its own compiler made of it.
  if (entry.endsWith('.wasm')) {
    checkModule(entry, inputs.get(entry) ?? new Uint8Array())
    return plain
  }
  if (!needsBundling(source, inputs)) return plain
  const bundle = await bundlePlugin(dir, entry, source)
  // What was left out must not come in by the back door: keys in hidden files, worlds copied from real cases.
  const leftOut = [...bundle.sources].find((path) => !inputs.has(path) && !isMadeUp(path))
  if (leftOut !== undefined) throw new PackRefused('left_out', leftOut)
  // Something that only looked like an import, or in code that the entry never reaches.
  if (source === entry && bundle.libraries.length === 0) return plain
  for (const written of [layout.cycloneDx, layout.notices])
    if (bundle.libraries.length > 0 && inputs.has(written)) throw new PackRefused('reserved_name', written)
  const left = [...inputs].filter(([path]) => bundle.sources.has(path) || isForBuilding(path))
  const files = new Map([...inputs].filter(([path]) => !bundle.sources.has(path) && !isForBuilding(path)))
  files.set(entry, Buffer.from(bundle.text))
  if (bundle.libraries.length > 0) files.set(layout.notices, Buffer.from(thirdPartyNotices(bundle.libraries)))
  return {
    manifest,
    inputs,
    files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))),
    libraries: bundle.libraries,
    skipped: [...skipped, ...left.map(([path]) => path).filter((path) => path !== entry)].sort(),
    warnings: bundle.warnings,
  }
}

/** What a bundle was made by and from; the bundle is what is packed. */
function isForBuilding(path: string): boolean {
  return /\.[mc]?ts$/.test(path) || ['package.json', 'package-lock.json', 'tsconfig.json'].includes(path)
}

/** What the bundler puts in place of a file: nothing, as a library's `browser` wishes, or what a `data:` address holds. */
function isMadeUp(path: string): boolean {
  return path.startsWith('(disabled):') || path.startsWith('<')
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new PackRefused('manifest_invalid', layout.manifest, 'It is not UTF-8.')
  }
}
