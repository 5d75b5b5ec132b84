import type { Denial } from '@switchboard/api'
import type { Database, Tx } from '../kernel/db/index.ts'
import { Fault } from '../kernel/fault.ts'
import type { Actor, Performed } from '../kernel/handler.ts'
import { contextOf } from './context.ts'
import type { ContextDeps } from './context.ts'
import { releaseKey } from './idempotency-store.ts'
import { claimKeyOf, earlierAnswer, keyOwnerOf, keyRefusal, rememberAnswer } from './kept-answers.ts'
import { deniedIn, performed } from './passage.ts'
import type { Passage, StageName, Stages } from './passage.ts'
import { callsExceeded } from './stages/reserve.ts'
import { carried } from './stages/run.ts'

/** Points after which a crash is rehearsed: each stage, and each commit. */
export type GatePoint = StageName | 'intent_committed' | 'committed'

export interface PipelineDeps extends ContextDeps {
  readonly database: Database
  readonly evidence: { committing(): void; committed(): void }
  readonly monotonicMicros: () => number
  /** Sees each point passed; for traces and for crash rehearsals. */
  readonly onPoint?: (point: GatePoint, passage: Passage) => void
  readonly onBug: (error: unknown, passage: Passage) => void
}

/** Rolls a transaction back and carries the reason out of it. */
class Stopped extends Error {
  readonly denial: Denial
  constructor(denial: Denial) {
    super(denial.code)
    this.denial = denial
  }
}

/**
 * The order of the stages, for every operation of every surface:
 * authenticate → parse → decide → approve → reserve → run → settle → receipt.
 *
 * - a read runs without a transaction; it is receipted when a plugin asks or when it is denied;
 * - a write holds approve … receipt in one transaction, so change, meters and receipt are there together or not at all;
 * - an external effect commits approve, reserve and an intent first, runs, then commits settle and the outcome.
 *
 * @throws {Fault} when the world fails; the receipt then says `failed`.
 */
export function createPipeline(stages: Stages, deps: PipelineDeps): (passage: Passage) => Promise<Performed> {
  const point = (name: GatePoint, passage: Passage): void => deps.onPoint?.(name, passage)

  return async function perform(passage) {
    try {
      return await pass(passage)
    } catch (error) {
      throw asFault(error, passage)
    }
  }

  async function pass(passage: Passage): Promise<Performed> {
    const unknown = await stages.authenticate(passage)
    point('authenticate', passage)
    // Without an actor there is no tenant to receipt for, and a flood of strangers must not grow the log.
    if (unknown !== undefined && passage.actor === undefined) return end(passage, unknown, false)
    if (unknown !== undefined) {
      // For its digest, and for the rows that the refusal mends; who is refused is refused whatever they sent.
      await stages.parse(passage)
      return await refuse(passage, unknown)
    }
    const malformed = await stages.parse(passage)
    point('parse', passage)
    if (malformed !== undefined) return await refuse(passage, malformed)
    const unusable = keyRefusal(passage)
    if (unusable !== undefined) return await refuse(passage, unusable)
    let forbidden: Denial | undefined
    try {
      forbidden = await stages.decide(passage)
    } catch (error) {
      return await stop(passage, error)
    }
    point('decide', passage)
    if (forbidden !== undefined) return await refuse(passage, forbidden)
    // After the decision: an earlier answer goes only to somebody who may ask for it now.
    const earlier = await replay(passage)
    if (earlier !== undefined) return earlier

    switch (passage.registration.effect) {
      case 'read':
        return await read(passage)
      case 'write':
        return await write(passage)
      case 'external':
        return await external(passage)
    }
  }

  async function read(passage: Passage): Promise<Performed> {
    try {
      const denied = await stages.reserve(passage)
      point('reserve', passage)
      if (denied !== undefined) return await refuse(passage, denied)
      await stages.run(passage, undefined)
      point('run', passage)
    } catch (error) {
      passage.fault = asFault(error, passage)
      if (passage.via !== undefined) await conclude(passage)
      throw passage.fault
    }
    const denied = deniedIn(passage)
    if (passage.via === undefined)
      return denied === undefined ? end(passage, undefined, false) : await refuse(passage, denied)
    // The plugin has its answer while the receipt is on its way; the run's outcome waits for it.
    const receipted = conclude(passage)
    receipted.catch(() => {
      // Told by the run, which waits; unheard until then it would end the process.
    })
    passage.parent?.nested.push(receipted)
    return end(passage, undefined, true)
  }

  async function write(passage: Passage): Promise<Performed> {
    const { registration } = passage
    if (registration.effect !== 'write') throw new TypeError('unreachable: not a write')
    try {
      const prepared = await registration.handler.prepare?.(contextOf(passage, deps), passage.input as never)
      if (prepared?.ok === false) return await refuse(passage, prepared.denial)
      carried.set(passage, prepared?.value)
      await transact(passage, async (tx) => {
        if (await enter(passage, tx)) return
        await stages.run(passage, tx)
        point('run', passage)
        const denied = deniedIn(passage)
        if (denied !== undefined) throw new Stopped(denied)
        await stages.settle(passage, tx)
        point('settle', passage)
        await stages.receipt(passage, 'effect', tx)
        point('receipt', passage)
        await rememberAnswer(passage, tx)
      })
    } catch (error) {
      return await stop(passage, error)
    }
    return end(passage, undefined, true)
  }

  async function external(passage: Passage): Promise<Performed> {
    const { registration } = passage
    if (registration.effect !== 'external') throw new TypeError('unreachable: not an external effect')
    const { handler } = registration
    let parked = false
    try {
      await transact(passage, async (tx) => {
        parked = await enter(passage, tx)
        if (parked) return
        const begun = await handler.begin?.({ ...contextOf(passage, deps), tx }, passage.input as never)
        if (begun?.ok === false) throw new Stopped(begun.denial)
        carried.set(passage, begun?.value)
        await stages.receipt(passage, 'intent', tx)
      })
    } catch (error) {
      return await stop(passage, error)
    }
    if (parked) return end(passage, undefined, true)
    point('intent_committed', passage)

    let apply: ((tx: Tx) => Promise<void>) | undefined
    const mend = async (tx: Tx): Promise<void> =>
      await handler.recover?.(tx, {
        receiptId: passage.receiptId,
        organisation: organisationOf(passage),
        at: passage.at,
      })
    try {
      apply = await stages.run(passage, undefined)
      point('run', passage)
      await nestedSettled(passage)
    } catch (error) {
      passage.fault = asFault(error, passage)
      await nestedSettled(passage).catch(() => {
        // The first fault is the one to tell; nested receipts that failed leave their run failed all the same.
      })
      apply = mend
    }
    try {
      await commitOutcome(passage, apply)
    } catch (error) {
      // What happened cannot be written as it is. That it failed can; if not even that, the next start finds the intent.
      passage.fault ??= asFault(error, passage)
      await commitOutcome(passage, mend).catch((second: unknown) => deps.onBug(second, passage))
    }
    point('committed', passage)
    if (passage.fault !== undefined) throw passage.fault
    await complete(passage)
    return end(passage, undefined, passage.outcomeId)
  }

  async function commitOutcome(
    passage: Passage,
    apply: ((tx: Tx) => Promise<void>) | undefined,
  ): Promise<void> {
    const { registration } = passage
    const isAnswered = registration.effect === 'external' && registration.handler.complete === undefined
    await transact(passage, async (tx) => {
      await apply?.(tx)
      await stages.settle(passage, tx)
      point('settle', passage)
      await stages.receipt(passage, 'outcome', tx)
      point('receipt', passage)
      if (passage.fault !== undefined || passage.outcome?.ok !== true) await releaseKey(tx, passage.receiptId)
      else if (isAnswered) await rememberAnswer(passage, tx)
    })
  }

  /** Finishes an answer that needs its own receipt, such as a bundle that holds it. */
  async function complete(passage: Passage): Promise<void> {
    const { registration, outcome } = passage
    if (
      registration.effect !== 'external' ||
      registration.handler.complete === undefined ||
      outcome?.ok !== true
    )
      return
    const hasKey = keyOwnerOf(passage) !== undefined
    try {
      const done = { receiptId: passage.outcomeId, organisation: organisationOf(passage) }
      passage.outcome = { ok: true, value: await registration.handler.complete(outcome.value, done) }
      if (hasKey) await transact(passage, (tx) => rememberAnswer(passage, tx))
    } catch (error) {
      // The effect stands, its answer does not: with the key free the sender may ask again.
      if (hasKey) await transact(passage, (tx) => releaseKey(tx, passage.receiptId))
      throw error
    }
  }

  /** The stages that open a transaction. True when the operation was parked: its receipt is written and nothing else follows. */
  async function enter(passage: Passage, tx: Tx): Promise<boolean> {
    const taken = await claimKeyOf(passage, tx)
    if (taken !== undefined) throw new Stopped(taken)
    const waiting = await stages.approve(passage, tx)
    point('approve', passage)
    if (waiting?.code === 'approval_required') {
      passage.outcome = { ok: false, denial: waiting }
      await stages.receipt(passage, 'effect', tx)
      // Sent again, the request finds the review that it opened instead of opening another.
      await rememberAnswer(passage, tx)
      return true
    }
    if (waiting !== undefined) throw new Stopped(waiting)
    const over = await stages.reserve(passage, tx)
    point('reserve', passage)
    if (over !== undefined) throw new Stopped(over)
    return false
  }

  /** A transaction of this passage; PostgreSQL may run it again, so what it added to the passage starts afresh. */
  async function transact(passage: Passage, work: (tx: Tx) => Promise<void>): Promise<void> {
    const counts = { ...passage.counts }
    const licences = [...passage.placed.licences]
    const { chargedMicros } = passage
    const waiting = passage.afterCommit.length
    const { actor } = passage
    const drawn = { ...passage.drawn }
    const attempt = async (tx: Tx): Promise<void> => {
      Object.assign(passage.counts, counts)
      passage.placed.licences.splice(0, Infinity, ...licences)
      passage.chargedMicros = chargedMicros
      passage.afterCommit.length = waiting
      if (actor !== undefined) passage.actor = actor
      giveBackSince(passage, drawn)
      await work(tx)
      deps.evidence.committing()
    }
    try {
      await deps.database.writer.transact({ by: 'gate', operation: passage.spec.name }, attempt)
    } catch (error) {
      passage.afterCommit.length = waiting
      throw error
    }
    deps.evidence.committed()
    if (passage.registration.effect !== 'external') point('committed', passage)
    for (const after of passage.afterCommit.splice(0)) {
      try {
        after()
      } catch (error) {
        // The effect is durable; what was to follow it must not make it look failed.
        deps.onBug(error, passage)
      }
    }
  }

  /** Ends a transaction that was rolled back: an expected "no" is receipted and answered, a fault receipted and thrown. */
  async function stop(passage: Passage, error: unknown): Promise<Performed> {
    if (error instanceof Stopped) return await refuse(passage, error.denial)
    passage.fault = asFault(error, passage)
    // What was set aside went with the transaction.
    passage.reservedMicros = 0n
    if (!isSilent(passage)) await conclude(passage).catch((second: unknown) => deps.onBug(second, passage))
    throw passage.fault
  }

  /** Answers no. Every refused effect, and whatever a plugin or a person was refused, leaves a receipt. */
  async function refuse(passage: Passage, reason: Denial): Promise<Performed> {
    const lease = passage.via?.lease
    // A run that has used up its calls ends, whatever else was wrong with this one: refusals write receipts too.
    const isSpent = lease !== undefined && lease.calls <= 0 && passage.drawn.calls === 0
    const denial = isSpent ? callsExceeded(lease) : reason
    passage.outcome = { ok: false, denial }
    passage.reservedMicros = 0n
    if (isSilent(passage) && (passage.actor?.kind === 'nobody' || passage.decision === undefined))
      return end(passage, denial, false)
    await conclude(passage)
    return end(passage, denial, true)
  }

  async function conclude(passage: Passage): Promise<void> {
    const { registration, input } = passage
    const denial = deniedIn(passage)
    await transact(passage, async (tx) => {
      if (registration.effect === 'external' && denial !== undefined && input !== undefined) {
        const { organisation, user } = passage.actor as Actor
        await registration.handler.refused?.(tx, {
          input: input as never,
          denial,
          organisation,
          user,
          at: passage.at,
        })
      }
      await stages.settle(passage, tx)
      await stages.receipt(passage, 'effect', tx)
    })
  }

  async function replay(passage: Passage): Promise<Performed | undefined> {
    const earlier = await earlierAnswer(deps.database.read, passage)
    if (earlier === undefined) return undefined
    if ('denial' in earlier) return await refuse(passage, earlier.denial)
    const wallMicros = deps.monotonicMicros() - passage.startedMicros
    return { ...earlier, replayed: true, costMicros: 0n, wallMicros, rows: 0 }
  }

  function end(
    passage: Passage,
    denial: Denial | undefined,
    receipted: boolean | Passage['receiptId'],
  ): Performed {
    if (denial !== undefined) passage.outcome = { ok: false, denial }
    const receipt = typeof receipted === 'string' ? receipted : receipted ? passage.receiptId : undefined
    return performed(passage, receipt, deps.monotonicMicros() - passage.startedMicros)
  }

  function asFault(error: unknown, passage: Passage): Fault {
    if (error instanceof Fault) return error
    deps.onBug(error, passage)
    return new Fault(
      'internal',
      'The server met an impossible state; its operator finds it in the log by the trace id.',
      {
        retryable: false,
        cause: error,
      },
    )
  }
}

function organisationOf(passage: Passage): string {
  return (passage.actor as Actor).organisation
}

/** Reads by a person, and whatever nobody in particular asks: no effect to tell of, or strangers who must not grow the log. */
function isSilent(passage: Passage): boolean {
  return passage.actor?.kind === 'nobody' || (passage.spec.effect === 'read' && passage.via === undefined)
}

/** Returns to the lease what this passage drew after `before`: the transaction that drew it was rolled back. */
function giveBackSince(passage: Passage, before: Passage['drawn']): void {
  const lease = passage.actor?.via?.lease
  if (lease !== undefined) {
    lease.calls += passage.drawn.calls - before.calls
    lease.rows += passage.drawn.rows - before.rows
  }
  Object.assign(passage.drawn, before)
}

/** Waits for every nested call, those the plugin never awaited included. */
async function nestedSettled(passage: Passage): Promise<void> {
  let failed: PromiseRejectedResult | undefined
  while (passage.nested.length > 0) {
    const settled = await Promise.allSettled(passage.nested.splice(0))
    failed ??= settled.find((result) => result.status === 'rejected')
  }
  if (failed !== undefined) throw failed.reason
}
