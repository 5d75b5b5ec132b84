import { allow } from '@switchboard/api'
import { handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { openAccount, readAccount, setLimit } from './budget-store.ts'
import type { Account } from './budget-store.ts'
import { monthOf } from './month.ts'
import type { Month } from './month.ts'
import type { Prices } from './prices.ts'

export interface BudgetSettings {
  readonly prices: Prices
  /** Until somebody sets another. */
  readonly defaultLimitMicros: bigint
}

export function budgetRead({ prices, defaultLimitMicros }: BudgetSettings): Registration {
  return handleRead(operationOf('budget.read'), {
    async run(ctx, input) {
      // The schema holds a given month to the form of ours.
      const month = (input.month as Month | undefined) ?? monthOf(ctx.at)
      const account = await readAccount(ctx.read, ctx.actor.organisation, month, defaultLimitMicros)
      return allow(budget(month, account, prices))
    },
  })
}

export function budgetSet({ prices, defaultLimitMicros }: BudgetSettings): Registration {
  return handleWrite(operationOf('budget.set'), {
    async run(ctx, input) {
      const { organisation } = ctx.actor
      const month = monthOf(ctx.at)
      await openAccount(ctx.tx, organisation, month, defaultLimitMicros)
      await setLimit(ctx.tx, organisation, month, BigInt(input.limitMicros))
      ctx.subject({ target: month })
      return allow(budget(month, await readAccount(ctx.tx, organisation, month, defaultLimitMicros), prices))
    },
  })
}

function budget(month: Month, { limit, spent, reserved }: Account, prices: Prices) {
  // A limit set below what is spent already leaves nothing, not less than nothing.
  const left = limit - spent - reserved
  return {
    month,
    limitMicros: String(limit),
    spentMicros: String(spent),
    reservedMicros: String(reserved),
    leftMicros: String(left > 0n ? left : 0n),
    prices: Object.fromEntries(Object.entries(prices).map(([unit, micros]) => [unit, String(micros)])),
  }
}
