import { realpath } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { PackRefused } from '../pack-refusal.ts'
import { isLibraryFile, librariesOf } from './bundled-library.ts'
import type { BundledLibrary } from './bundled-library.ts'
import { isTypeScript } from './entry-source.ts'
import { insteadOfBuiltin } from './node-builtin.ts'
import { BundleFailed, runBundler } from './run-bundler.ts'
import type { Bundled, Place } from './run-bundler.ts'

export interface PluginBundle {
  readonly text: string
  /** The plugin's own files that went in. */
  readonly sources: ReadonlySet<string>
  readonly libraries: readonly BundledLibrary[]
  /** What the author should know and nothing is refused for, a sentence each. */
  readonly warnings: readonly string[]
}

/**
 * Whether an entry cannot run as it lies there: it is TypeScript, or some file of the folder imports a library. A plugin
 * that needs nothing is packed byte for byte.
 */
export function needsBundling(source: string, files: ReadonlyMap<string, Uint8Array>): boolean {
  if (isTypeScript(source)) return true
  return [...files]
    .filter(([path]) => /\.[mc]?js$/.test(path))
    .some(([, bytes]) => importsLibrary(Buffer.from(bytes).toString('utf8')))
}

// Words in strings and comments are taken for imports too: then the bundler finds that there is nothing to do.
const imported = /(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*["']([^"'\\\n]{1,200})["']/g

function importsLibrary(text: string): boolean {
  return [...text.matchAll(imported)].some(
    ([, name = '']) => !/^[./]/.test(name) && !name.startsWith('node:') && !builtinModules.includes(name),
  )
}

/**
 * Makes one file of a plugin, its libraries included, in the format that its entry is written in.
 *
 * @param entry as in the manifest: what is packed. @param source the file behind it.
 * @throws {PackRefused} naming file and line
 */
export async function bundlePlugin(folder: string, entry: string, source: string): Promise<PluginBundle> {
  const dir = await realpath(folder)
  let bundled = await bundle(dir, source, formatOf(entry, source) ?? 'esm')
  // Only the bundler knows for sure what a .js file is.
  if (formatOf(entry, source) === undefined && bundled.inputs[source]?.format === 'cjs')
    bundled = await bundle(dir, source, 'cjs')
  const own = Object.keys(bundled.inputs).filter((path) => !isLibraryFile(path))
  const outside = own.find((path) => path.startsWith('../') || /^[A-Za-z]:|^\//.test(path))
  if (outside !== undefined) throw new PackRefused('outside_folder', outside)
  const computed = bundled.computed.find(({ file }) => !isLibraryFile(file))
  if (computed !== undefined) throw new PackRefused('dynamic_require', whereOf(computed))
  const libraries = await librariesOf(dir, bundled.inputs)
  return {
    text: bundled.text,
    sources: new Set(own),
    libraries,
    warnings: [
      ...bundled.computed.map(
        (place) =>
          `${whereOf(place)} loads a module by a computed name: that call throws in the sandbox, unless it is never reached.`,
      ),
      ...libraries
        .filter(({ integrity }) => integrity === undefined)
        .map(
          ({ name, version }) =>
            `${name} ${version} is in no package-lock.json, so the SBOM cannot say which published bytes it is: npm install writes one.`,
        ),
    ],
  }
}

function formatOf(entry: string, source: string): 'cjs' | 'esm' | undefined {
  if (entry.endsWith('.mjs') || source.endsWith('.ts')) return 'esm'
  return entry.endsWith('.cjs') ? 'cjs' : undefined
}

async function bundle(dir: string, source: string, format: 'cjs' | 'esm'): Promise<Bundled> {
  try {
    return await runBundler(dir, source, format)
  } catch (error) {
    if (error instanceof BundleFailed && error.places[0] !== undefined) throw refusalOf(error.places[0])
    throw error
  }
}

/** The bundler's own words, as one of our refusals with the next step. */
function refusalOf(place: Place): PackRefused {
  const where = whereOf(place)
  if (place.text.includes('".node" files')) {
    return new PackRefused(
      'native_addon',
      where,
      `${place.text.replace(/^.*files: /, '').replace(/^(?:\.\.\/)+/, '')} is one; use a library of plain JavaScript.`,
    )
  }
  const missing = /^Could not resolve (?:require|import)?\(?"([^"]+)"/.exec(place.text)?.[1]
  if (missing === undefined) return new PackRefused('bundle_invalid', where, place.text)
  const instead = insteadOfBuiltin(missing)
  if (instead !== undefined)
    return new PackRefused('node_builtin', where, `It imports ${missing}. ${instead}`)
  if (missing.includes('*')) return new PackRefused('dynamic_require', where)
  if (missing.startsWith('.'))
    return new PackRefused('file_missing', where, `It imports ${missing}, and the folder has no such file.`)
  return new PackRefused(
    'library_missing',
    where,
    `It imports ${missing}: npm install ${missing
      .split('/')
      .slice(0, missing.startsWith('@') ? 2 : 1)
      .join('/')}`,
  )
}

function whereOf({ file, line }: Place): string {
  const shown = file.replace(/^(?:\.\.\/)+/, '')
  return line === 0 ? shown : `${shown}:${line}`
}
