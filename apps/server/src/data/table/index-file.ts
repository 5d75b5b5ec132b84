import { createHash } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { BuiltColumns } from './build-columns.ts'
import { type ColumnArray, columnFrom } from './column.ts'
import type { TableManifest } from './table-manifest.ts'

/**
 * The index file is a cache: magic, header length, JSON header, the columns' arrays at multiples of eight bytes, and the
 * SHA-256 of all that. Whatever does not fit exactly is not read but built again from the CSV, which stays the truth.
 */
const magic = 'SBTABLE1'
const arrayKinds = { Uint8Array, Uint16Array, Uint32Array, Float64Array } as const
type ArrayKind = keyof typeof arrayKinds

interface Header {
  readonly identity: string
  readonly rows: number
  readonly columns: readonly { readonly arrays: readonly { kind: ArrayKind; at: number; length: number }[] }[]
}

/** What an index was built from: other bytes or another reading of them need another index. */
export function indexIdentity(csvSha256: string, manifest: TableManifest): string {
  // Typed arrays are stored as the processor holds them.
  const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
  return JSON.stringify([
    csvSha256,
    manifest.columns.map(({ name, type }) => [name, type]),
    manifest.key,
    littleEndian,
  ])
}

/** @returns null when there is no index, or not one of this identity, or a damaged one. */
export async function readIndex(
  path: string,
  identity: string,
  manifest: TableManifest,
): Promise<BuiltColumns | null> {
  const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (file === null || file.length < 48 || file.toString('latin1', 0, 8) !== magic) return null
  const sealed = file.length - 32
  if (!createHash('sha256').update(file.subarray(0, sealed)).digest().equals(file.subarray(sealed)))
    return null
  const payload = aligned(16 + file.readUInt32LE(8))
  const header = JSON.parse(file.toString('utf8', 16, 16 + file.readUInt32LE(8))) as Header
  if (header.identity !== identity) return null
  // One copy into memory of its own: what readFile returns may start at any byte of a shared pool.
  const body = new Uint8Array(file.subarray(payload, sealed)).buffer
  const columns = header.columns.map(({ arrays }, at) =>
    columnFrom(
      manifest.columns[at]?.type ?? 'string',
      arrays.map((array) => new arrayKinds[array.kind](body, array.at, array.length)),
    ),
  )
  return { rows: header.rows, columns }
}

/** Writes the index in one step (a rename), so that a reader never meets half of one. */
export async function writeIndex(path: string, identity: string, built: BuiltColumns): Promise<void> {
  const parts: Uint8Array[] = []
  let at = 0
  const place = (array: ColumnArray) => {
    const placed = { kind: array.constructor.name as ArrayKind, at, length: array.length }
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
    parts.push(bytes, new Uint8Array(aligned(bytes.length) - bytes.length))
    at += aligned(bytes.length)
    return placed
  }
  const columns = built.columns.map((column) => ({ arrays: column.arrays.map(place) }))
  const header = Buffer.from(JSON.stringify({ identity, rows: built.rows, columns } satisfies Header))
  const front = Buffer.alloc(aligned(16 + header.length))
  front.write(magic, 'latin1')
  front.writeUInt32LE(header.length, 8)
  header.copy(front, 16)
  const hash = createHash('sha256').update(front)
  for (const part of parts) hash.update(part)
  const unfinished = `${path}.${process.pid}.tmp`
  try {
    await writeFile(unfinished, [front, ...parts, hash.digest()])
    await rename(unfinished, path)
  } finally {
    await rm(unfinished, { force: true })
  }
}

function aligned(length: number): number {
  return Math.ceil(length / 8) * 8
}
