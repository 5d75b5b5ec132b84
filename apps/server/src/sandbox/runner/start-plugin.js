// @ts-check
import { codeCacheOf, isLarge } from './code-cache.js'
import { findPackageFile, readForImport } from './package-files.js'

/**
 * @typedef {import('./prepare-isolate.js').PreparedIsolate} PreparedIsolate
 * @typedef {import('./package-files.js').PackageFiles} PackageFiles
 * @typedef {import('isolated-vm').Module} Module
 */

const byReference = /** @type {{ reference: true }} */ (Object.freeze({ __proto__: null, reference: true }))

/**
 * Loads the entry and calls its `run`. Settles when the isolate has nothing more to do *now*; the end of the run
 * itself is posted by the guest side.
 *
 * @param {PreparedIsolate} prepared
 * @param {PackageFiles} files
 * @param {string} entry
 * @param {string} args JSON
 * @param {string} settings JSON
 */
export async function startPlugin(prepared, files, entry, args, settings) {
  const cache = codeCacheOf(files)
  let asModule = cache.isModule.get(entry)
  if (asModule === undefined) cache.isModule.set(entry, (asModule = await isModule(prepared, files, entry)))
  if (!asModule) {
    const compiled = await compileEntry(prepared, files, entry)
    const { path, wrapper } = compiled ?? { path: entry, wrapper: undefined }
    return prepared.deliver.apply(undefined, ['start-commonjs', 0, args, path, settings, wrapper])
  }
  // Before the module's own code: it may log while it loads.
  await prepared.deliver.apply(undefined, ['configure', 0, '', undefined, settings])
  const run = await loadRun(prepared, files, entry)
  return prepared.deliver.apply(undefined, ['start-module', 0, args, run])
}

/**
 * A large CommonJS entry is compiled from here, where V8's code cache can be used; the rest compiles inside.
 *
 * @param {PreparedIsolate} prepared
 * @param {PackageFiles} files
 * @param {string} entry
 */
async function compileEntry(prepared, files, entry) {
  const found = findPackageFile(files, '', `./${entry}`)
  if (!('source' in found) || !/\.(js|cjs)$/.test(found.path) || !isLarge(found.source)) return undefined
  const { path, source } = found
  const body = source.startsWith('#!') ? `//${source}` : source
  const text = `(function (exports, require, module, __filename, __dirname) {${body}\n})`
  const cache = codeCacheOf(files)
  try {
    const script = await prepared.isolate.compileScript(text, {
      filename: path,
      ...cache.optionsFor(path, source),
    })
    cache.keep(path, script)
    const wrapper = await script.run(prepared.context, byReference)
    script.release()
    return { path, wrapper: wrapper.derefInto() }
  } catch {
    // It does not compile: the guest side finds that out too, and words it.
    return undefined
  }
}

/**
 * A `.js` entry says by itself what it is: CommonJS when it is valid inside a function, else a module. The word
 * `export` is looked for first, so that CommonJS is compiled once only.
 *
 * @param {PreparedIsolate} prepared
 * @param {PackageFiles} files
 * @param {string} entry
 */
async function isModule(prepared, files, entry) {
  if (entry.endsWith('.mjs')) return true
  const source = files.get(entry)
  if (!entry.endsWith('.js') || source === undefined || !/\bexport\b/.test(source)) return false
  try {
    const body = source.startsWith('#!') ? `//${source}` : source
    const script = await prepared.isolate.compileScript(`(function () {${body}\n})`)
    script.release()
    return false
  } catch {
    // Not a function body: let the module compiler have the last word and its message.
    return true
  }
}

/**
 * @param {PreparedIsolate} prepared
 * @param {PackageFiles} files
 * @param {string} entry
 */
async function loadRun(prepared, files, entry) {
  /** @type {Map<string, Promise<Module>>} */
  const modules = new Map()
  const cache = codeCacheOf(files)
  /** @type {Map<Module, string>} */
  const paths = new Map()

  /** @param {string} from @param {string} specifier @returns {Promise<Module>} */
  const load = (from, specifier) => {
    const { path, source } = readForImport(files, from, specifier)
    const known = modules.get(path)
    if (known !== undefined) return known
    const options = { filename: path, ...cache.optionsFor(path, source) }
    const compiled = prepared.isolate.compileModule(source, options).then((module) => {
      cache.keep(path, module)
      paths.set(module, path)
      return module
    })
    modules.set(path, compiled)
    return compiled
  }

  const module = await load('', `./${entry}`)
  await module.instantiate(prepared.context, async (specifier, referrer) =>
    load(paths.get(referrer) ?? '', specifier),
  )
  await module.evaluate()
  const run = await module.namespace.get('run', byReference)
  // Dereferenced inside its own isolate: the plugin's function arrives there as itself, never as a Reference.
  return run.typeof === 'function' ? run.derefInto() : undefined
}
