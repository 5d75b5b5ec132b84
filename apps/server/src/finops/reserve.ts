import { allow, deny, gateDenials } from '@switchboard/api'
import type { Denial, DenialParamsOf, Outcome } from '@switchboard/api'
import type { Tx } from '../kernel/db/index.ts'
import type { ReceiptId } from '../kernel/ids.ts'
import { addReservation, openAccount, readAccount, takeFromAccount } from './budget-store.ts'
import { monthOf } from './month.ts'

export type BudgetExceeded = Denial<'budget_exceeded', DenialParamsOf<typeof gateDenials.budget_exceeded>>

/**
 * Sets `micros` of this month's budget aside under `id`, or says how much is left. Written with the operation's
 * intent, so that a crash leaves both or neither.
 */
export async function reserve(
  tx: Tx,
  request: { id: ReceiptId; organisation: string; micros: bigint; at: number },
  defaultLimit: bigint,
): Promise<Outcome<void, BudgetExceeded>> {
  const { id, organisation, micros, at } = request
  const month = monthOf(at)
  await openAccount(tx, organisation, month, defaultLimit)
  if (await takeFromAccount(tx, organisation, month, micros)) {
    await addReservation(tx, { id, organisation, month, micros, at })
    return allow(undefined)
  }
  const { limit, spent, reserved } = await readAccount(tx, organisation, month, defaultLimit)
  const left = limit - spent - reserved
  return deny(gateDenials, 'budget_exceeded', {
    scope: 'organisation',
    neededMicros: String(micros),
    leftMicros: String(left > 0n ? left : 0n),
    limitMicros: String(limit),
  })
}
