// @ts-check
import { capMemory } from './cap-memory.js'
import { inspectModule } from './inspect-module.js'
import { pageBytes } from './limits.js'
import { exceeded, threw } from './run-ended.js'

/**
 * The package this process holds: one, because a process serves one publisher in one organisation. Compiled at first
 * use and kept for the next run; instances, which hold all state, never are.
 */
export class LoadedModule {
  #bytes
  /** @type {import('./inspect-module.js').InspectedModule | undefined} */
  #inspected
  /** @type {WebAssembly.Module | undefined} */
  #compiled
  #memoryMB = 0

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes
  }

  /**
   * @param {number} memoryMB
   * @throws {import('./run-ended.js').RunEnded} for a module that cannot run, or not in so much memory
   */
  compile(memoryMB) {
    if (this.#compiled !== undefined && this.#memoryMB === memoryMB) return this.#compiled
    try {
      this.#inspected ??= inspectModule(this.#bytes)
      const startBytes = this.#inspected.memory.minimum * pageBytes
      if (startBytes > memoryMB * 1024 * 1024) {
        const over = exceeded('memory', 0)
        over.header['heapBytes'] = startBytes
        throw over
      }
      this.#compiled = new WebAssembly.Module(capMemory(this.#bytes, this.#inspected, memoryMB))
      this.#memoryMB = memoryMB
      return this.#compiled
    } catch (error) {
      if (!(error instanceof Error) || !['ModuleRefused', 'CompileError'].includes(error.name)) throw error
      // Of a CompileError: where V8 stands in its own call is not for the author.
      throw threw(
        error.name,
        error.message.replace(/^WebAssembly\.Module\(\): /, 'The module is not valid: '),
      )
    }
  }
}
