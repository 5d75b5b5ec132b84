import type { Finops } from '../../finops/index.ts'
import type { Tx } from '../../kernel/db/index.ts'
import type { Actor } from '../../kernel/handler.ts'
import { deniedIn } from '../passage.ts'
import type { Passage, Stages } from '../passage.ts'
import { drawCall } from './reserve.ts'

/** Stage 7. Meters and budget move in the transaction of the receipt, so neither is ever without the other. */
export function settleStage(deps: { finops: Finops; monotonicMicros: () => number }): Stages['settle'] {
  return async (passage: Passage, tx: Tx) => {
    const actor = passage.actor as Actor
    const { via } = actor
    const metered = via !== undefined || passage.reservedMicros > 0n
    if (!metered) return
    if (via !== undefined) {
      // Refused before it was drawn: a receipt is written for it all the same, and somebody pays for that.
      if (passage.drawn.calls === 0 && deniedIn(passage) !== undefined)
        drawCall(passage, via.lease, deps.finops.prices.call)
      via.lease.micros -= passage.chargedMicros
    }
    const { chargedMicros } = await deps.finops.settle(tx, {
      reservation: reserverOf(passage).receiptId,
      organisation: actor.organisation,
      user: actor.user,
      ...(passage.subject.package === undefined && via === undefined
        ? {}
        : { package: via?.package ?? (passage.subject.package as string) }),
      at: passage.at,
      micros: passage.chargedMicros,
      runs: via === undefined ? 1 : 0,
      calls: via === undefined ? 0 : 1,
      rows: via === undefined ? 0 : passage.counts.rows,
      cpuMicros: passage.counts.cpuMicros,
      final: via === undefined,
      ...(via === undefined
        ? {
            ended: {
              run: passage.subject.run ?? null,
              wallMicros: Math.max(0, Math.round(deps.monotonicMicros() - passage.startedMicros)),
            },
          }
        : {}),
    })
    // What neither reservation nor budget covered was not charged, and the receipt must say what was.
    passage.chargedMicros = chargedMicros
  }
}

/** Whose reservation pays: a plugin's call may perform further ones, and all of them draw from the run's. */
function reserverOf(passage: Passage): Passage {
  let payer = passage
  while (payer.actor?.via !== undefined && payer.parent !== undefined) payer = payer.parent
  return payer
}
