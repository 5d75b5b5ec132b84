import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { createGroupWriter, readBundle, writeBundle } from '@switchboard/bundle'
import type { BundleFacts, ReadBundle } from '@switchboard/bundle'
import { commitment } from '../../packages/bundle/src/testing/test-receipt.ts'

/**
 * The bundle as somebody would give it away who has everything but the operator's keys, and wants one receipt not to be seen: its
 * columns are written anew without it, digests and layout fit.
 *
 * @param unwanted picks the receipt by its opened subject.
 */
export function withoutReceipt(
  file: Uint8Array,
  unwanted: (subject: Readonly<Record<string, unknown>>) => boolean,
): Buffer {
  const read = readBundle(file)
  const groups = createGroupWriter({ logs: logCount(read) })
  let left = 0
  for (const group of read.groups) {
    for (const { index, entry, parts } of group.receipts(commitment)) {
      const subject: Record<string, unknown> = JSON.parse(parts.subject?.json ?? '{}')
      if (left === 0 && unwanted(subject)) {
        left = 1
        continue
      }
      groups.add(group.log, { index, entry, leaf: sha256(Buffer.of(0), entry), parts })
    }
  }
  if (left === 0) throw new Error('no receipt is the unwanted one')
  return writeBundle({
    manifest: rawOf(read, 'manifest'),
    groups: groups.end().sections,
    documents: read.documents.map(({ name, section }) => ({
      name,
      bytes: section === undefined ? Buffer.of() : rawOf(read, section.name),
      withheld: section === undefined,
    })),
    export: exportOf(read),
    ...trailerOf(read),
  })
}

function exportOf(read: ReadBundle): BundleFacts['export'] {
  const { entry: encoded, index, log, parts } = read.export
  const entry = Buffer.from(encoded, 'base64')
  const opened = Object.entries(parts).map(([name, { salt, value }]) => [
    name,
    { salt: Buffer.from(salt, 'base64'), json: JSON.stringify(value) },
  ])
  return { index, entry, leaf: sha256(Buffer.of(0), entry), parts: Object.fromEntries(opened), log }
}

interface Trailer {
  readonly logs: readonly {
    readonly checkpoint: string
    readonly history: readonly {
      readonly proof: readonly string[]
      readonly root: string
      readonly size: number
    }[]
    readonly proof: readonly string[]
  }[]
  readonly rotations: readonly string[]
}

function trailerOf(read: ReadBundle): Pick<BundleFacts, 'logs' | 'rotations'> {
  // What the format says; a file that holds anything else would not have been read so far.
  const { logs, rotations } = read.trailer as Trailer
  return {
    rotations,
    logs: logs.map(({ checkpoint, history, proof }) => ({
      checkpoint,
      history: history.map((earlier) => ({
        size: earlier.size,
        root: bytes(earlier.root),
        proof: earlier.proof.map(bytes),
      })),
      proof: proof.map(bytes),
    })),
  }
}

function logCount(read: ReadBundle): number {
  const { logs } = read.manifest
  return Array.isArray(logs) ? logs.length : 0
}

function rawOf(read: ReadBundle, name: string): Uint8Array {
  const section = read.sections.find((each) => each.name === name)
  if (section === undefined) throw new Error(`there is no section ${name}`)
  return section.encoding === 'deflate' ? inflateRawSync(section.bytes) : section.bytes
}

function sha256(...pieces: readonly Uint8Array[]): Buffer {
  const digest = createHash('sha256')
  for (const piece of pieces) digest.update(piece)
  return digest.digest()
}

function bytes(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}
