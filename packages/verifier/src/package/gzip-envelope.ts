import { sameBytes } from '../bytes.ts'
import { sha256 } from './bytes.ts'
import type { Inflate } from './inflate.ts'
import { refuse, Refused } from './refusal.ts'

// RFC 1952: deflate, FEXTRA alone, mtime 0, XFL 2, OS unknown; one extra subfield "SB" of 32 bytes. Nothing varies but
// those 32 bytes, which are the SHA-256 of all that follows the header. Deflate has many spellings of one text, so
// without that digest some flipped bits of the stream would inflate to the same files.
const fixedHeader = Uint8Array.of(0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 2, 255, 36, 0, 0x53, 0x42, 32, 0)
const headerBytes = fixedHeader.length + 32
const trailerBytes = 8

/** Refuses all headers but the one form that packing writes. */
export function checkGzipHeader(file: Uint8Array): void {
  const head = file.subarray(0, Math.min(file.length, fixedHeader.length))
  if (head.length === 0 || head[0] !== 0x1f || (head.length > 1 && head[1] !== 0x8b)) {
    refuse('not_a_package', 'byte 0', 'It is no .sbp file.')
  }
  const at = head.findIndex((byte, i) => byte !== fixedHeader[i])
  if (at >= 0)
    refuse('gzip_not_canonical', `byte ${at}`, 'Pack with `switchboard plugin pack`, not with tar or gzip.')
  if (file.length < headerBytes) refuse('truncated', `byte ${file.length}`, 'It ends inside the gzip header.')
}

/**
 * Inflates the member behind a checked header, passing on chunks as they come; `take` refuses what goes too far, so
 * that nothing is allocated for what will be refused.
 *
 * @param inflate is the engine's own where it is left out: Node's.
 * @returns the problem of the outer bytes if there is one: to be reported only when the files inside show none, since
 * an altered file is the better finding.
 */
export async function inflateMember(
  file: Uint8Array,
  take: (chunk: Uint8Array) => void,
  inflate?: Inflate,
): Promise<Refused | undefined> {
  // Loaded here: checking a lone attestation must work where there is no node:zlib.
  const engine = inflate ?? (await import('./node-inflate.ts')).nodeInflate
  const inflated = await engine(file.subarray(headerBytes), take)
  const end = headerBytes + inflated.consumed
  if (inflated.ok) return checkTrailer(file, end, inflated.crc, inflated.size)
  if (inflated.why === 'cut_short') refuse('truncated', `byte ${end}`, 'The compressed data has no end.')
  return refuse('deflate_corrupt', `byte ${end}`, 'The compressed data is damaged at or before this byte.')
}

async function checkTrailer(
  file: Uint8Array,
  at: number,
  crc: number,
  size: number,
): Promise<Refused | undefined> {
  const rest = file.subarray(at)
  if (rest.length < trailerBytes)
    refuse('truncated', `byte ${file.length}`, 'It ends inside the gzip trailer.')
  if (rest.length > trailerBytes) {
    const next = at + trailerBytes
    const another = rest[trailerBytes] === 0x1f && rest[trailerBytes + 1] === 0x8b
    refuse(
      another ? 'concatenated_members' : 'trailing_data',
      `byte ${next}`,
      `${file.length - next} bytes too many.`,
    )
  }
  const trailer = new DataView(rest.buffer, rest.byteOffset, trailerBytes)
  if (trailer.getUint32(0, true) !== crc >>> 0)
    return problem('gzip_checksum', `byte ${at}`, 'CRC-32 differs.')
  if (trailer.getUint32(4, true) !== size % 2 ** 32)
    return problem('gzip_checksum', `byte ${at + 4}`, 'The size differs.')
  const stated = file.subarray(fixedHeader.length, headerBytes)
  if (!sameBytes(stated, await sha256(file.subarray(headerBytes)))) {
    return problem(
      'outer_digest_mismatch',
      `byte ${fixedHeader.length}`,
      'A byte of the compressed form differs.',
    )
  }
  return undefined
}

function problem(...refusal: Parameters<typeof refuse>): Refused {
  try {
    return refuse(...refusal)
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
}
