import { parseCosignedCheckpoint } from './checkpoint.ts'
import type { Crypto } from './crypto.ts'
import { toHex } from './bytes.ts'
import { Findings } from './findings.ts'
import { Line } from './line.ts'
import { inclusionPath } from './merkle-tree.ts'
import { ReceiptReader } from './receipt-reader.ts'
import { isText } from './shape.ts'
import { splitLines } from './split-lines.ts'
import { readProof } from './verify-log.ts'

/** The hashes between a receipt and the checkpoint of its log, in hex, for people who want to see them. */
export interface ReceiptPath {
  readonly index: number
  readonly leaf: string
  readonly steps: readonly {
    readonly sibling: string
    readonly side: 'left' | 'right'
    /** What the sibling and what was reached so far make. */
    readonly hash: string
  }[]
  readonly root: string
  readonly size: number
  readonly origin: string
}

/**
 * The way from the receipt of a file to its checkpoint, as the file has it. For people: whether it proves anything is for
 * {@link verifyReceipt} to say.
 *
 * @returns `undefined` when the file cannot be read so far, or the path is not as long as the tree is high.
 */
export function traceReceipt(bytes: Uint8Array, crypto: Crypto): ReceiptPath | undefined {
  const findings = new Findings()
  const [first] = splitLines(bytes, findings)
  const line = first && Line.read(1, first.bytes, findings)
  const receipt = line && new ReceiptReader(crypto, findings).read(line, line.value.receipt, 'receipt', 'any')
  const note = line?.value.checkpoint
  const checkpoint = isText(note) ? parseCosignedCheckpoint(note) : undefined
  const proof = readProof(line?.value.proof)
  if (receipt === undefined || checkpoint === undefined || proof === undefined) return undefined
  const { index, leaf } = receipt
  const { size, root, origin } = checkpoint
  const path = inclusionPath(crypto, { index, size, leaf, root, proof })
  if (path === undefined) return undefined
  const steps = path.map(({ sibling, side, hash }) => ({ sibling: toHex(sibling), side, hash: toHex(hash) }))
  return { index, leaf: toHex(leaf), steps, root: toHex(root), size, origin }
}
