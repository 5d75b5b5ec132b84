import type { Json } from '../canonical-json.ts'
import type { Findings } from '../findings.ts'
import { Line } from '../line.ts'
import { hasExactly, isCount, isList, isObject, isSha256Hex, isText } from '../shape.ts'

export const magic = Uint8Array.of(0x53, 0x42, 0x55, 0x4e, 0x44, 0x4c, 0x45, 2) // SBUNDLE, version 2
export const maxFileBytes = 2 ** 30
/** All sections together, inflated. */
export const maxRawBytes = 2 ** 32
/** A layout is JSON, which takes many times its size in memory; this is enough for 400,000 sections. */
export const maxLayoutBytes = 2 ** 26
/** RFC 1951 cannot do better than 258 bytes for 2 bits, and a stream has a few bytes besides. */
const bestDeflateRatio = 1032
const deflateSlack = 64

/** A section as the layout describes it; its bytes have not been looked at. */
export interface Section {
  readonly name: string
  readonly encoding: 'stored' | 'deflate'
  /** As it lies in the file. */
  readonly bytes: Uint8Array
  /** Length when inflated. */
  readonly raw: number
  /** Of `bytes`, in hex. */
  readonly sha256: string
}

/** Whether a file begins or ends as bundles from version 2 on do; one end may be damaged. */
export function isBundle2(bytes: Uint8Array): boolean {
  const name = magic.subarray(0, 7)
  const end = bytes.length - magic.length
  return name.every((byte, i) => bytes[i] === byte) || name.every((byte, i) => bytes[end + i] === byte)
}

/** Reads where everything is: magics, the layout and its sums (check 1). `undefined` when no section can be found. */
export function readFileLayout(bytes: Uint8Array, findings: Findings): readonly Section[] | undefined {
  if (bytes.length > maxFileBytes) {
    findings.red(
      'whole file',
      'file_too_large',
      `The file has ${bytes.length} bytes; ${maxFileBytes} are the limit.`,
    )
    return undefined
  }
  const startFits = isMagic(bytes, 0)
  if (!startFits)
    findings.red('beginning of the file', 'file_magic', 'It is not the beginning of a bundle of version 2.')
  const end = bytes.length - magic.length
  if (end < magic.length + 4 || !isMagic(bytes, end)) {
    findings.red(
      'end of the file',
      'file_magic',
      'The file does not end as a bundle of version 2 does: it is cut off, or something follows it.',
    )
    return undefined
  }
  const lengthAt = end - 4
  const layoutBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(lengthAt)
  const layoutAt = lengthAt - layoutBytes
  if (layoutBytes > maxLayoutBytes || layoutAt < magic.length) {
    const message = `The length of the layout, ${layoutBytes}, does not fit into the file.`
    findings.red('length of the layout', 'file_layout', message)
    return undefined
  }
  const line = Line.readText('layout', bytes.subarray(layoutAt, lengthAt), 0, findings)
  if (line === undefined) return undefined
  const { sections } = line.value
  if (!hasExactly(line.value, ['sections']) || !isList(sections)) {
    findings.red('layout', 'file_layout', 'A layout has the member sections, a list, and nothing else.')
    return undefined
  }
  return placeSections(bytes, sections, layoutAt, findings)
}

function placeSections(
  bytes: Uint8Array,
  described: readonly Json[],
  layoutAt: number,
  findings: Findings,
): readonly Section[] | undefined {
  const sections: Section[] = []
  let at = magic.length
  let raw = 0
  for (const [i, each] of described.entries()) {
    const where = `layout, section ${i + 1}`
    if (!isObject(each) || !hasExactly(each, ['bytes', 'encoding', 'name', 'raw', 'sha256'])) {
      findings.red(where, 'file_layout', 'A section has bytes, encoding, name, raw and sha256, nothing else.')
      return undefined
    }
    const { encoding, name, sha256 } = each
    if (!isCount(each.bytes) || !isCount(each.raw) || !isText(name) || !isSha256Hex(sha256)) {
      findings.red(where, 'file_layout', 'bytes and raw are numbers, name is text, sha256 is 64 hex digits.')
      return undefined
    }
    const named = `layout, section ${name.slice(0, 80)}`
    if (encoding !== 'stored' && encoding !== 'deflate') {
      findings.red(named, 'file_layout', 'The encoding is neither stored nor deflate.')
      return undefined
    }
    if (encoding === 'stored' && each.raw !== each.bytes) {
      findings.red(named, 'file_layout', 'A stored section has as many bytes inflated as in the file.')
      return undefined
    }
    // Said before anything is allocated: a section must not announce what no stream of its length could hold.
    if (encoding === 'deflate' && each.raw > each.bytes * bestDeflateRatio + deflateSlack) {
      const message = `${each.bytes} bytes cannot hold the ${each.raw} that are announced.`
      findings.red(named, 'file_deflate', message)
      return undefined
    }
    raw += each.raw
    if (raw > maxRawBytes) {
      findings.red(named, 'file_too_large', `The sections have more than ${maxRawBytes} bytes, inflated.`)
      return undefined
    }
    const end = at + each.bytes
    if (end > layoutAt) {
      findings.red(named, 'file_layout', 'The section reaches beyond the place where the layout begins.')
      return undefined
    }
    sections.push({ name, encoding, bytes: bytes.subarray(at, end), raw: each.raw, sha256 })
    at = end
  }
  if (at !== layoutAt) {
    const message = `${layoutAt - at} bytes before the layout belong to no section.`
    findings.red('layout', 'file_layout', message)
    return undefined
  }
  return sections
}

function isMagic(bytes: Uint8Array, at: number): boolean {
  return magic.every((byte, i) => bytes[at + i] === byte)
}
