import { deny, gateDenials } from '@switchboard/api'
import type { Finops } from '../../finops/index.ts'
import type { Actor, Lease } from '../../kernel/handler.ts'
import { contextOf } from '../context.ts'
import type { ContextDeps } from '../context.ts'
import type { Passage, Stage } from '../passage.ts'

/** What a run is told that has made more calls than it may, whatever else would be wrong with this one. */
export function callsExceeded(lease: Lease) {
  const used = lease.callsAllowed - lease.calls + 1
  return deny(gateDenials, 'BudgetExceeded:calls', { used, allowed: lease.callsAllowed }).denial
}

/** Draws one call; of a run that has none left nothing more is drawn, since its calls no longer reach anything. */
export function drawCall(passage: Passage, lease: Lease, price: bigint): void {
  if (lease.calls <= 0) return
  lease.calls -= 1
  passage.drawn.calls += 1
  passage.chargedMicros += price
}

/**
 * Stage 5. A run reserves its upper bound from the organisation's budget before it starts; a nested call draws from
 * its run's lease, in memory, because the run has reserved for it already.
 */
export function reserveStage(deps: { finops: Finops } & ContextDeps): Stage {
  return async (passage: Passage, tx) => {
    const actor = passage.actor as Actor
    if (actor.via !== undefined) {
      const { lease } = actor.via
      if (lease.calls <= 0) return callsExceeded(lease)
      drawCall(passage, lease, deps.finops.prices.call)
      return undefined
    }
    const { registration } = passage
    if (tx === undefined || registration.effect !== 'external' || registration.handler.estimate === undefined)
      return undefined
    const micros = await registration.handler.estimate(contextOf(passage, deps), passage.input as never)
    const reserved = await deps.finops.reserve(tx, {
      id: passage.receiptId,
      organisation: actor.organisation,
      micros,
      at: passage.at,
    })
    if (!reserved.ok) return reserved.denial
    passage.reservedMicros = micros
    return undefined
  }
}
