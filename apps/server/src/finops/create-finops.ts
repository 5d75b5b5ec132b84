import type { Tx } from '../kernel/db/index.ts'
import type { Registration } from '../kernel/handler.ts'
import type { ReceiptId } from '../kernel/ids.ts'
import { budgetRead, budgetSet } from './keep-budget.ts'
import { defaultLimitMicros, defaultPrices, priceOf } from './prices.ts'
import type { Prices } from './prices.ts'
import { usageRead, usageRuns } from './read-usage.ts'
import type { NameOf } from './read-usage.ts'
import { reserve } from './reserve.ts'
import { settle } from './settle.ts'
import type { Settlement } from './settle.ts'

export type Finops = ReturnType<typeof createFinops>

/**
 * @param settings.defaultLimitMicros an organisation's monthly limit until somebody sets one.
 * @param settings.nameOf what a user is called; ids stand for themselves without it.
 */
export function createFinops(
  settings: {
    readonly prices?: Prices
    readonly defaultLimitMicros?: bigint
    readonly nameOf?: NameOf
  } = {},
) {
  const prices = settings.prices ?? defaultPrices
  const limit = settings.defaultLimitMicros ?? defaultLimitMicros
  const budget = { prices, defaultLimitMicros: limit }
  const nameOf = settings.nameOf ?? (() => Promise.resolve(undefined))
  const registrations: readonly Registration[] = [
    budgetRead(budget),
    budgetSet(budget),
    usageRead(nameOf),
    usageRuns(nameOf),
  ]
  return {
    registrations,
    prices,
    /** What a use costs at today's prices; rounds CPU time up to milliseconds. */
    priceOf: (use: { runs: number; calls: number; rows: number; cpuMicros: number }) => priceOf(prices, use),
    reserve: (tx: Tx, request: { id: ReceiptId; organisation: string; micros: bigint; at: number }) =>
      reserve(tx, request, limit),
    settle: (tx: Tx, settlement: Settlement) => settle(tx, settlement, limit),

    /** Deletes an organisation's budgets and meters; the demonstration is removed by it. */
    async removeOrganisation(tx: Tx, organisation: string): Promise<{ what: string; count: number }[]> {
      await tx.deleteFrom('finops_reservations').where('organisation', '=', organisation).execute()
      await tx.deleteFrom('finops_budgets').where('organisation', '=', organisation).execute()
      const meters = await tx
        .deleteFrom('finops_meters')
        .where('organisation', '=', organisation)
        .executeTakeFirst()
      return [{ what: 'meters', count: Number(meters.numDeletedRows) }]
    },
  }
}
