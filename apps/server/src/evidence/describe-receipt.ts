import type { ReceiptId } from '../kernel/ids.ts'
import type { PlacedReceipt } from './receipt/receipt-store.ts'
import { actorNameOf, sentenceOf } from './sentence.ts'

/** A receipt as the operations answer it. */
export function describeReceipt(row: PlacedReceipt) {
  return {
    // Written from a draft, whose id is one.
    id: row.id as ReceiptId,
    at: row.at,
    phase: row.phase,
    decision: row.decision,
    operation: row.operation,
    actor: actorNameOf(row),
    package: row.package,
    case: row.case_id,
    parent: row.parent,
    level: row.level,
    calls: row.calls,
    rows: row.rows,
    costMicros: String(row.cost_micros),
    index: row.idx,
    sentence: sentenceOf(row),
    user: row.actor === '' ? null : row.actor,
    version: row.version,
    run: row.run,
    trace: row.trace,
  }
}
