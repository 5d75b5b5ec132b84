// @ts-check
import { ModuleRefused } from './byte-reader.js'

const i32 = 0x7f
const i64 = 0x7e
const f64 = 0x7c

/** What `run`, `switchboard_alloc` and the others look like. @type {Record<string, [number[], number[]]>} */
export const requiredExports = {
  switchboard_abi_version: [[], [i32]],
  switchboard_alloc: [[i32], [i32]],
  run: [[i32, i32], [i64]],
}

/** Offered under the module name `switchboard`. @type {Record<string, [number[], number[]]>} */
export const offeredFunctions = {
  call: [[i32, i32, i32, i32], [i32]],
  answer: [[i32, i32], [i32]],
  log: [[i32, i32, i32], []],
  fail: [[i32, i32], []],
  fail_with_refusal: [[], []],
  clock_ms: [[], [f64]],
  random: [[i32, i32], []],
}

/** Functions of WASI preview 1, for languages whose runtime asks for them. @type {Record<string, [number[], number[]]>} */
export const wasiFunctions = {
  args_get: [[i32, i32], [i32]],
  args_sizes_get: [[i32, i32], [i32]],
  environ_get: [[i32, i32], [i32]],
  environ_sizes_get: [[i32, i32], [i32]],
  clock_res_get: [[i32, i32], [i32]],
  clock_time_get: [[i32, i64, i32], [i32]],
  fd_advise: [[i32, i64, i64, i32], [i32]],
  fd_allocate: [[i32, i64, i64], [i32]],
  fd_close: [[i32], [i32]],
  fd_datasync: [[i32], [i32]],
  fd_fdstat_get: [[i32, i32], [i32]],
  fd_fdstat_set_flags: [[i32, i32], [i32]],
  fd_fdstat_set_rights: [[i32, i64, i64], [i32]],
  fd_filestat_get: [[i32, i32], [i32]],
  fd_filestat_set_size: [[i32, i64], [i32]],
  fd_filestat_set_times: [[i32, i64, i64, i32], [i32]],
  fd_pread: [[i32, i32, i32, i64, i32], [i32]],
  fd_prestat_get: [[i32, i32], [i32]],
  fd_prestat_dir_name: [[i32, i32, i32], [i32]],
  fd_pwrite: [[i32, i32, i32, i64, i32], [i32]],
  fd_read: [[i32, i32, i32, i32], [i32]],
  fd_readdir: [[i32, i32, i32, i64, i32], [i32]],
  fd_renumber: [[i32, i32], [i32]],
  fd_seek: [[i32, i64, i32, i32], [i32]],
  fd_sync: [[i32], [i32]],
  fd_tell: [[i32, i32], [i32]],
  fd_write: [[i32, i32, i32, i32], [i32]],
  path_create_directory: [[i32, i32, i32], [i32]],
  path_filestat_get: [[i32, i32, i32, i32, i32], [i32]],
  path_filestat_set_times: [[i32, i32, i32, i32, i64, i64, i32], [i32]],
  path_link: [[i32, i32, i32, i32, i32, i32, i32], [i32]],
  path_open: [[i32, i32, i32, i32, i32, i64, i64, i32, i32], [i32]],
  path_readlink: [[i32, i32, i32, i32, i32, i32], [i32]],
  path_remove_directory: [[i32, i32, i32], [i32]],
  path_rename: [[i32, i32, i32, i32, i32, i32], [i32]],
  path_symlink: [[i32, i32, i32, i32, i32], [i32]],
  path_unlink_file: [[i32, i32, i32], [i32]],
  poll_oneoff: [[i32, i32, i32, i32], [i32]],
  proc_exit: [[i32], []],
  proc_raise: [[i32], [i32]],
  random_get: [[i32, i32], [i32]],
  sched_yield: [[], [i32]],
  sock_accept: [[i32, i32, i32], [i32]],
  sock_recv: [[i32, i32, i32, i32, i32, i32], [i32]],
  sock_send: [[i32, i32, i32, i32, i32], [i32]],
  sock_shutdown: [[i32, i32], [i32]],
}

const typeNames = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
])

/**
 * Holds imports and exports against docs/reference/wasm-interface.md.
 *
 * @param {import('./inspect-module.js').InspectedModule} module
 * @throws {ModuleRefused} naming the import or export
 */
export function checkInterface(module) {
  for (const one of module.imports) {
    const functions = offeredBy(one.module)
    const offered = Object.hasOwn(functions, one.name) ? functions[one.name] : undefined
    if (offered === undefined)
      throw new ModuleRefused(`The module imports ${one.module}.${one.name}, which is not offered.`)
    checkSignature(`the import ${one.module}.${one.name}`, module.types[one.type], offered)
  }
  if (module.exports.get('memory')?.kind !== 2)
    throw new ModuleRefused('The module does not export its memory under the name "memory".')
  if (module.exports.has('_start'))
    throw new ModuleRefused(
      'The module is a program (it exports _start); build a library (a reactor) instead.',
    )
  for (const [name, wanted] of Object.entries(requiredExports)) {
    if (!module.exports.has(name))
      throw new ModuleRefused(`The module does not export the function "${name}".`)
    checkExport(module, name, wanted)
  }
  if (module.exports.has('_initialize')) checkExport(module, '_initialize', [[], []])
}

/** @param {string} module */
function offeredBy(module) {
  if (module === 'switchboard') return offeredFunctions
  return module === 'wasi_snapshot_preview1' ? wasiFunctions : {}
}

/** @param {import('./inspect-module.js').InspectedModule} module @param {string} name @param {[number[], number[]]} wanted */
function checkExport(module, name, wanted) {
  const found = module.exports.get(name)
  if (found?.kind !== 0) throw new ModuleRefused(`The export "${name}" is no function.`)
  const { index } = found
  const type =
    index < module.imports.length
      ? module.imports[index]?.type
      : module.functions[index - module.imports.length]
  checkSignature(`the export "${name}"`, module.types[type ?? -1], wanted)
}

/**
 * @param {string} what
 * @param {import('./inspect-module.js').Signature | undefined} found
 * @param {[number[], number[]]} wanted
 */
function checkSignature(what, found, [parameters, results]) {
  if (found === undefined) throw new ModuleRefused(`${what} has no type.`)
  const is = describe(found.parameters, found.results)
  const should = describe(parameters, results)
  if (is !== should) throw new ModuleRefused(`${what} has the type ${is}; it must be ${should}.`)
}

/** @param {number[]} parameters @param {number[]} results */
function describe(parameters, results) {
  /** @param {number[]} types */
  const list = (types) => `(${types.map((type) => typeNames.get(type)).join(', ')})`
  return `${list(parameters)} -> ${list(results)}`
}
