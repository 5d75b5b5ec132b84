import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PackRefused } from './pack-refusal.ts'
import { layout, limits } from './package-layout.ts'

export interface CollectedFiles {
  /** By path with "/", sorted. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Hidden files and folders, packages made here before, and what is for the author alone: left out. */
  readonly skipped: readonly string[]
}

/**
 * Reads the files of a folder as they will be packed. Hidden ones (a leading dot) are left out and listed, because that is
 * where tools and people keep secrets; so are packages lying in the folder, or packing into it would not repeat, and what is
 * for the author alone. Everything else goes in, or the whole folder is refused.
 *
 * @throws {PackRefused} links, devices, native addons, reserved or unportable names, limits
 */
export async function collectFiles(dir: string): Promise<CollectedFiles> {
  const paths: { path: string; bytes: number }[] = []
  const skipped: string[] = []
  await walk(dir, '', paths, skipped)
  checkTogether(paths)
  const files = new Map<string, Uint8Array>()
  for (const { path } of paths.sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const bytes = await readFile(join(dir, path))
    if (/^\s*-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(bytes.subarray(0, 200).toString('latin1'))) {
      throw new PackRefused('private_key', path)
    }
    files.set(path, bytes)
  }
  return { files, skipped: skipped.sort() }
}

async function walk(
  dir: string,
  below: string,
  paths: { path: string; bytes: number }[],
  skipped: string[],
): Promise<void> {
  for (const name of await readdir(join(dir, below))) {
    const path = below === '' ? name : `${below}/${name}`
    if (name.startsWith('.') || isPackage(path) || isForAuthor(path)) {
      skipped.push(path)
      continue
    }
    const found = await lstat(join(dir, path))
    // A hard link is a file like any other on disk, and is packed as one.
    if (found.isSymbolicLink()) throw new PackRefused('link', path)
    checkPath(path)
    if (found.isDirectory()) {
      if (await isCache(join(dir, path))) {
        skipped.push(path)
        continue
      }
      await walk(dir, path, paths, skipped)
    } else if (found.isFile()) {
      paths.push({ path, bytes: found.size })
      if (paths.length > limits.files - 3) throw new PackRefused('too_many_files', path)
    } else {
      throw new PackRefused('special_file', path)
    }
  }
}

/**
 * Installed libraries, whose code is bundled; tests and the worlds they run in, which may be copied from real cases; and what
 * `switchboard plugin init` writes for editors.
 */
function isForAuthor(path: string): boolean {
  return (
    path.split('/').at(-1) === 'node_modules' ||
    ['fixtures', 'input.json', 'tests', 'manifest.schema.json', 'switchboard.d.ts'].includes(path)
  )
}

/** What compilers leave behind marks itself so (bford.info/cachedir): Cargo's `target` is hundreds of megabytes. */
async function isCache(dir: string): Promise<boolean> {
  return lstat(join(dir, 'CACHEDIR.TAG')).then(
    (found) => found.isFile(),
    () => false,
  )
}

function isPackage(path: string): boolean {
  return !path.includes('/') && /\.sbp(\.part)?$/.test(path)
}

function checkPath(path: string): void {
  const written: readonly string[] = [layout.sbom, layout.provenance, layout.attestation]
  if (written.includes(path.toLowerCase())) throw new PackRefused('reserved_name', path)
  if (path.toLowerCase().endsWith('.node')) throw new PackRefused('native_addon', path)
  const portable = path
    .split('/')
    .every(
      (name) =>
        /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(name) &&
        !/[\\:*?"<>|]|\.$/.test(name) &&
        !/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name),
    )
  if (!portable || !fitsUstar(path)) throw new PackRefused('path_not_portable', path)
}

// 100 bytes, and up to 155 more in front of a slash.
function fitsUstar(path: string): boolean {
  let name = path
  while (name.length > 100) {
    const slash = name.indexOf('/')
    if (slash < 0) return false
    name = name.slice(slash + 1)
  }
  return path.length - name.length - 1 <= 155
}

function checkTogether(paths: readonly { path: string; bytes: number }[]): void {
  const folded = new Map<string, string>()
  let total = 0
  for (const { path, bytes } of paths) {
    const twin = folded.get(path.toLowerCase())
    if (twin !== undefined) throw new PackRefused('path_case_collision', path, `The other is ${twin}.`)
    folded.set(path.toLowerCase(), path)
    total += bytes
    if (total > limits.dataBytes) throw new PackRefused('too_large', path)
  }
  for (const { path } of paths) {
    const names = path.toLowerCase().split('/')
    const twin = names
      .map((_, i) => folded.get(names.slice(0, i).join('/')))
      .find((file) => file !== undefined)
    if (twin !== undefined) throw new PackRefused('path_case_collision', path, `The other is ${twin}.`)
  }
}
