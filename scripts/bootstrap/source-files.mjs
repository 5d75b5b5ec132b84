import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './install.mjs'

const folders = ['apps', 'packages', 'samples', 'tests', 'bench', 'scripts', 'tools']
const notOurs = new Set(['node_modules', 'dist', 'fixtures'])

/** Every TypeScript and JavaScript file of the project below `base`, as sorted paths with `/`; fixtures are left out. */
export function sourceFiles(base = root) {
  return folders.flatMap((folder) => [...walk(base, folder)]).sort((a, b) => (a < b ? -1 : 1))
}

/**
 * @param {string} base
 * @param {string} folder
 * @returns {Generator<string>}
 */
function* walk(base, folder) {
  if (!existsSync(join(base, folder))) return
  for (const entry of readdirSync(join(base, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory() && !notOurs.has(entry.name)) yield* walk(base, path)
    else if (entry.isFile() && /\.(ts|tsx|mts|mjs|js)$/.test(entry.name)) yield path
  }
}
