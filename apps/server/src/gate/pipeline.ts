import { deny, gateDenials } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import type { Database, Tx } from '../kernel/db/index.ts'
import { Fault } from '../kernel/fault.ts'
import type { Actor, Performed } from '../kernel/handler.ts'
import { contextOf } from './context.ts'
import type { ContextDeps } from './context.ts'
import { answerKey, claimKey, findKey, releaseKey } from './idempotency-store.ts'
import type { KeyOwner } from './idempotency-store.ts'
import { deniedIn, performed } from './passage.ts'
import type { Passage, StageName, Stages } from './passage.ts'
import { carried } from './stages/run.ts'

/** Points after which a crash is rehearsed: each stage, and each commit. */
export type GatePoint = StageName | 'intent_committed' | 'committed'

export interface PipelineDeps extends ContextDeps {
  readonly database: Database
  readonly evidence: { committed(): void }
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
    const unknown = await stages.authenticate(passage)
    point('authenticate', passage)
    // Without an actor there is no tenant to receipt for, and a flood of strangers must not grow the log.
    if (unknown !== undefined) return end(passage, unknown, false)
    const malformed = await stages.parse(passage)
    point('parse', passage)
    if (malformed !== undefined) return await refuse(passage, malformed)
    const earlier = await replay(passage)
    if (earlier !== undefined) return earlier
    const forbidden = await stages.decide(passage)
    point('decide', passage)
    if (forbidden !== undefined) return await refuse(passage, forbidden)

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
    if (passage.via === undefined) return denied === undefined ? end(passage, undefined, false) : await refuse(passage, denied)
    // The plugin has its answer while the receipt is on its way; the run's outcome waits for it.
    passage.parent?.nested.push(conclude(passage))
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
    try {
      apply = await stages.run(passage, undefined)
      point('run', passage)
      await nestedSettled(passage)
    } catch (error) {
      passage.fault = asFault(error, passage)
      await nestedSettled(passage).catch(() => {
        // The first fault is the one to tell; nested receipts that failed leave their run failed all the same.
      })
      apply = async (tx) =>
        await handler.recover?.(tx, { receiptId: passage.receiptId, organisation: organisationOf(passage), at: passage.at })
    }
    await transact(passage, async (tx) => {
      await apply?.(tx)
      await stages.settle(passage, tx)
      point('settle', passage)
      await stages.receipt(passage, 'outcome', tx)
      point('receipt', passage)
      if (passage.outcome?.ok !== true) await releaseKey(tx, passage.receiptId)
      else if (handler.complete === undefined) await rememberAnswer(passage, tx)
    })
    point('committed', passage)
    if (passage.fault !== undefined) throw passage.fault
    await complete(passage)
    return end(passage, undefined, passage.outcomeId)
  }

  /** Finishes an answer that needs its own receipt, such as a bundle that holds it. */
  async function complete(passage: Passage): Promise<void> {
    const { registration, outcome } = passage
    if (registration.effect !== 'external' || registration.handler.complete === undefined || outcome?.ok !== true) return
    const value = await registration.handler.complete(outcome.value, {
      receiptId: passage.outcomeId,
      organisation: organisationOf(passage),
    })
    passage.outcome = { ok: true, value }
    if (ownerOf(passage) !== undefined) await transact(passage, (tx) => rememberAnswer(passage, tx))
  }

  /** The stages that open a transaction. True when the operation was parked: its receipt is written and nothing else follows. */
  async function enter(passage: Passage, tx: Tx): Promise<boolean> {
    const waiting = await stages.approve(passage, tx)
    point('approve', passage)
    if (waiting?.code === 'approval_required') {
      passage.outcome = { ok: false, denial: waiting }
      await stages.receipt(passage, 'effect', tx)
      return true
    }
    if (waiting !== undefined) throw new Stopped(waiting)
    const owner = ownerOf(passage)
    if (owner !== undefined) {
      const claimed = await claimKey(tx, owner, {
        operation: passage.spec.name,
        inputSha256: passage.inputDigest.sha256,
        receipt: passage.receiptId,
        package: passage.subject.package ?? null,
        at: passage.at,
      })
      if (!claimed) throw new Stopped(deny(gateDenials, 'idempotency_in_progress', { key: owner.key }).denial)
    }
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
    await deps.database.writer.transact({ by: 'gate', operation: passage.spec.name }, async (tx) => {
      Object.assign(passage.counts, counts)
      passage.placed.licences.splice(0, Infinity, ...licences)
      passage.chargedMicros = chargedMicros
      passage.afterCommit.length = waiting
      await work(tx)
    })
    deps.evidence.committed()
    if (passage.registration.effect !== 'external') point('committed', passage)
    for (const after of passage.afterCommit.splice(0)) after()
  }

  /** Ends a transaction that was rolled back: an expected "no" is receipted and answered, a fault receipted and thrown. */
  async function stop(passage: Passage, error: unknown): Promise<Performed> {
    if (error instanceof Stopped) return await refuse(passage, error.denial)
    passage.fault = asFault(error, passage)
    await conclude(passage).catch((second: unknown) => deps.onBug(second, passage))
    throw passage.fault
  }

  /** Answers no. Every refused effect, and whatever a plugin or a person was refused, leaves a receipt. */
  async function refuse(passage: Passage, denial: Denial): Promise<Performed> {
    passage.outcome = { ok: false, denial }
    passage.reservedMicros = 0n
    const silent = passage.spec.effect === 'read' && passage.via === undefined && passage.decision === undefined
    const anonymous = passage.actor?.kind === 'nobody'
    if (silent || anonymous) return end(passage, denial, false)
    await conclude(passage)
    return end(passage, denial, true)
  }

  async function conclude(passage: Passage): Promise<void> {
    await transact(passage, async (tx) => {
      await stages.settle(passage, tx)
      await stages.receipt(passage, 'effect', tx)
    })
  }

  async function replay(passage: Passage): Promise<Performed | undefined> {
    const owner = ownerOf(passage)
    if (owner === undefined) return undefined
    if (passage.spec.secretOutput === true) {
      const rule = 'must be left out: this answer holds a secret that is shown once and never stored'
      return await refuse(passage, deny(gateDenials, 'input_invalid', { field: 'Idempotency-Key', rule }).denial)
    }
    const known = await findKey(deps.database.read, owner)
    if (known === undefined) return undefined
    if (known.operation !== passage.spec.name || known.input_sha256 !== passage.inputDigest.sha256) {
      return await refuse(passage, deny(gateDenials, 'idempotency_conflict', { key: owner.key }).denial)
    }
    if (known.answer === null) return end(passage, deny(gateDenials, 'idempotency_in_progress', { key: owner.key }).denial, false)
    const { value, receiptId } = JSON.parse(known.answer) as { value: unknown; receiptId: string }
    return {
      outcome: { ok: true, value },
      receiptId: receiptId as Passage['receiptId'],
      replayed: true,
      costMicros: 0n,
      wallMicros: deps.monotonicMicros() - passage.startedMicros,
      rows: 0,
    }
  }

  async function rememberAnswer(passage: Passage, tx: Tx): Promise<void> {
    const owner = ownerOf(passage)
    if (owner === undefined || passage.outcome?.ok !== true) return
    const receiptId = passage.registration.effect === 'external' ? passage.outcomeId : passage.receiptId
    await answerKey(tx, owner, JSON.stringify({ value: passage.outcome.value, receiptId }))
  }

  function end(passage: Passage, denial: Denial | undefined, receipted: boolean | Passage['receiptId']): Performed {
    if (denial !== undefined) passage.outcome = { ok: false, denial }
    const receipt = typeof receipted === 'string' ? receipted : receipted ? passage.receiptId : undefined
    return performed(passage, receipt, deps.monotonicMicros() - passage.startedMicros)
  }

  function asFault(error: unknown, passage: Passage): Fault {
    if (error instanceof Fault) return error
    deps.onBug(error, passage)
    return new Fault('internal', 'The server met an impossible state; its operator finds it in the log by the trace id.', {
      retryable: false,
      cause: error,
    })
  }
}

function ownerOf(passage: Passage): KeyOwner | undefined {
  const { actor, request, spec } = passage
  if (request.idempotencyKey === undefined || spec.effect === 'read' || actor === undefined || actor.via !== undefined) return undefined
  return { organisation: actor.organisation, user: actor.user, key: request.idempotencyKey }
}

function organisationOf(passage: Passage): string {
  return (passage.actor as Actor).organisation
}

/** Waits for every nested call, those the plugin never awaited included. */
async function nestedSettled(passage: Passage): Promise<void> {
  while (passage.nested.length > 0) await Promise.all(passage.nested.splice(0))
}
