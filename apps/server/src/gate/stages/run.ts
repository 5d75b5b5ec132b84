import { deny, gateDenials } from '@switchboard/api'
import type { Finops } from '../../finops/index.ts'
import type { Tx } from '../../kernel/db/index.ts'
import { stricterPap, stricterTlp } from '../../kernel/tlp.ts'
import { contextOf } from '../context.ts'
import type { ContextDeps } from '../context.ts'
import type { Passage, Stages } from '../passage.ts'

/** What `prepare` and `begin` answered, kept between the transaction they ran in and the run. */
export const carried = new WeakMap<Passage, unknown>()

/** Stage 6. The handler does its work; a run's row budget is held here, whatever the handler returned. */
export function runStage(deps: ContextDeps & { finops: Pick<Finops, 'prices'> }): Stages['run'] {
  return async (passage: Passage, tx: Tx | undefined) => {
    const { registration } = passage
    const ctx = contextOf(passage, deps)
    const input = passage.input as never
    let apply: ((tx: Tx) => Promise<void>) | undefined
    if (registration.effect === 'external') {
      const result = await registration.handler.run(ctx, input, carried.get(passage))
      passage.outcome = result.outcome
      apply = result.apply?.bind(result)
    } else if (registration.effect === 'write') {
      passage.outcome = await registration.handler.run(
        { ...ctx, tx: tx as Tx, perform: insideTransaction },
        input,
        carried.get(passage),
      )
    } else {
      passage.outcome = await registration.handler.run(ctx, input)
    }
    drawRows(passage, deps.finops.prices.row)
    mark(passage)
    return apply
  }
}

/** A nested operation would wait for the transaction that waits for it. */
function insideTransaction(): never {
  throw new Error('A write handler performs no further operations: its transaction is open.')
}

/** Before the plugin has the answer: what it writes from here on is marked as strictly as what it was given. */
function mark(passage: Passage): void {
  const marked = passage.actor?.via?.marked
  if (marked === undefined || passage.outcome?.ok !== true) return
  for (const tlp of [passage.placed.tlp, passage.resource?.tlp])
    if (tlp !== undefined) marked.tlp = stricterTlp(marked.tlp, tlp)
  for (const pap of [passage.placed.pap, passage.resource?.attributes?.['pap']])
    if (typeof pap === 'string') marked.pap = stricterPap(marked.pap, pap)
}

/** Draws the rows that a nested call delivered from its run's lease, and prices them. */
function drawRows(passage: Passage, price: bigint): void {
  const lease = passage.actor?.via?.lease
  if (lease === undefined) return
  const { rows } = passage.counts
  if (rows > lease.rows) {
    const used = lease.rowsAllowed - lease.rows + rows
    // The rows are withheld, so they are not drawn: the budget is what was delivered.
    passage.counts.rows = 0
    passage.outcome = deny(gateDenials, 'BudgetExceeded:rows', { used, allowed: lease.rowsAllowed })
    return
  }
  lease.rows -= rows
  passage.drawn.rows += rows
  passage.chargedMicros += BigInt(rows) * price
}
