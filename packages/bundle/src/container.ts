import { hash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { canonicalJson } from './canonical.ts'
import { BundleUnreadable } from './unreadable.ts'

/** A named run of bytes as it lies in the file. */
export interface Section {
  readonly name: string
  readonly encoding: 'stored' | 'deflate'
  /** Length when inflated. */
  readonly raw: number
  /** Of `bytes`, in hexadecimal. */
  readonly sha256: string
  readonly bytes: Uint8Array
}

const magic = Buffer.from('SBUNDLE\x02', 'latin1')
const lengthBytes = 4
const mostFileBytes = 2 ** 30
const mostRawBytes = 2 ** 32

export function storedSection(name: string, bytes: Uint8Array): Section {
  return { name, encoding: 'stored', raw: bytes.length, sha256: hash('sha256', bytes, 'hex'), bytes }
}

/** Deflated, unless that gains nothing. */
export function packedSection(name: string, bytes: Uint8Array): Section {
  const deflated = bytes.length === 0 ? bytes : deflateRawSync(bytes)
  if (deflated.length >= bytes.length) return storedSection(name, bytes)
  return { ...storedSection(name, deflated), encoding: 'deflate', raw: bytes.length }
}

/**
 * Puts sections into a file, in the order given.
 *
 * @throws {RangeError} above 1 GiB, or 4 GiB inflated: no reader would take it.
 */
export function writeContainer(sections: readonly Section[]): Buffer {
  const layout = Buffer.from(layoutText(sections), 'utf8')
  const length = Buffer.alloc(lengthBytes)
  length.writeUInt32BE(layout.length)
  const raw = sections.reduce((sum, section) => sum + section.raw, 0)
  const pieces = [magic, ...sections.map((section) => section.bytes), layout, length, magic]
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (total > mostFileBytes || raw > mostRawBytes)
    throw new RangeError(
      `A bundle has at most 1 GiB, and 4 GiB inflated; this would have ${total} bytes, ${raw} inflated.`,
    )
  return Buffer.concat(pieces, total)
}

function layoutText(sections: readonly Section[]): string {
  return canonicalJson({
    sections: sections.map(({ name, encoding, raw, sha256, bytes }) => ({
      bytes: bytes.length,
      encoding,
      name,
      raw,
      sha256,
    })),
  })
}

/**
 * Takes a file apart and holds each section against its digest. Nothing is inflated yet.
 *
 * @throws {BundleUnreadable} when it is no bundle of version 2, or was damaged.
 */
export function readContainer(file: Uint8Array): readonly Section[] {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length)
  const tailAt = bytes.length - magic.length - lengthBytes
  if (tailAt < magic.length || !bytes.subarray(0, magic.length).equals(magic))
    throw new BundleUnreadable('file', 'it is not an evidence bundle of version 2')
  if (bytes.length > mostFileBytes) throw new BundleUnreadable('file', 'it is larger than 1 GiB')
  if (!bytes.subarray(-magic.length).equals(magic)) throw new BundleUnreadable('file', 'its end is missing')
  const layoutAt = tailAt - bytes.readUInt32BE(tailAt)
  if (layoutAt < magic.length) throw new BundleUnreadable('layout', 'its length does not fit the file')
  const text = bytes.toString('utf8', layoutAt, tailAt)
  let at = magic.length
  const sections = layoutOf(text).map((row) => {
    if (row.bytes > layoutAt - at) throw new BundleUnreadable('layout', 'its lengths do not add up')
    const section = { ...row, bytes: bytes.subarray(at, at + row.bytes) }
    at += row.bytes
    if (hash('sha256', section.bytes, 'hex') !== row.sha256)
      throw new BundleUnreadable(`section ${row.name}`, 'its bytes are not those of its digest')
    return section
  })
  if (at !== layoutAt || layoutText(sections) !== text)
    throw new BundleUnreadable('layout', 'it is not in its one form')
  const raw = sections.reduce((sum, section) => sum + section.raw, 0)
  if (raw > mostRawBytes)
    throw new BundleUnreadable('layout', 'its sections have more than 4 GiB when inflated')
  return sections
}

type LayoutRow = Omit<Section, 'bytes'> & { readonly bytes: number }

function layoutOf(text: string): readonly LayoutRow[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new BundleUnreadable('layout', 'it is not JSON')
  }
  const rows = (value as { sections?: unknown } | null)?.sections
  if (!Array.isArray(rows) || !rows.every(isLayoutRow))
    throw new BundleUnreadable('layout', 'its members are not those of a layout')
  return rows
}

function isLayoutRow(row: unknown): row is LayoutRow {
  if (typeof row !== 'object' || row === null) return false
  const { name, encoding, bytes, raw, sha256 } = row as Partial<Record<keyof LayoutRow, unknown>>
  const isCounted =
    isCount(bytes) && isCount(raw) && (encoding === 'deflate' || (encoding === 'stored' && raw === bytes))
  return typeof name === 'string' && isCounted && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/**
 * The bytes of a section, inflated.
 *
 * @throws {BundleUnreadable} when the stream gives other than `raw` bytes, or ends elsewhere than the section.
 */
export function rawBytes(section: Section): Uint8Array {
  if (section.encoding === 'stored') return section.bytes
  const where = `section ${section.name}`
  try {
    // At least 1: zlib takes 0 as no limit at all.
    const limit = { maxOutputLength: Math.max(1, section.raw), info: true } as const
    // With `info`, zlib answers an object that its types do not know.
    const { buffer, engine } = inflateRawSync(section.bytes, limit) as unknown as {
      readonly buffer: Buffer
      readonly engine: { readonly bytesWritten: number }
    }
    if (buffer.length === section.raw && engine.bytesWritten === section.bytes.length) return buffer
  } catch (cause) {
    throw new BundleUnreadable(where, cause instanceof Error ? cause.message : 'it cannot be inflated')
  }
  throw new BundleUnreadable(where, 'its stream does not end where the section does')
}
