import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { deny, netDenials } from '@switchboard/api'
import { Stopped } from './stopped.ts'

/** What we say we can unpack; `deflate` is unpacked too, but not asked for, since hosts disagree on what it is. */
export const acceptedEncodings = 'gzip, br'

/**
 * The whole body, unpacked if it is packed in one of the ways we accept. Both what comes and what it unpacks to stop at
 * `limitBytes`: nothing beyond is read, so neither an endless body nor a small one that unpacks to gigabytes fills memory.
 *
 * @throws {Stopped} `net_response_too_large`
 */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  { host, encoding, limitBytes }: { host: string; encoding: string | undefined; limitBytes: number },
): Promise<{ readonly bytes: Buffer; readonly unpacked: boolean }> {
  const tooLarge = (what: 'body' | 'unpacked body') =>
    new Stopped(deny(netDenials, 'net_response_too_large', { host, what, limitBytes }).denial)
  const unpacker = unpackerFor(encoding)
  const pieces: Uint8Array[] = []
  const collect = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const piece of limited(source, limitBytes, () =>
      tooLarge(unpacker === undefined ? 'body' : 'unpacked body'),
    ))
      pieces.push(piece)
  }
  if (unpacker === undefined) await collect(body)
  else {
    const source = limited(body, limitBytes, () => tooLarge('body'))
    const first = await source.next()
    // An answer to HEAD says how the body would have been packed, and has none.
    if (first.done === true) return { bytes: Buffer.alloc(0), unpacked: false }
    await pipeline(() => behind(first.value, source), unpacker, collect)
  }
  return { bytes: Buffer.concat(pieces), unpacked: unpacker !== undefined }
}

async function* behind(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}

/** One layer only: nobody packs twice but to hide how much it is. */
function unpackerFor(encoding: string | undefined) {
  switch (encoding?.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'br':
      return createBrotliDecompress()
    case 'deflate':
      return createInflate()
    default:
      return undefined
  }
}

async function* limited(
  source: AsyncIterable<Uint8Array>,
  limitBytes: number,
  tooLarge: () => Stopped,
): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const piece of source) {
    size += piece.byteLength
    if (size > limitBytes) throw tooLarge()
    yield piece
  }
}
