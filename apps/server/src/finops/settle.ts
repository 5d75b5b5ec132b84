import type { Tx } from '../kernel/db/index.ts'
import type { ReceiptId } from '../kernel/ids.ts'
import {
  bookOnAccount,
  drawFromReservation,
  lockAccount,
  lockReservation,
  nameRun,
  openAccount,
} from './budget-store.ts'
import { addToMeter } from './meter-store.ts'
import type { Use } from './meter-store.ts'
import { monthOf } from './month.ts'

export interface Settlement extends Use {
  /** What `reserve` set aside under this id pays first; absent: the free budget pays. */
  readonly reservation?: ReceiptId
  readonly organisation: string
  readonly user: string
  readonly package?: string
  readonly at: number
  /** What the use costs at our prices. */
  readonly micros: bigint
  /** Closes the reservation and gives back what it did not use. Later settlements under it do nothing. */
  readonly final: boolean
  /** The run that ends with it, when it is one. */
  readonly ended?: { readonly run: string | null; readonly wallMicros: number }
}

/**
 * Books a use: money on the budget, units on the meter, both in the month of the reservation, so that a run over a
 * month's end is in one month and the meters of a month always add up to what it spent.
 *
 * The limit holds even when an estimate was too low: what neither the reservation nor the free budget covers is not
 * charged. The answer says what was, and that is what the receipt must show.
 */
export async function settle(
  tx: Tx,
  settlement: Settlement,
  defaultLimit: bigint,
): Promise<{ readonly chargedMicros: bigint }> {
  const { organisation, reservation, micros } = settlement
  // The reservation is locked before the account, always: two settlements cannot wait for each other.
  const held = reservation === undefined ? undefined : await lockReservation(tx, organisation, reservation)
  if (reservation !== undefined && held === undefined) return { chargedMicros: 0n }
  const month = held?.month ?? monthOf(settlement.at)
  if (held === undefined) await openAccount(tx, organisation, month, defaultLimit)

  const fromReservation = smaller(held?.left ?? 0n, micros)
  const uncovered = micros - fromReservation
  let fromFree = 0n
  if (uncovered > 0n) {
    const { limit, spent, reserved } = await lockAccount(tx, organisation, month)
    const free = limit - spent - reserved
    fromFree = free > 0n ? smaller(free, uncovered) : 0n
  }
  const left = (held?.left ?? 0n) - fromReservation
  const released = fromReservation + (settlement.final ? left : 0n)
  const chargedMicros = fromReservation + fromFree

  if (reservation !== undefined && (settlement.final || chargedMicros > 0n))
    await drawFromReservation(tx, reservation, {
      left: settlement.final ? 0n : left,
      charged: chargedMicros,
      closedAt: settlement.final ? settlement.at : null,
    })
  if (reservation !== undefined && settlement.ended !== undefined)
    await nameRun(tx, {
      id: reservation,
      package: settlement.package ?? '',
      user: settlement.user,
      ...settlement.ended,
    })
  if (chargedMicros > 0n || released > 0n)
    await bookOnAccount(tx, { organisation, month }, { spent: chargedMicros, released })
  const { runs, calls, rows, cpuMicros } = settlement
  if (runs + calls + rows + cpuMicros > 0 || chargedMicros > 0n) {
    const meter = { organisation, month, package: settlement.package ?? '', user: settlement.user }
    await addToMeter(tx, meter, { runs, calls, rows, cpuMicros, costMicros: chargedMicros })
  }
  return { chargedMicros }
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
