// @ts-check
import { ByteReader, ModuleRefused } from './byte-reader.js'
import { checkInterface } from './check-interface.js'
import {
  maxElementBytes,
  maxExports,
  maxFunctionBytes,
  maxFunctions,
  maxGlobals,
  maxImports,
  maxModuleBytes,
  maxParameters,
  maxSegments,
  maxTableEntries,
  maxTables,
  maxTypes,
} from './limits.js'
import { isReference, isValueType, walkCode } from './walk-code.js'

/**
 * @typedef {{ start: number, end: number }} Span of bytes
 * @typedef {{ parameters: number[], results: number[] }} Signature
 * @typedef {{ minimum: number, maximum: number | undefined }} MemoryLimits in pages
 * @typedef {object} InspectedModule
 * @property {Map<number, Span>} sections by id, custom ones left out
 * @property {Span | undefined} names the custom section that names functions, for stack traces
 * @property {Signature[]} types
 * @property {{ module: string, name: string, type: number }[]} imports functions all
 * @property {number[]} functions index of the type, of those the module defines
 * @property {number} globals
 * @property {MemoryLimits} memory
 * @property {Map<string, { kind: number, index: number }>} exports
 * @property {Span[]} bodies
 * @property {number[]} grows offsets of `memory.grow`
 */

/** Order of the sections as the format asks; ids are older than two of the sections. */
const rankOfSection = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11]

/**
 * Reads a module to the last instruction, within limits, and holds it against the interface. V8 validates it again when
 * it compiles: here is decided what V8 would allow and we do not.
 *
 * @param {Uint8Array} bytes
 * @returns {InspectedModule}
 * @throws {ModuleRefused} saying what to change
 */
export function inspectModule(bytes) {
  if (bytes.length > maxModuleBytes)
    throw new ModuleRefused(`The module has ${bytes.length} bytes; at most ${maxModuleBytes} are allowed.`)
  if (bytes.length < 8 || Buffer.from(bytes.buffer, bytes.byteOffset, 4).toString('latin1') !== '\0asm')
    throw new ModuleRefused('The entry is no WebAssembly module.')
  if (bytes[4] !== 1 || bytes[5] !== 0 || bytes[6] !== 0 || bytes[7] !== 0)
    throw new ModuleRefused('The entry is no core module of version 1; components are not supported.')

  const { sections, names } = readSections(bytes)
  /** @param {number} id */
  const section = (id) => {
    const span = sections.get(id)
    return span === undefined ? undefined : new ByteReader(bytes, span.start, span.end)
  }
  const types = readTypes(section(1))
  const imports = readImports(section(2))
  const functions = readList(section(3), maxFunctions, 'functions', (reader) => reader.u32())
  readList(section(4), maxTables, 'tables', readTable)
  const memories = readList(section(5), 1, 'memories', readMemory)
  const globals = readGlobals(section(6))
  const exports = readExports(section(7))
  checkElements(section(9))
  section(11)?.count(maxSegments, 'data segments')
  const counts = { functions: imports.length + functions.length, globals }
  const { bodies, grows } = readBodies(section(10), functions.length, counts)
  const [memory] = memories
  if (memory === undefined)
    throw new ModuleRefused('The module has no memory; it must export one named "memory".')
  const inspected = { sections, names, types, imports, functions, globals, memory, exports, bodies, grows }
  checkInterface(inspected)
  return inspected
}

/** @param {Uint8Array} bytes */
function readSections(bytes) {
  const reader = new ByteReader(bytes, 8)
  /** @type {Map<number, Span>} */
  const sections = new Map()
  /** @type {Span | undefined} */
  let names
  let before = 0
  while (!reader.done) {
    const id = reader.byte()
    const part = reader.part(reader.u32())
    const span = { start: part.at, end: part.end }
    if (id === 0) {
      if (part.name() === 'name') names = span
      continue
    }
    const rank = rankOfSection[id]
    if (id === 13) throw new ModuleRefused('The module uses exceptions.')
    if (rank === undefined)
      throw new ModuleRefused(`The module has a section ${id}, which is not in WebAssembly 2.0.`)
    if (rank <= before) throw new ModuleRefused('The sections of the module are out of order.')
    before = rank
    sections.set(id, span)
  }
  return { sections, names }
}

/**
 * @template T
 * @param {ByteReader | undefined} reader
 * @param {number} most
 * @param {string} what
 * @param {(reader: ByteReader) => T} read
 * @returns {T[]}
 */
function readList(reader, most, what, read) {
  /** @type {T[]} */
  const list = []
  if (reader === undefined) return list
  for (let left = reader.count(most, what); left > 0; left -= 1) list.push(read(reader))
  if (!reader.done) throw new ModuleRefused(`There are bytes behind the last of the ${what}.`)
  return list
}

/** @param {ByteReader | undefined} section */
function readTypes(section) {
  return readList(section, maxTypes, 'types', (reader) => {
    if (reader.byte() !== 0x60) throw new ModuleRefused('The module uses garbage-collected types.')
    return { parameters: readValueTypes(reader), results: readValueTypes(reader) }
  })
}

/** @param {ByteReader} reader */
function readValueTypes(reader) {
  const list = []
  for (let left = reader.count(maxParameters, 'parameters of one function'); left > 0; left -= 1)
    list.push(readValueType(reader))
  return list
}

/** @param {ByteReader} reader */
function readValueType(reader) {
  const type = reader.byte()
  if (!isValueType(type)) throw new ModuleRefused('The module uses garbage-collected types.')
  return type
}

/** @param {ByteReader | undefined} section */
function readImports(section) {
  return readList(section, maxImports, 'imports', (reader) => {
    const module = reader.name()
    const name = reader.name()
    if (reader.byte() !== 0)
      throw new ModuleRefused(
        `The module imports ${module}.${name}, which is no function: only functions are offered.`,
      )
    return { module, name, type: reader.u32() }
  })
}

/** @param {ByteReader} reader */
function readTable(reader) {
  if (!isReference(reader.byte())) throw new ModuleRefused('The module uses garbage-collected types.')
  const { minimum } = readLimits(reader, 'table')
  if (minimum > maxTableEntries)
    throw new ModuleRefused(
      `A table of ${minimum} entries is too large; at most ${maxTableEntries} are allowed.`,
    )
}

/** @param {ByteReader} reader */
function readMemory(reader) {
  return readLimits(reader, 'memory')
}

/** @param {ByteReader} reader @param {string} what @returns {MemoryLimits} */
function readLimits(reader, what) {
  const flags = reader.byte()
  if (flags === 2 || flags === 3) throw new ModuleRefused('The module uses threads (shared memory).')
  if (flags > 1)
    throw new ModuleRefused(`The ${what} of the module has 64-bit addresses or pages of another size.`)
  const minimum = reader.u32()
  return { minimum, maximum: flags === 1 ? reader.u32() : undefined }
}

/** @param {ByteReader | undefined} section */
function readGlobals(section) {
  return readList(section, maxGlobals, 'globals', (reader) => {
    readValueType(reader)
    if (reader.byte() > 1) throw new ModuleRefused('The module uses threads (a shared global).')
    skipConstant(reader)
  }).length
}

/** The initial value of a global: instructions up to the end. @param {ByteReader} reader */
function skipConstant(reader) {
  for (;;) {
    switch (reader.byte()) {
      case 0x0b:
        return
      case 0x41:
      case 0x42:
        reader.skipSigned(64)
        break
      case 0x43:
        reader.skip(4)
        break
      case 0x44:
        reader.skip(8)
        break
      case 0x23:
      case 0xd2:
        reader.u32()
        break
      case 0xd0:
        reader.skip(1)
        break
      case 0xfd:
        reader.skip(17)
        break
      // Sums and products of constants.
      case 0x6a:
      case 0x6b:
      case 0x6c:
      case 0x7c:
      case 0x7d:
      case 0x7e:
        break
      default:
        throw new ModuleRefused('The initial value of a global is no constant of WebAssembly 2.0.')
    }
  }
}

/** @param {ByteReader | undefined} section */
function readExports(section) {
  /** @type {Map<string, { kind: number, index: number }>} */
  const exports = new Map()
  readList(section, maxExports, 'exports', (reader) => {
    const name = reader.name()
    if (name.startsWith('switchboard:'))
      throw new ModuleRefused(`The export ${name} has a name that is kept for us.`)
    exports.set(name, { kind: reader.byte(), index: reader.u32() })
  })
  return exports
}

/** @param {ByteReader | undefined} section */
function checkElements(section) {
  if (section === undefined) return
  const bytes = section.end - section.at
  if (bytes > maxElementBytes)
    throw new ModuleRefused(
      `The tables are filled from ${bytes} bytes; at most ${maxElementBytes} are allowed.`,
    )
  section.count(maxSegments, 'element segments')
}

/**
 * @param {ByteReader | undefined} section
 * @param {number} declared
 * @param {{ functions: number, globals: number }} counts
 */
function readBodies(section, declared, counts) {
  /** @type {number[]} */
  const grows = []
  const bodies = readList(section, maxFunctions, 'functions', (reader) => {
    const body = reader.part(reader.u32())
    const span = { start: body.at, end: body.end }
    const bytes = span.end - span.start
    if (bytes > maxFunctionBytes)
      throw new ModuleRefused(
        `A function of ${bytes} bytes is too large; at most ${maxFunctionBytes} are allowed.`,
      )
    for (let groups = body.u32(); groups > 0; groups -= 1) {
      body.u32()
      readValueType(body)
    }
    walkCode(body, counts, grows)
    return span
  })
  if (bodies.length !== declared)
    throw new ModuleRefused('The module has another number of bodies than of functions.')
  return { bodies, grows }
}
