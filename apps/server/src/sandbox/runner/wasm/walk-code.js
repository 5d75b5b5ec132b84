// @ts-check
// Walks over the instructions of a function. Only what stands in this table may be used: WebAssembly 2.0 and tail
// calls. All of it gives the same results on every machine (NaN bits aside). Threads, relaxed SIMD, exceptions and
// garbage-collected types do not stand here, and neither does what V8 will learn tomorrow.
import { ModuleRefused } from './byte-reader.js'

const none = 1
const block = 2
const index = 3
const branchTable = 4
const twoIndices = 5
const memoryAccess = 6
const const32 = 7
const const64 = 8
const float32 = 9
const float64 = 10
const types = 11
const functionIndex = 12
const globalIndex = 13
const referenceType = 14
const prefixFc = 15
const prefixFd = 16
const grow = 17
const zero = 18

const immediates = new Uint8Array(256)
/** @param {number} kind @param {number} first @param {number} [last] */
const allow = (kind, first, last = first) => immediates.fill(kind, first, last + 1)
allow(none, 0x00, 0x01)
allow(block, 0x02, 0x04)
allow(none, 0x05)
allow(none, 0x0b)
allow(index, 0x0c, 0x0d)
allow(branchTable, 0x0e)
allow(none, 0x0f)
allow(functionIndex, 0x10)
allow(twoIndices, 0x11)
allow(functionIndex, 0x12)
allow(twoIndices, 0x13)
allow(none, 0x1a, 0x1b)
allow(types, 0x1c)
allow(index, 0x20, 0x22)
allow(globalIndex, 0x23, 0x24)
allow(index, 0x25, 0x26)
allow(memoryAccess, 0x28, 0x3e)
allow(zero, 0x3f)
allow(grow, 0x40)
allow(const32, 0x41)
allow(const64, 0x42)
allow(float32, 0x43)
allow(float64, 0x44)
allow(none, 0x45, 0xc4)
allow(referenceType, 0xd0)
allow(none, 0xd1)
allow(functionIndex, 0xd2)
allow(prefixFc, 0xfc)
allow(prefixFd, 0xfd)

/** Immediates of 0xfc 0 to 17: numbers of 32 bits each. */
const bulk = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1]

/**
 * @param {import('./byte-reader.js').ByteReader} reader exactly the instructions of one function
 * @param {{ functions: number, globals: number }} counts
 * @param {number[]} grows receives the offset of each `memory.grow`, which is two bytes long
 * @throws {ModuleRefused} for what is not allowed
 */
export function walkCode(reader, counts, grows) {
  while (!reader.done) {
    const at = reader.at
    const opcode = reader.byte()
    switch (immediates[opcode]) {
      case none:
        break
      case block:
        skipBlockType(reader, at, opcode)
        break
      case index:
        reader.u32()
        break
      case branchTable:
        for (let left = reader.u32(); left >= 0; left -= 1) reader.u32()
        break
      case twoIndices:
        reader.u32()
        reader.u32()
        break
      case memoryAccess:
        skipMemoryAccess(reader)
        break
      case const32:
        reader.skipSigned(32)
        break
      case const64:
        reader.skipSigned(64)
        break
      case float32:
        reader.skip(4)
        break
      case float64:
        reader.skip(8)
        break
      case types:
        if (reader.u32() !== 1 || !isValueType(reader.byte())) throw refused(at, opcode)
        break
      case functionIndex:
        if (reader.u32() >= counts.functions) throw new ModuleRefused(`Byte ${at} names no function.`)
        break
      case globalIndex:
        if (reader.u32() >= counts.globals) throw new ModuleRefused(`Byte ${at} names no global.`)
        break
      case referenceType:
        if (!isReference(reader.byte())) throw refused(at, opcode)
        break
      case prefixFc:
        walkBulk(reader, at)
        break
      case prefixFd:
        walkSimd(reader)
        break
      case grow:
        if (reader.byte() !== 0) throw new ModuleRefused('The module uses more than one memory.')
        grows.push(at)
        break
      case zero:
        if (reader.byte() !== 0) throw new ModuleRefused('The module uses more than one memory.')
        break
      default:
        throw refused(at, opcode)
    }
  }
}

/** funcref and externref. @param {number} type */
export function isReference(type) {
  return type === 0x70 || type === 0x6f
}

/** The numbers, v128 and the references. @param {number} type */
export function isValueType(type) {
  return (type >= 0x7b && type <= 0x7f) || isReference(type)
}

/**
 * Exact, because a type that takes more bytes here than it is given would hide what follows it.
 *
 * @param {import('./byte-reader.js').ByteReader} reader
 * @param {number} at
 * @param {number} opcode
 */
function skipBlockType(reader, at, opcode) {
  const first = reader.byte()
  if (first <= 0x40 || isValueType(first)) return
  let last = first
  for (let left = 4; last >= 0x80 && left > 0; left -= 1) last = reader.byte()
  // Negative numbers are types that are not allowed, or allowed ones in a longer spelling.
  if (first < 0x80 || last >= 0x40) throw refused(at, opcode)
}

/** @param {import('./byte-reader.js').ByteReader} reader @param {number} at */
function walkBulk(reader, at) {
  const code = reader.u32()
  const numbers = bulk[code]
  if (numbers === undefined) throw refused(at, 0xfc, code)
  for (let left = numbers; left > 0; left -= 1) reader.u32()
}

/** @param {import('./byte-reader.js').ByteReader} reader */
function walkSimd(reader) {
  const code = reader.u32()
  if (code > 0xff)
    throw new ModuleRefused('The module uses relaxed SIMD, whose results differ between machines.')
  if (code <= 11 || code === 92 || code === 93) skipMemoryAccess(reader)
  else if (code === 12 || code === 13) reader.skip(16)
  else if (code >= 21 && code <= 34) reader.skip(1)
  else if (code >= 84 && code <= 91) {
    skipMemoryAccess(reader)
    reader.skip(1)
  }
}

/** @param {import('./byte-reader.js').ByteReader} reader */
function skipMemoryAccess(reader) {
  // Bit 6 would say that the number of a memory follows.
  if (reader.u32() >= 64) throw new ModuleRefused('The module uses more than one memory.')
  reader.u32()
}

/** @param {number} at @param {number} opcode @param {number} [sub] */
function refused(at, opcode, sub) {
  if (opcode === 0xfe) return new ModuleRefused('The module uses threads (atomic instructions).')
  if (opcode === 0xfb) return new ModuleRefused('The module uses garbage-collected types.')
  const exceptions =
    (opcode >= 0x06 && opcode <= 0x0a) || opcode === 0x18 || opcode === 0x19 || opcode === 0x1f
  if (exceptions) return new ModuleRefused('The module uses exceptions.')
  const code = [opcode, ...(sub === undefined ? [] : [sub])].map((part) => part.toString(16)).join(' ')
  return new ModuleRefused(`The instruction ${code} at byte ${at} is not in WebAssembly 2.0.`)
}
