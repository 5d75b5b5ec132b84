import { allow, deny, evidenceDenials, retentionDenials } from '@switchboard/api'
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
      return allow({
        receipt: describeReceipt(row),
        parts: partsJson(parts),
        entry: Buffer.from(row.entry).toString('base64'),
        leaf: Buffer.from(row.leaf_hash ?? leafHash(row.entry)).toString('hex'),
        proof: await proofOf(logs, row),
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
