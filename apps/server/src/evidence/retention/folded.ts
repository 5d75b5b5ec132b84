import { createHash } from 'node:crypto'
import { commitmentsAt } from '../receipt/entry.ts'

/** A folded entry is what comes before its commitments. */
export const foldedBytes = commitmentsAt
const fixedAt = 4

/** The fixed fields behind magic and version, one after the other: their lengths. */
const fieldBytes = [16, 16, 16, 8, 1, 1, 1, 1, 4, 4, 8, 8, 8, 8, 8]

export function isFolded({ entry }: { readonly entry: Uint8Array }): boolean {
  return entry.length === foldedBytes
}

/** SHA-256 in hexadecimal over the fixed fields of entries, field by field (docs/reference/evidence-bundle.md, section 6). */
export function digestOfFixed(entries: readonly Uint8Array[]): string {
  const digest = createHash('sha256')
  let at = fixedAt
  for (const bytes of fieldBytes) {
    for (const entry of entries) digest.update(entry.subarray(at, at + bytes))
    at += bytes
  }
  return digest.digest('hex')
}
