import { allow, caseDenials, deny, retentionDenials } from '@switchboard/api'
import type { InputOf, OperationByName } from '@switchboard/api'
import { canonicalJson } from '../../kernel/canonical.ts'
import { inTurn } from '../../kernel/db/index.ts'
import type { Reader, Tx } from '../../kernel/db/index.ts'
import type { Context, WriteContext } from '../../kernel/handler.ts'
import { refuseHeld } from '../holds/hold-denial.ts'
import { holdsOn, keepHoldsAsTheyAre } from '../holds/hold-store.ts'
import type { LegalHoldRow } from '../holds/hold-store.ts'
import type { LogAccess } from '../log/log-access.ts'
import type { Range } from '../log/proof-ranges.ts'
import type { RetentionClass } from '../log/retention-class.ts'
import { findDue } from './find-due.ts'
import type { Due, LoggedReceipt } from './find-due.ts'
import { insertStatement, rulesInForce } from './retention-store.ts'
import { digestOfRules, dueBefore } from './rules.ts'
import type { RetentionAction } from './rules.ts'
import { rangesOf } from './subtrees.ts'

type Input = InputOf<OperationByName<'evidence.prune'>>

export interface RetireDeps {
  logsOf(organisation: string): Promise<readonly LogAccess[]>
  caseTlps(db: Reader, organisation: string, cases: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Since when a review waits: undecided, or approved and not performed. */
  openReviewsSince(db: Reader, organisation: string, at: number): Promise<number | undefined>
  /** Once it is durable: files that hold what is gone follow. */
  forgetLeaves(log: LogAccess, ranges: readonly Range[]): void
  /** About how many receipts one step takes: the writer is held for as long as that takes. */
  readonly stepReceipts: number
}

/** What statements of both kinds say. */
export interface StatementFacts {
  readonly class: RetentionClass
  readonly held: { hold: string; receipts: number }[]
  readonly log: string
  readonly policy: string
}

/** Receipts in a row that go at once. */
export interface DueRange extends Range {
  readonly receipts: readonly LoggedReceipt[]
}

export interface Going {
  readonly log: LogAccess
  /** Signed entries of the log. */
  readonly size: number
  readonly ranges: readonly DueRange[]
}

/** How receipts go, and what is then said of them. */
export interface Retirement<S> {
  readonly action: RetentionAction
  stateOf(facts: StatementFacts, ranges: readonly DueRange[]): S
  apply(tx: Tx, going: Going): Promise<void>
  /** Once that is durable. */
  follow?(going: Going): void
}

/** Entries that one step looks at, for each that it takes. */
const seenPerTaken = 4

interface Step {
  readonly log: LogAccess
  readonly size: number
  readonly within: Range
  /** Receipts of age below where to look that a hold keeps. */
  readonly heldBelow: ReadonlyMap<string, number>
}

/**
 * A step of bounded size over the oldest receipts of a class. Statement and disappearance are one transaction, so that
 * after a crash both are there, or neither.
 */
export function retireReceipts<S>(retirement: Retirement<S>, deps: RetireDeps) {
  const { action } = retirement

  /** What is of age by now; a denial says why nothing is. */
  async function question(ctx: Context, db: Reader, input: Input) {
    const { organisation } = ctx.actor
    const { rules } = await rulesInForce(db, organisation)
    const allowed = dueBefore(rules, input.class, action, ctx.at)
    if (allowed === undefined)
      return deny(retentionDenials, 'retention_unset', { class: input.class, action })
    const holds = await holdsOn(db, organisation)
    const onCase = holds.filter((hold) => hold.case_id === input.case)
    if (onCase.length > 0) return refuseHeld(onCase)
    const reviews = await deps.openReviewsSince(db, organisation, ctx.at)
    const before = Math.min(allowed, input.before ?? allowed, reviews ?? allowed)
    return allow({ organisation, action, before, case: input.case, holds, rules })
  }

  function noneDue(input: Input, asked: Asked, seen: readonly Due[], at: number) {
    const keeping = asked.holds.filter((hold) => seen.some((due) => due.held.has(hold.id)))
    if (keeping.length > 0) return refuseHeld(keeping)
    const oldest = Math.min(...seen.map((due) => due.nextAt ?? Infinity))
    // Asked for less than the rules allow, or with something under way, it is not age that is missing.
    const next = oldest + (at - asked.before)
    return deny(retentionDenials, 'nothing_due', {
      class: input.class,
      action,
      next: next > at && Number.isFinite(next) ? new Date(next).toISOString() : null,
    })
  }

  return {
    async prepare(ctx: Context, input: Input) {
      const { organisation } = ctx.actor
      if (input.case !== undefined) {
        ctx.subject({ case: input.case })
        const known = await deps.caseTlps(ctx.read, organisation, [input.case])
        if (!known.has(input.case)) return deny(caseDenials, 'case_unknown', { case: input.case })
      }
      const asked = await question(ctx, ctx.read, input)
      if (!asked.ok) return asked
      const seen: Due[] = []
      const logs = (await deps.logsOf(organisation)).filter((log) => log.class === input.class)
      for (const log of logs) {
        const size = (await log.newest())?.checkpoint.size ?? 0
        const within = { from: 0, to: size }
        const limits = { most: deps.stepReceipts, mostSeen: Infinity }
        const due = await findDue(ctx.read, { ...asked.value, ...limits, log: log.number, size, within })
        seen.push(due)
        const { first } = due
        if (due.receipts.length === 0 || first === undefined) continue
        const to = Math.min(due.end, first.idx + deps.stepReceipts * seenPerTaken)
        return allow<Step>({ log, size, within: { from: first.idx, to }, heldBelow: first.held })
      }
      return noneDue(input, asked.value, seen, ctx.at)
    },

    async run(ctx: WriteContext, input: Input, { log, size, within, heldBelow }: Step) {
      const { organisation } = ctx.actor
      await inTurn(ctx.tx, retentionClaim(organisation))
      await keepHoldsAsTheyAre(ctx.tx, organisation)
      // Rules and holds may have changed since: what was found then is only where to look.
      const asked = await question(ctx, ctx.tx, input)
      if (!asked.ok) return asked
      const limits = { most: Infinity, mostSeen: Infinity }
      const due = await findDue(ctx.tx, { ...asked.value, ...limits, log: log.number, size, within })
      if (due.receipts.length === 0) return noneDue(input, asked.value, [due], ctx.at)
      const byIndex = new Map(due.receipts.map((row) => [row.idx, row]))
      const ranges = rangesOf(byIndex.keys()).map(({ from, to }) => ({
        from,
        to,
        receipts: Array.from({ length: to - from }, (_, at) => byIndex.get(from + at) as LoggedReceipt),
      }))
      const held = asked.value.holds.flatMap(({ id: hold }) => {
        const receipts = (due.held.get(hold) ?? 0) + (heldBelow.get(hold) ?? 0)
        return receipts === 0 ? [] : [{ hold, receipts }]
      })
      const statement = retirement.stateOf(
        {
          class: input.class,
          held,
          log: log.origin,
          policy: digestOfRules(asked.value.rules),
        },
        ranges,
      )
      await insertStatement(
        ctx.tx,
        {
          receipt_id: ctx.receiptId,
          organisation,
          log: log.number,
          class: input.class,
          action,
          at: ctx.at,
          statement: canonicalJson(statement),
        },
        ranges.map(({ from, to, receipts }) => ({ from, to, ...idBounds(receipts) })),
      )
      const going = { log, size, ranges }
      await retirement.apply(ctx.tx, going)
      ctx.afterCommit(() => retirement.follow?.(going))
      ctx.subject({ target: log.origin })
      ctx.count({ rows: due.receipts.length })
      return allow(statement)
    },
  }
}

interface Asked {
  readonly before: number
  readonly holds: readonly LegalHoldRow[]
}

/** Whoever moves or removes receipts of an organisation does it one after the other. */
export const retentionClaim = (organisation: string): string => `retention of ${organisation}`

export function timesOf(receipts: readonly LoggedReceipt[]) {
  let [oldestAt, newestAt] = [Infinity, 0]
  for (const { at } of receipts) {
    oldestAt = Math.min(oldestAt, at)
    newestAt = Math.max(newestAt, at)
  }
  return { oldestAt, newestAt }
}

function idBounds(receipts: readonly LoggedReceipt[]) {
  let [firstId, lastId] = [receipts.at(0)?.id ?? '', '']
  for (const { id } of receipts) {
    if (id < firstId) firstId = id
    if (id > lastId) lastId = id
  }
  return { firstId, lastId }
}
