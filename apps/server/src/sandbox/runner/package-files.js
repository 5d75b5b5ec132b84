// @ts-check
// Finds a package's own files for `require` and `import`. The files are the map of the host; nothing is read from disk.

const extensions = ['', '.js', '.cjs', '.json', '/index.js', '/index.cjs']

/**
 * @typedef {{ path: string, source: string }} PackageFile
 * @typedef {ReadonlyMap<string, string>} PackageFiles
 */

/**
 * @param {PackageFiles} files
 * @param {string} from path of the asking file, '' for the root
 * @param {string} specifier as written
 * @returns {PackageFile | { refused: string }}
 */
export function findPackageFile(files, from, specifier) {
  const asked = JSON.stringify(specifier.slice(0, 200))
  if (!specifier.startsWith('./') && !specifier.startsWith('../')) {
    return {
      refused: `Cannot load ${asked}: a plugin loads only files of its own package. Bundle libraries when packing.`,
    }
  }
  /** @type {string[]} */
  const segments = from.split('/').slice(0, -1)
  for (const segment of specifier.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') segments.push(segment)
    else if (segments.pop() === undefined)
      return { refused: `Cannot load ${asked}: it is outside the package.` }
  }
  const base = segments.join('/')
  for (const extension of extensions) {
    const source = files.get(base + extension)
    if (source !== undefined) return { path: base + extension, source }
  }
  return { refused: `Cannot load ${asked}: the package has no such file.` }
}

/**
 * For `require`: as one string, because only strings cross into the isolate.
 *
 * @param {PackageFiles} files
 * @param {string} from
 * @param {string} specifier
 */
export function readForRequire(files, from, specifier) {
  const found = findPackageFile(files, from, specifier)
  if ('refused' in found) return `!${found.refused}`
  if (found.path.endsWith('.mjs')) return `!Cannot require ${JSON.stringify(found.path)}: it is an ES module.`
  if (!/\.(js|cjs|json)$/.test(found.path))
    return `!Cannot load ${JSON.stringify(found.path)}: not JavaScript or JSON.`
  return `${found.path}\n${found.source}`
}

/**
 * For `import`: the text of an ES module.
 *
 * @param {PackageFiles} files
 * @param {string} from
 * @param {string} specifier
 * @returns {PackageFile}
 */
export function readForImport(files, from, specifier) {
  const found = findPackageFile(files, from, specifier)
  if ('refused' in found) throw new Error(found.refused)
  // JSON.parse, not a literal: in a literal the key "__proto__" would set a prototype.
  if (found.path.endsWith('.json')) {
    return { path: found.path, source: `export default JSON.parse(${JSON.stringify(found.source)})` }
  }
  if (/\.(js|mjs)$/.test(found.path)) return found
  throw new Error(`Cannot import ${JSON.stringify(found.path)}: not an ES module or JSON.`)
}
