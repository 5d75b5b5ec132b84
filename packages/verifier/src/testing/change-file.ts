import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'

/** A section of a bundle's file as its layout describes it, with its bytes. */
export interface FileSection {
  bytes: number
  encoding: string
  name: string
  raw: number
  sha256: string
}

const magicBytes = 8

/** Rewrites a bundle's layout, and nothing else: what it says then is all that is wrong. */
export function changeLayout(file: Uint8Array, change: (sections: FileSection[]) => unknown): Buffer {
  const { layoutAt, sections } = readLayout(file)
  const changed = change(sections)
  return withLayout(file.subarray(0, layoutAt), canonicalText(changed ?? { sections }))
}

/** Puts a text where the layout is. */
export function replaceLayout(file: Uint8Array, text: string): Buffer {
  return withLayout(file.subarray(0, readLayout(file).layoutAt), text)
}

/** Changes the bytes of one section as they lie in the file; the layout keeps its digest and, unless it grows, its length. */
export function changeBytes(
  file: Uint8Array,
  name: string,
  change: (bytes: Buffer, section: FileSection) => Uint8Array,
): Buffer {
  const { layoutAt, sections } = readLayout(file)
  const pieces: Uint8Array[] = [file.subarray(0, magicBytes)]
  let at = magicBytes
  for (const section of sections) {
    const bytes = Buffer.from(file.subarray(at, at + section.bytes))
    at += section.bytes
    if (section.name !== name) pieces.push(bytes)
    else {
      const changed = change(bytes, section)
      section.bytes = changed.length
      pieces.push(changed)
    }
  }
  if (at !== layoutAt) throw new Error('the sections do not fill the file')
  return withLayout(Buffer.concat(pieces), canonicalText({ sections }))
}

/** The sections of a bundle, inflated. */
export function readSections(file: Uint8Array): readonly { readonly name: string; readonly raw: Buffer }[] {
  let at = magicBytes
  return readLayout(file).sections.map(({ name, bytes, encoding }) => {
    const piece = Buffer.from(file.subarray(at, at + bytes))
    at += bytes
    return { name, raw: encoding === 'stored' ? piece : inflateRawSync(piece) }
  })
}

/** A bundle of these sections, with a layout that fits them. */
export function writeSections(
  sections: readonly { readonly name: string; readonly raw: Uint8Array }[],
): Buffer {
  const described = sections.map(({ name, raw }) => ({
    bytes: raw.length,
    encoding: 'stored',
    name,
    raw: raw.length,
    sha256: createHash('sha256').update(raw).digest('hex'),
  }))
  const magic = Buffer.from('SBUNDLE\x02', 'latin1')
  const before = Buffer.concat([magic, ...sections.map(({ raw }) => raw)])
  return withLayout(before, canonicalText({ sections: described }))
}

function readLayout(file: Uint8Array): { layoutAt: number; sections: FileSection[] } {
  const end = file.length - magicBytes - 4
  const length = Buffer.from(file.buffer, file.byteOffset, file.length).readUInt32BE(end)
  const text = Buffer.from(file.subarray(end - length, end)).toString('utf8')
  // Tests hand in bundles that were just written.
  const { sections } = JSON.parse(text) as { sections: FileSection[] }
  return { layoutAt: end - length, sections }
}

/** A file of what stands before the layout, and a layout. */
export function withLayout(before: Uint8Array, text: string): Buffer {
  const layout = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(layout.length)
  return Buffer.concat([before, layout, length, before.subarray(0, magicBytes)])
}

/** Members of sections are in order already, and nothing in a layout needs escapes. */
function canonicalText(value: unknown): string {
  return JSON.stringify(value)
}
