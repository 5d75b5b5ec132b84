// @ts-check
import { ByteReader, encodeU32 } from './byte-reader.js'
import { pageBytes } from './limits.js'

/** @typedef {import('./inspect-module.js').InspectedModule} InspectedModule */

/** Under this name the capped module tells how many pages it was last refused; 0 when it never was. */
export const refusedPages = 'switchboard:refused-pages'

const order = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]
const growOpcodeBytes = 2
/** What 32 bits can address. */
const mostPages = 65_536

/**
 * The module with the memory that the budget allows and no more, whatever it declares.
 *
 * `memory.grow` answers −1 above the cap and the program then fails in its own way, mostly by `unreachable`, which says
 * nothing. So each `memory.grow` becomes a call of a function added at the end, which grows and notes a refusal. Types,
 * functions, globals and exports are only added at the ends of their lists: no index changes.
 *
 * @param {Uint8Array} bytes
 * @param {InspectedModule} module
 * @param {number} memoryMB at least what the module needs at its start
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function capMemory(bytes, module, memoryMB) {
  const pages = Math.min(Math.floor((memoryMB * 1024 * 1024) / pageBytes), mostPages)
  const { minimum, maximum } = module.memory
  const growType = module.types.length
  const growFunction = module.imports.length + module.functions.length
  const i32 = 0x7f
  const body = growBody(module.globals)
  /** @type {Map<number, Uint8Array[]>} */
  const replaced = new Map([
    [1, extend(bytes, module, 1, [0x60, 1, i32, 1, i32])],
    [3, extend(bytes, module, 3, encodeU32(growType))],
    [5, [Uint8Array.of(1, 1, ...encodeU32(minimum), ...encodeU32(Math.min(maximum ?? pages, pages)))]],
    [6, extend(bytes, module, 6, [i32, 1, 0x41, 0, 0x0b])],
    [7, extend(bytes, module, 7, exportOf(refusedPages, 3, module.globals))],
    [
      10,
      [
        ...rewriteBodies(bytes, module, encodeU32(growFunction)),
        Uint8Array.of(...encodeU32(body.length), ...body),
      ],
    ],
  ])
  /** @type {Uint8Array[]} */
  const parts = [bytes.subarray(0, 8)]
  for (const id of order) {
    const span = module.sections.get(id)
    const payload =
      replaced.get(id) ?? (span === undefined ? undefined : [bytes.subarray(span.start, span.end)])
    if (payload !== undefined) parts.push(Uint8Array.of(id, ...encodeU32(lengthOf(payload))), ...payload)
  }
  // Of the custom sections this one is read: it names functions in stack traces.
  if (module.names !== undefined) {
    const names = bytes.subarray(module.names.start, module.names.end)
    parts.push(Uint8Array.of(0, ...encodeU32(names.length)), names)
  }
  return join(parts)
}

/**
 * A section of the module, which is a list, with one entry more.
 *
 * @param {Uint8Array} bytes
 * @param {InspectedModule} module
 * @param {number} id
 * @param {number[]} entry
 */
function extend(bytes, module, id, entry) {
  const span = module.sections.get(id)
  if (span === undefined) return [Uint8Array.of(1, ...entry)]
  const reader = new ByteReader(bytes, span.start, span.end)
  const count = reader.u32()
  return [Uint8Array.from(encodeU32(count + 1)), bytes.subarray(reader.at, span.end), Uint8Array.from(entry)]
}

/** @param {string} name @param {number} kind @param {number} index */
function exportOf(name, kind, index) {
  return [...encodeU32(name.length), ...Buffer.from(name), kind, ...encodeU32(index)]
}

/**
 * @param {Uint8Array} bytes
 * @param {InspectedModule} module
 * @param {number[]} growFunction
 */
function rewriteBodies(bytes, module, growFunction) {
  const call = Uint8Array.of(0x10, ...growFunction)
  /** @type {Uint8Array[]} */
  const parts = [Uint8Array.from(encodeU32(module.bodies.length + 1))]
  let next = 0
  for (const { start, end } of module.bodies) {
    const pieces = []
    let from = start
    for (let at = module.grows[next]; at !== undefined && at < end; at = module.grows[next]) {
      pieces.push(bytes.subarray(from, at), call)
      from = at + growOpcodeBytes
      next += 1
    }
    pieces.push(bytes.subarray(from, end))
    parts.push(Uint8Array.from(encodeU32(lengthOf(pieces))), ...pieces)
  }
  return parts
}

/**
 * `(pages) -> before`: grows, and when that is refused notes how many pages there would have been.
 *
 * @param {number} global
 */
function growBody(global) {
  const note = encodeU32(global)
  return [
    [1, 1, 0x7f],
    // before = memory.grow(pages)
    [0x20, 0, 0x40, 0, 0x22, 1],
    // if before == -1: note = pages + memory.size, or -1 when that is more than there can be
    [0x41, 0x7f, 0x46, 0x04, 0x40],
    [0x41, 0x7f, 0x20, 0, 0x3f, 0, 0x6a],
    [0x20, 0, 0x41, 0x80, 0x80, 0x04, 0x4b, 0x1b],
    [0x24, ...note, 0x0b],
    [0x20, 1, 0x0b],
  ].flat()
}

/** @param {Uint8Array[]} parts */
function lengthOf(parts) {
  let length = 0
  for (const part of parts) length += part.length
  return length
}

/** @param {Uint8Array[]} parts */
function join(parts) {
  const joined = new Uint8Array(lengthOf(parts))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
