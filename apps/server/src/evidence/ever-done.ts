import type { Reader } from '../kernel/db/index.ts'
import { listReceipts } from './receipt/receipt-store.ts'

/** Receipts bear the time of their server's clock; of several, one may be behind. */
const clocksApartMs = 3_600_000

/**
 * Whether an organisation has ever done something, as far back as receipts go. What was not done until a moment is only
 * looked for after it: the first look opens every block, and whoever watches the server looks again and again.
 */
export function createEverDone(clock: () => number) {
  /** By organisation and operation: true, or the moment until which it is known not to have happened. */
  const known = new Map<string, number | true>()
  return async function hasReceiptOf(db: Reader, organisation: string, operation: string): Promise<boolean> {
    const name = `${organisation} ${operation}`
    const before = known.get(name)
    if (before === true) return true
    const at = clock()
    const found = await listReceipts(db, organisation, {
      operation,
      limit: 1,
      ...(before === undefined ? {} : { from: before - clocksApartMs }),
    })
    known.set(name, found.length > 0 ? true : at)
    return found.length > 0
  }
}
