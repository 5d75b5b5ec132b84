import { readdir, readFile } from 'node:fs/promises'
import { basename, join, posix, resolve } from 'node:path'
import type { Metafile } from 'esbuild'
import { PackRefused } from '../pack-refusal.ts'
import { integrityOf } from './lock-file.ts'
import { readJson } from './read-json.ts'

/** An npm package of which code went into the bundle. */
export interface BundledLibrary {
  readonly name: string
  readonly version: string
  /** As its package.json states it; undefined when it states none. */
  readonly licence?: string
  /** Subresource integrity out of the lock file, such as `sha512-…`; undefined without one. */
  readonly integrity?: string
  /** `name@version` of the libraries it imports that went in as well. */
  readonly dependsOn: readonly string[]
  /** Whether the plugin's own code imports it. */
  readonly direct: boolean
  readonly licenceTexts: readonly string[]
}

interface Found {
  readonly folder: string
  readonly name: string
  readonly version: string
  readonly described: Readonly<Record<string, unknown>>
}

const nativeBuilders = [
  '@mapbox/node-pre-gyp',
  'bindings',
  'nan',
  'node-addon-api',
  'node-gyp',
  'node-gyp-build',
  'node-pre-gyp',
  'prebuild-install',
]

/**
 * The libraries behind the files of a bundle, sorted by name and version.
 *
 * @param dir the plugin's folder, absolute and without links in it.
 * @throws {PackRefused} `native_addon` for a library that is built from something else than JavaScript.
 */
export async function librariesOf(
  dir: string,
  inputs: Metafile['inputs'],
): Promise<readonly BundledLibrary[]> {
  const byFile = new Map<string, Found>()
  for (const path of Object.keys(inputs)) {
    if (isLibraryFile(path)) byFile.set(path, await findPackage(dir, path))
  }
  const found = new Map([...byFile.values()].map((one) => [idOf(one), one]))
  const libraries: BundledLibrary[] = []
  for (const [id, one] of found) {
    await refuseNative(one)
    const imported = (of: (path: string) => boolean) =>
      Object.entries(inputs)
        .filter(([path]) => of(path))
        .flatMap(([, { imports }]) => imports.map((each) => byFile.get(each.path)))
        .flatMap((other) => (other === undefined || idOf(other) === id ? [] : [idOf(other)]))
    const licence = licenceOf(one.described)
    const integrity = await integrityOf(one.folder, one.version)
    libraries.push({
      name: one.name,
      version: one.version,
      ...(licence === undefined ? {} : { licence }),
      ...(integrity === undefined ? {} : { integrity }),
      dependsOn: [
        ...new Set(
          imported((path) => byFile.get(path) !== undefined && idOf(byFile.get(path) as Found) === id),
        ),
      ].sort(),
      direct: Object.entries(inputs).some(
        ([path, { imports }]) =>
          !byFile.has(path) &&
          imports.some((each) => {
            const other = byFile.get(each.path)
            return other !== undefined && idOf(other) === id
          }),
      ),
      licenceTexts: await licenceTextsOf(one.folder),
    })
  }
  return libraries.sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version))
}

export function isLibraryFile(path: string): boolean {
  return path.split('/').includes('node_modules')
}

/** The nearest package.json that says a name and a version: some libraries have others inside, to mark a format. */
async function findPackage(dir: string, path: string): Promise<Found> {
  for (let folder = posix.dirname(path); isLibraryFile(folder); folder = posix.dirname(folder)) {
    if (basename(folder) === 'node_modules') break
    const described = await readJson(join(dir, folder, 'package.json'))
    const { name, version } = described ?? {}
    if (described !== undefined && typeof name === 'string' && typeof version === 'string')
      return { folder: resolve(dir, folder), name, version, described }
  }
  throw new PackRefused('library_unnamed', path.replace(/^(?:\.\.\/)+/, ''))
}

async function refuseNative({ folder, name, version, described }: Found): Promise<void> {
  const builders = Object.keys({
    ...(described['dependencies'] as object | undefined),
    ...(described['optionalDependencies'] as object | undefined),
  }).filter((one) => nativeBuilders.includes(one))
  const why =
    builders[0] !== undefined
      ? `it depends on ${builders[0]}`
      : described['gypfile'] === true || (await readdir(folder)).includes('binding.gyp')
        ? 'it has a binding.gyp'
        : undefined
  if (why !== undefined) {
    throw new PackRefused(
      'native_addon',
      `${name} ${version}`,
      `This library is built from another language (${why}); use one of plain JavaScript.`,
    )
  }
}

function licenceOf(described: Readonly<Record<string, unknown>>): string | undefined {
  const { license, licenses } = described
  if (typeof license === 'string' && license !== '') return license
  // Forms that npm gave up long ago and old libraries still have.
  const old = [license, licenses]
    .flat()
    .flatMap((one) => (typeof one === 'object' && one !== null && 'type' in one ? [String(one.type)] : []))
  return old.length === 0 ? undefined : old.join(' OR ')
}

async function licenceTextsOf(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter(
      (one) => one.isFile() && /^(?:licen[cs]es?|copying|notice|unlicen[cs]e)(?:[.-]|$)/i.test(one.name),
    )
    .map((one) => one.name)
    .sort()
  return await Promise.all(
    names.map(async (name) => (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n').trim()),
  )
}

export function idOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}@${version}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
