import { createHash } from 'node:crypto'
import { crc32, deflateRawSync } from 'node:zlib'

/** One tar entry, as wrong as a test wants it. */
export interface CraftedEntry {
  readonly path: string | Uint8Array
  readonly bytes: Uint8Array
  /** tar's type flag; '0' is a regular file */
  readonly type?: string
  readonly linkTo?: string
  /** The size that the header claims. */
  readonly claimedSize?: number
  readonly mode?: string
}

export function craftTar(entries: readonly CraftedEntry[], tail: Uint8Array = Buffer.alloc(1024)): Buffer {
  return Buffer.concat([
    ...entries.flatMap((entry) => [
      craftHeader(entry),
      entry.bytes,
      Buffer.alloc((512 - (entry.bytes.length % 512)) % 512),
    ]),
    tail,
  ])
}

export function craftHeader(entry: CraftedEntry): Buffer {
  const block = Buffer.alloc(512)
  const path = typeof entry.path === 'string' ? Buffer.from(entry.path) : Buffer.from(entry.path)
  let cut = 0
  while (path.length - cut > 100) cut = path.indexOf('/', cut) + 1
  path.copy(block, 0, cut)
  if (cut > 0) path.copy(block, 345, 0, cut - 1)
  block.write(entry.mode ?? '000644 ', 100)
  block.write('000000 ', 108)
  block.write('000000 ', 116)
  block.write(`${(entry.claimedSize ?? entry.bytes.length).toString(8).padStart(11, '0')} `, 124)
  block.write('00000000000 ', 136)
  block.write('        ', 148)
  block.write(entry.type ?? '0', 156)
  block.write(entry.linkTo ?? '', 157)
  block.write('ustar', 257)
  block.write('00', 263)
  block.write('000000 ', 329)
  block.write('000000 ', 337)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')} \0`, 148)
  return block
}

/** Wraps a tar as packages are wrapped: fixed header, digest of what follows it. */
export function craftGzip(tar: Uint8Array, deflated: Uint8Array = deflateRawSync(tar, { level: 9 })): Buffer {
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(tar), 0)
  trailer.writeUInt32LE(tar.length % 2 ** 32, 4)
  return craftOuter(Buffer.concat([deflated, trailer]))
}

/** The gzip header with a digest that fits `body`. */
export function craftOuter(body: Uint8Array): Buffer {
  const fixed = Buffer.from('1f8b0804000000000' + '2ff24005342' + '2000', 'hex')
  return Buffer.concat([fixed, createHash('sha256').update(body).digest(), body])
}
