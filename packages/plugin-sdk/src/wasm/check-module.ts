import { PackRefused } from '../pack-refusal.ts'
import { offeredFunctions, requiredExports, wasiFunctions } from './interface.ts'
import { readModule } from './read-module.ts'
import type { ModuleSurface } from './read-module.ts'

const maxBytes = 16 * 1024 * 1024

/**
 * Holds a module against the interface, as far as its imports and exports show: what an author gets wrong when building.
 * The runner reads it to the last instruction; `switchboard plugin test` shows what only that finds.
 *
 * @throws {PackRefused} `module_invalid`, naming the import or export and what it must be
 */
export function checkModule(path: string, bytes: Uint8Array): void {
  const refuse = (detail: string): never => {
    throw new PackRefused('module_invalid', path, detail)
  }
  if (bytes.length > maxBytes) refuse(`It has ${bytes.length} bytes; at most ${maxBytes} are allowed.`)
  if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== '\0asm')
    refuse('The file is no WebAssembly module.')
  if (bytes[4] !== 1 || bytes[5] !== 0 || bytes[6] !== 0 || bytes[7] !== 0)
    refuse('It is no core module of version 1; components are not supported.')
  const surface = readOr(bytes, refuse)
  const problem = findProblem(surface)
  if (problem !== undefined) refuse(problem)
}

function readOr(bytes: Uint8Array, refuse: (detail: string) => never): ModuleSurface {
  try {
    return readModule(bytes)
  } catch (error) {
    if (error instanceof RangeError) return refuse(`It cannot be read: ${error.message}`)
    throw error
  }
}

function findProblem({ imports, exports, memory }: ModuleSurface): string | undefined {
  for (const { module, name, is } of imports) {
    const offered = signatureOf(functionsOf(module), name)
    if (offered === undefined) return `It imports ${module}.${name}, which is not offered.`
    if (is !== offered) return `The import ${module}.${name} is ${is}; it must be ${offered}.`
  }
  if (memory === 'shared') return 'It uses threads (shared memory).'
  if (memory === '64-bit') return 'Its memory has 64-bit addresses.'
  if (exports.get('memory') !== 'memory') return 'It does not export its memory under the name "memory".'
  if (exports.has('_start'))
    return 'It is a program (it exports _start); build a library: cdylib in Rust, -buildmode=c-shared in Go.'
  for (const [name, wanted] of Object.entries({ ...requiredExports, _initialize: '() -> ()' })) {
    const is = exports.get(name)
    if (is === undefined && name === '_initialize') continue
    if (is === undefined) return `It does not export the function "${name}".`
    if (is !== wanted) return `The export "${name}" is ${is}; it must be ${wanted}.`
  }
  return undefined
}

function functionsOf(module: string): Readonly<Record<string, string>> {
  if (module === 'switchboard') return offeredFunctions
  return module === 'wasi_snapshot_preview1' ? wasiFunctions : {}
}

function signatureOf(functions: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(functions, name) ? functions[name] : undefined
}
