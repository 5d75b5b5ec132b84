import { createHash } from 'node:crypto'
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import { extract, pack } from 'tar-stream'
import { layout, limits } from './package-layout.ts'
import { PackRefused } from './pack-refusal.ts'

// A gzip header in which nothing varies but the SHA-256 of what follows it, in the extra field "SB": deflate has slack
// (padding bits, several spellings of one text), and a flipped bit there would otherwise go unnoticed.
const header = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 2, 255, 36, 0, 0x53, 0x42, 32, 0])

/** Writes the archive: files sorted, the attestation last, every header fixed; the same files give the same bytes. */
export async function writeArchive(files: ReadonlyMap<string, Uint8Array>): Promise<Buffer> {
  const order = [...files.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  const tar = pack()
  const chunks = collect(tar)
  for (const path of order) {
    const bytes = files.get(path) ?? Buffer.alloc(0)
    tar.entry(
      { name: path, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0), type: 'file' },
      Buffer.from(bytes),
    )
  }
  tar.finalize()
  const unpacked = await chunks
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(unpacked), 0)
  trailer.writeUInt32LE(unpacked.length % 2 ** 32, 4)
  const body = Buffer.concat([deflateRawSync(unpacked, { level: 9 }), trailer])
  return Buffer.concat([header, createHash('sha256').update(body).digest(), body])
}

/**
 * Reads an archive that {@link writeArchive} wrote, to sign it. Not a verifier: it only makes sure that the bytes are those
 * that would be written for these files.
 *
 * @throws {PackRefused} `not_a_package`
 */
export async function readArchive(bytes: Uint8Array): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  try {
    const tar = inflateRawSync(bytes.subarray(header.length + 32, -8), {
      maxOutputLength: limits.dataBytes + 4 * 1024 * 1024,
    })
    const reader = extract()
    reader.end(tar)
    for await (const entry of reader) files.set(entry.header.name, await collect(entry))
  } catch (error) {
    throw new PackRefused('not_a_package', 'byte 0', error instanceof Error ? error.message : '')
  }
  if (!(await writeArchive(files)).equals(bytes))
    throw new PackRefused('not_a_package', 'byte 0', 'It has another form.')
  return files
}

function rank(path: string): number {
  return path === layout.attestation ? 1 : 0
}

// The types of tar-stream hide that its streams iterate; what comes out are buffers.
async function collect(stream: object): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
