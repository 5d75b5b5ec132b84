import { dirname, join, relative } from 'node:path'
import { readJson } from './read-json.ts'

/**
 * The integrity that npm's lock file states for an installed package: npm checked it when it installed, and it names what
 * the registry published, whatever lies on this disk.
 *
 * @param folder of the installed package, absolute.
 * @returns undefined without a lock file, or when it states another version.
 */
export async function integrityOf(folder: string, version: string): Promise<string | undefined> {
  for (let at = dirname(folder); at !== dirname(at); at = dirname(at)) {
    const lock = await readJson(join(at, 'package-lock.json'))
    if (lock === undefined) continue
    const packages = lock['packages'] as Readonly<Record<string, LockedPackage | undefined>> | undefined
    const locked = packages?.[relative(at, folder).replaceAll('\\', '/')]
    if (locked?.version !== version || typeof locked.integrity !== 'string') return undefined
    // Several may be stated; npm writes the strongest alone since long ago.
    return locked.integrity
      .split(/\s+/)
      .find((one) => /^sha(?:256|384|512)-[A-Za-z0-9+/]{32,90}={0,2}$/.test(one))
  }
  return undefined
}

interface LockedPackage {
  readonly version?: unknown
  readonly integrity?: unknown
}
