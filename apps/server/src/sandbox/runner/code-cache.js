// @ts-check

/**
 * What compiling a package's files once has taught, for the runs after: V8's code cache of large ones, and whether an
 * entry is a module. Made from the files alone, before any of their code runs, and kept with them: another package,
 * or another trust domain, never meets it.
 *
 * @typedef {import('isolated-vm').ExternalCopy<ArrayBuffer>} CachedData
 * @typedef {object} CodeCache
 * @property {Map<string, boolean>} isModule by path
 * @property {(path: string, source: string) => { cachedData: CachedData } | { produceCachedData: true } | {}} optionsFor
 * @property {(path: string, compiled: unknown) => void} keep
 */

/** Below this, asking costs more than compiling again. */
const smallestChars = 8 * 1024
/** Of all files together; what is over is compiled each time. */
const largestChars = 16 * 1024 * 1024

/** @type {WeakMap<ReadonlyMap<string, string>, CodeCache>} */
const caches = new WeakMap()

/** @param {ReadonlyMap<string, string>} files */
export function codeCacheOf(files) {
  let cache = caches.get(files)
  if (cache === undefined) caches.set(files, (cache = createCodeCache()))
  return cache
}

/** @param {string} source */
export const isLarge = (source) => source.length >= smallestChars

/** @returns {CodeCache} */
function createCodeCache() {
  /** @type {Map<string, CachedData>} */
  const kept = new Map()
  let keptChars = 0
  return {
    isModule: new Map(),
    optionsFor: (path, source) => {
      if (!isLarge(source)) return {}
      const cachedData = kept.get(path)
      if (cachedData !== undefined) return { cachedData }
      keptChars += source.length
      return keptChars > largestChars ? {} : { produceCachedData: true }
    },
    keep: (path, compiled) => {
      // The published types leave this property out.
      const { cachedData } = /** @type {{ cachedData?: CachedData }} */ (compiled)
      if (cachedData !== undefined) kept.set(path, cachedData)
    },
  }
}
