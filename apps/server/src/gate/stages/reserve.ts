import { deny, gateDenials } from '@switchboard/api'
import type { Finops } from '../../finops/index.ts'
import type { Actor } from '../../kernel/handler.ts'
import { contextOf } from '../context.ts'
import type { ContextDeps } from '../context.ts'
import type { Passage, Stage } from '../passage.ts'

/**
 * Stage 5. A run reserves its upper bound from the organisation's budget before it starts; a nested call draws from
 * its run's lease, in memory, because the run has reserved for it already.
 */
export function reserveStage(deps: { finops: Finops } & ContextDeps): Stage {
  return async (passage: Passage, tx) => {
    const actor = passage.actor as Actor
    if (actor.via !== undefined) {
      const { lease } = actor.via
      const used = lease.callsAllowed - lease.calls + 1
      if (lease.calls <= 0)
        return deny(gateDenials, 'BudgetExceeded:calls', { used, allowed: lease.callsAllowed }).denial
      lease.calls -= 1
      passage.drawn.calls += 1
      passage.chargedMicros = deps.finops.prices.call
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
