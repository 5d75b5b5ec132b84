const magic = [0x53, 0x42, 0x55, 0x4e, 0x44, 0x4c, 0x45, 2]

/** What lies at an offset of an unaltered file: a section of a bundle, a line of an older one. For people; proves nothing. */
export function placeOf(bytes: Uint8Array, offset: number): string {
  if (magic.every((byte, at) => bytes[at] === byte)) return sectionAt(bytes, offset)
  if (bytes[0] === 0x1f) return 'the package'
  let line = 1
  for (let at = bytes.indexOf(10); at >= 0 && at < offset; at = bytes.indexOf(10, at + 1)) line++
  return `line ${line}`
}

function sectionAt(bytes: Uint8Array, offset: number): string {
  const end = bytes.length - magic.length
  if (offset < magic.length || offset >= end) return 'the mark of the format'
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (offset >= end - 4) return 'the length of the layout'
  let at = magic.length
  for (const { name, bytes: length } of layoutOf(bytes, end - 4, view.getUint32(end - 4))) {
    if (offset < at + length) return `section ${name}`
    at += length
  }
  return 'the layout'
}

function layoutOf(
  bytes: Uint8Array,
  end: number,
  length: number,
): readonly { readonly name: string; readonly bytes: number }[] {
  try {
    // A file without a readable layout is red anyway; then there is no name to give.
    return JSON.parse(new TextDecoder().decode(bytes.subarray(end - length, end))).sections
  } catch {
    return []
  }
}
