import { createHash, hash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { Fault } from '../../kernel/fault.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

const magic = Buffer.from('SBBLOCK\x01', 'latin1')
const digestBytes = 32
/** Magic and the length of the header. */
const preludeBytes = magic.length + 4
const mostHeaderBytes = 16 * 1024 * 1024
/** Above it encoding takes long and saves little: most of a block are digests, which nothing makes smaller. */
export const usualLevel = 12

/** Which entries of the log a part of a block holds, and what is left of them. Half-open. */
export type Run =
  | { readonly form: 'full' | 'folded'; readonly from: number; readonly to: number }
  | {
      readonly form: 'pruned'
      readonly from: number
      readonly to: number
      readonly subtrees: readonly { readonly from: number; readonly to: number; readonly root: string }[]
    }

/** Bounds, both included; of a block that holds no receipt any more all are null. */
export interface Zone {
  readonly at: readonly [number, number] | null
  readonly id: readonly [string, string] | null
  readonly parent: readonly [string, string] | null
}

export interface ColumnPlace {
  readonly name: string
  readonly offset: number
  readonly bytes: number
  readonly raw: number
  readonly sha256: string
}

export interface BlockHeader {
  readonly version: 1
  readonly origin: string
  readonly from: number
  readonly to: number
  readonly runs: readonly Run[]
  /** Receipts that are there, full or folded: the rows of every column. */
  readonly rows: number
  readonly zone: Zone
  /** Columns of values that were taken out of parts, by number of their marks. */
  readonly holes: readonly { readonly name: string; readonly kind: 'id' | 'hash' | 'number' }[]
  readonly columns: readonly ColumnPlace[]
}

/** Reads a piece of a block's file. */
export type ReadPiece = (offset: number, length: number) => Promise<Buffer>

export interface PackedBlock {
  readonly bytes: Buffer
  readonly sha256: string
  readonly headerSha256: string
}

/** Lays compressed columns behind a header that says where each is, and the digest of all at the end. */
export async function packBlock(
  head: Omit<BlockHeader, 'version' | 'columns'>,
  columns: ReadonlyMap<string, Buffer>,
  level = usualLevel,
): Promise<PackedBlock> {
  const places: ColumnPlace[] = []
  const packed: Buffer[] = []
  let offset = 0
  for (const [name, raw] of columns) {
    const bytes = await zstd(raw, level)
    places.push({ name, offset, bytes: bytes.length, raw: raw.length, sha256: hash('sha256', bytes, 'hex') })
    packed.push(bytes)
    offset += bytes.length
  }
  const json: BlockHeader = { version: 1, ...head, columns: places }
  const header = await zstd(Buffer.from(JSON.stringify(json)), level)
  const prelude = Buffer.alloc(preludeBytes)
  magic.copy(prelude)
  prelude.writeUInt32BE(header.length, magic.length)
  const digest = createHash('sha256')
  for (const piece of [prelude, header, ...packed]) digest.update(piece)
  const trailer = digest.digest()
  return {
    bytes: Buffer.concat([prelude, header, ...packed, trailer]),
    sha256: trailer.toString('hex'),
    headerSha256: hash('sha256', header, 'hex'),
  }
}

async function zstd(raw: Buffer, level: number): Promise<Buffer> {
  return await compress(raw, {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    pledgedSrcSize: raw.length,
  })
}

/**
 * Reads a block's header.
 *
 * @param headerSha256 of the header as it was written; through it every column is vouched for.
 * @throws {Fault} `block_altered`.
 */
export async function readHeader(
  read: ReadPiece,
  name: string,
  headerSha256: string,
): Promise<{ readonly header: BlockHeader; readonly columnsAt: number }> {
  const prelude = await read(0, preludeBytes)
  const length = prelude.length === preludeBytes ? prelude.readUInt32BE(magic.length) : 0
  if (!prelude.subarray(0, magic.length).equals(magic) || length > mostHeaderBytes)
    throw blockAltered(name, 'beginning')
  const packed = await read(preludeBytes, length)
  if (packed.length !== length || hash('sha256', packed, 'hex') !== headerSha256)
    throw blockAltered(name, 'header')
  const json = await decompress(packed, { maxOutputLength: mostHeaderBytes })
  // Its digest is that of what packBlock wrote.
  return { header: JSON.parse(json.toString()) as BlockHeader, columnsAt: preludeBytes + length }
}

/** @throws {Fault} `block_altered`, naming the column. */
export async function readColumn(
  read: ReadPiece,
  name: string,
  columnsAt: number,
  place: ColumnPlace,
): Promise<Buffer> {
  const packed = await read(columnsAt + place.offset, place.bytes)
  if (packed.length !== place.bytes || hash('sha256', packed, 'hex') !== place.sha256)
    throw blockAltered(name, `column ${place.name}`)
  return await decompress(packed, { maxOutputLength: Math.max(place.raw, 1) })
}

/** @throws {Fault} `block_altered` when any bit of the whole file is not as it was written. */
export function checkWhole(bytes: Buffer, name: string, sha256: string): void {
  const end = bytes.length - digestBytes
  const isWhole =
    end > preludeBytes &&
    hash('sha256', bytes.subarray(0, end), 'hex') === sha256 &&
    bytes.toString('hex', end) === sha256
  if (!isWhole) throw blockAltered(name, 'digest')
}

export function blockAltered(name: string, what: string): Fault {
  return new Fault(
    'block_altered',
    `The ${what} of the evidence block ${name} is not what was written: the disk or somebody changed it. ` +
      'Put the file back from a backup of the data folder; its receipts are nowhere else.',
    { retryable: false },
  )
}
