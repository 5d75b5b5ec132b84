import type { Reader } from '../kernel/db/index.ts'
import type { ReceiptId } from '../kernel/ids.ts'
import { createReceiptOpener } from './receipt/open-receipt.ts'
import { findReceipt, outcomeOf } from './receipt/receipt-store.ts'

export interface ReceiptOfRun {
  /** The outcome's receipt, when `id` was that of an intent that has one. */
  readonly id: ReceiptId
  readonly run: string | null
  /** SHA-256 of the recording as the log committed to it: undefined where none is named, or where the parts can no longer be opened. */
  readonly recording: string | undefined
}

/**
 * The run that a receipt speaks of.
 *
 * @throws {Fault} `receipt_altered` when the stored receipt is not what was logged.
 */
export async function receiptOfRun(
  db: Reader,
  organisation: string,
  id: string,
): Promise<ReceiptOfRun | undefined> {
  // Ids of anything else find nothing.
  const named = await findReceipt(db, organisation, id as ReceiptId)
  const row = named?.phase === 'intent' ? ((await outcomeOf(db, organisation, named.id)) ?? named) : named
  if (row === undefined) return undefined
  const { subject } = await createReceiptOpener(db)(row)
  const { recording } = (subject === undefined ? {} : JSON.parse(subject.json)) as { recording?: unknown }
  return {
    id: row.id as ReceiptId,
    run: row.run,
    recording: typeof recording === 'string' ? recording : undefined,
  }
}
