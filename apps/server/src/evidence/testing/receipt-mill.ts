import { randomBytes } from 'node:crypto'
import { createBlockEncoder } from '../blocks/block-encoder.ts'
import { splitPartTexts } from '../blocks/part-texts.ts'
import { signCheckpoint } from '../log/checkpoint.ts'
import { emptyTree, growTree, rootOf } from '../log/growing-tree.ts'
import { openLogKey } from '../log/log-key.ts'
import { leafHash } from '../log/tree-hash.ts'
import { encodeReceipt } from '../receipt/entry.ts'
import { partNames } from '../receipt/receipt-draft.ts'
import type { PartName, ReceiptDraft } from '../receipt/receipt-draft.ts'
import { receiptRowOf } from '../receipt/receipt-store.ts'
import type { ReceiptRow } from '../receipt/receipt-store.ts'
import { saltEpoch, saltKeyFrom, writeSalt } from '../receipt/salt.ts'
import type { SaltKey } from '../receipt/salt.ts'
import { realisticDrafts } from './realistic-receipts.ts'

export interface Milled {
  readonly row: ReceiptRow
  readonly key: SaltKey
  readonly leaf: Buffer
}

export type MilledParts = Readonly<Record<PartName, { readonly salt: Buffer; readonly json: string }>>

/**
 * Makes receipts by the very functions that the server makes them with, but for the store: encoding, hashing, growing the
 * tree, signing, sealing in blocks, each by itself. For measuring them.
 *
 * @param folder where the log's key is made.
 */
export async function createReceiptMill(options: {
  readonly folder: string
  readonly seed: number
  readonly organisation: string
  readonly beganAt: number
}) {
  const { folder, seed, organisation, beganAt } = options
  const logKey = await openLogKey(folder, { isNewLog: true })
  const origin = `${logKey.name}/bench/standard`
  const source = realisticDrafts(seed, organisation, beganAt)
  const keys = new Map<string, SaltKey>()
  let growing = growTree(emptyTree)

  function keyOf(user: string, at: number): SaltKey {
    const name = `${user}\n${saltEpoch(at)}`
    const known = keys.get(name)
    if (known !== undefined) return known
    const made = saltKeyFrom(randomBytes(32))
    keys.set(name, made)
    return made
  }

  return {
    origin,
    vkey: logKey.vkey,
    draft: (): ReceiptDraft => source.next().value,
    /** All that a receipt costs the processor before the store: salts, commitments, entry, leaf, tree. */
    make(draft: ReceiptDraft): Milled {
      const key = keyOf(String(draft.parts.actor['user']), draft.at)
      const encoded = encodeReceipt(draft, key)
      const leaf = leafHash(encoded.entry)
      growing.append(leaf)
      return { row: receiptRowOf(draft, encoded), key, leaf }
    },
    /** A checkpoint over all that was made, which is what a batch of receipts is signed by. */
    sign() {
      const tree = growing.state()
      // Full tiles would go to files here; none of them is kept.
      growing = growTree(tree)
      return signCheckpoint(logKey, origin, tree.size, rootOf(tree))
    },
    open({ row, key }: Milled): MilledParts {
      const texts = splitPartTexts(row.parts) ?? []
      const salts = Buffer.alloc(32 * partNames.length)
      const parts = partNames.map((name, at) => {
        writeSalt(salts, 32 * at, key, row.id.slice(4), at + 1)
        return [name, { salt: salts.subarray(32 * at, 32 * (at + 1)), json: texts[at] ?? '' }] as const
      })
      return Object.fromEntries(parts) as MilledParts
    },
    blocks: (from: number) => createBlockEncoder({ origin, from }),
  }
}
