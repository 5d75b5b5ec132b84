import { allow, deny, evidenceDenials, retentionDenials } from '@switchboard/api'
import { canonicalJson } from '../kernel/canonical.ts'
import type { Reader } from '../kernel/db/index.ts'
import { Fault } from '../kernel/fault.ts'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { ReceiptId } from '../kernel/ids.ts'
import { describeReceipt } from './describe-receipt.ts'
import type { LogsAccess } from './log/log-access.ts'
import { proveInclusion } from './log/proofs.ts'
import { leafHash } from './log/tree-hash.ts'
import { createReceiptOpener } from './receipt/open-receipt.ts'
import type { OpenedParts } from './receipt/open-receipt.ts'
import { findReceipt } from './receipt/receipt-store.ts'
import type { PlacedReceipt } from './receipt/receipt-store.ts'
import { isFolded } from './retention/folded.ts'
import { pruneOf } from './retention/retention-store.ts'

/** `receipt.read`: a receipt with its openings and its proof in the newest checkpoint. */
export function readReceiptHandler(logs: LogsAccess) {
  return handleRead(operationOf('receipt.read'), {
    async run(ctx, { id }) {
      // The schema admits ids of receipts alone.
      const row = await findReceipt(ctx.read, ctx.actor.organisation, id as ReceiptId)
      if (row === undefined) return await absent(ctx.read, ctx.actor.organisation, id)
      const parts = await createReceiptOpener(ctx.read)(row)
      ctx.count({ rows: 1 })
      const shown = {
        parts: partsJson(parts),
        entry: Buffer.from(row.entry).toString('base64'),
        leaf: Buffer.from(row.leaf_hash ?? leafHash(row.entry)).toString('hex'),
      }
      const proof = await proofOf(logs, row)
      return allow({
        receipt: describeReceipt(row),
        ...shown,
        proof,
        // Of a folded receipt the leaf is proved, but no longer made of anything.
        ...(proof === 'pending' || isFolded(row) ? {} : { file: receiptFile(shown, proof) }),
      })
    },
  })
}

async function proofOf(logs: LogsAccess, row: PlacedReceipt) {
  const { log: number, idx: index } = row
  if (number === null || index === null) return 'pending' as const
  const log = await logs.find(number)
  return await log.prove(async (view) => {
    const { leaf, hashes } = await proveInclusion(view, index)
    if (Buffer.compare(leaf, row.leaf_hash ?? Buffer.alloc(0)) !== 0) {
      throw new Fault('log_damaged', `The tiles hold another hash for entry ${index}.`, { retryable: false })
    }
    const checkpoint = view.checkpoint.note
    return { index, checkpoint, hashes: hashes.map((hash) => Buffer.from(hash).toString('base64')) }
  })
}

/** A file that verifies on its own, in base64 (docs/reference/evidence-format.md, section 9). */
function receiptFile(
  { parts, entry, leaf }: { readonly parts: object; readonly entry: string; readonly leaf: string },
  {
    index,
    checkpoint,
    hashes,
  }: { readonly index: number; readonly checkpoint: string; readonly hashes: string[] },
): string {
  const receipt = { check: leaf.slice(0, 8), entry, index, parts }
  return Buffer.from(`${canonicalJson({ checkpoint, proof: hashes, receipt })}\n`, 'utf8').toString('base64')
}

function partsJson(parts: OpenedParts): Record<string, { salt: string; value: unknown }> {
  return Object.fromEntries(
    Object.entries(parts).map(([name, { salt, json }]) => [
      name,
      { salt, value: JSON.parse(json) as unknown },
    ]),
  )
}

async function absent(db: Reader, organisation: string, receipt: string) {
  const prune = await pruneOf(db, organisation, receipt)
  if (prune === undefined) return deny(evidenceDenials, 'receipt_unknown', { receipt })
  const at = new Date(prune.at).toISOString()
  return deny(retentionDenials, 'receipt_pruned', { receipt, by: prune.receipt_id, at, class: prune.class })
}
