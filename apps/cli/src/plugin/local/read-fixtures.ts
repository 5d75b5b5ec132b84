import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readJsonFile } from './read-json-file.ts'
import { WorldFile } from './world-schema.ts'

/** The names of the .json files of a folder, sorted; none when there is no such folder. */
export async function jsonFilesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/**
 * The world in the `fixtures` folder of a plugin.
 *
 * @throws {FileRefused} naming the file and the place in it.
 */
export async function readFixtures(folder: string): Promise<ReadonlyMap<string, WorldFile>> {
  const files = new Map<string, WorldFile>()
  for (const name of await jsonFilesIn(join(folder, 'fixtures')))
    files.set(`fixtures/${name}`, await readJsonFile(join(folder, 'fixtures', name), WorldFile))
  return files
}
