import { allow, caseDenials, deny, retentionDenials } from '@switchboard/api'
import type { InputOf, OperationByName } from '@switchboard/api'
import { canonicalJson } from '../../kernel/canonical.ts'
import { inTurn } from '../../kernel/db/index.ts'
import type { Reader, Tx } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import type { Context, WriteContext } from '../../kernel/handler.ts'
import { refuseHeld } from '../holds/hold-denial.ts'
import { holdsOn, keepHoldsAsTheyAre } from '../holds/hold-store.ts'
import type { LegalHoldRow } from '../holds/hold-store.ts'
import type { LogAccess } from '../log/log-access.ts'
import type { Range } from '../log/proof-ranges.ts'
import type { RetentionClass } from '../log/retention-class.ts'
import { findDue } from './find-due.ts'
import type { Due } from './find-due.ts'
import type { LoggedReceipt } from './logged-receipt.ts'
import type { Rewriting, SealedReceipts } from './sealed-receipts.ts'
import { circumstancesOf, insertStatement, rulesInForce } from './retention-store.ts'
import { digestOfRules, dueBefore } from './rules.ts'
import type { RetentionAction } from './rules.ts'
import { rangesOf } from './subtrees.ts'

type Input = InputOf<OperationByName<'evidence.prune'>>

export interface RetireDeps {
  logsOf(organisation: string): Promise<readonly LogAccess[]>
  caseTlps(db: Reader, organisation: string, cases: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Since when a review waits: undecided, or approved and not performed. */
  openReviewsSince(db: Reader, organisation: string, at: number): Promise<number | undefined>
  /** Receipts that have left the rows for blocks. */
  readonly sealed?: SealedReceipts | undefined
  /** Once it is durable: files that hold what is gone follow. */
  finish(rewriting: Rewriting): void
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

interface Step {
  readonly going: Going
  readonly facts: StatementFacts
  readonly circumstances: string
  readonly rewriting: Rewriting | undefined
}

/**
 * A step of bounded size over the oldest receipts of a class. What goes is found, and blocks are written anew, beside the
 * writer; statement and disappearance are one transaction, so that after a crash both are there, or neither.
 */
export function retireReceipts<S>(retirement: Retirement<S>, deps: RetireDeps) {
  const { action } = retirement

  /** What is of age by now; a denial says why nothing is. */
  async function question(ctx: Context, input: Input) {
    const { organisation } = ctx.actor
    const { rules } = await rulesInForce(ctx.read, organisation)
    const allowed = dueBefore(rules, input.class, action, ctx.at)
    if (allowed === undefined)
      return deny(retentionDenials, 'retention_unset', { class: input.class, action })
    const holds = await holdsOn(ctx.read, organisation)
    const onCase = holds.filter((hold) => hold.case_id === input.case)
    if (onCase.length > 0) return refuseHeld(onCase)
    const reviews = await deps.openReviewsSince(ctx.read, organisation, ctx.at)
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
      const circumstances = await circumstancesOf(ctx.read, organisation)
      const asked = await question(ctx, input)
      if (!asked.ok) return asked
      const seen: Due[] = []
      const logs = (await deps.logsOf(organisation)).filter((log) => log.class === input.class)
      for (const log of logs) {
        const size = (await log.newest())?.checkpoint.size ?? 0
        const due = await findDue(ctx.read, {
          ...asked.value,
          sealed: deps.sealed,
          log: log.number,
          size,
          within: { from: 0, to: size },
          most: deps.stepReceipts,
          mostSeen: Infinity,
        })
        seen.push(due)
        if (due.receipts.length === 0) continue
        const ranges = dueRanges(due.receipts)
        const inBlocks = new Set(due.receipts.filter((row) => row.isSealed).map((row) => row.idx))
        const span = { from: Math.min(...inBlocks), to: Math.max(...inBlocks) + 1 }
        const rewriting =
          inBlocks.size === 0
            ? undefined
            : await deps.sealed?.rewrite(log.number, span, (index) => (inBlocks.has(index) ? action : 'keep'))
        const held = asked.value.holds.flatMap(({ id: hold }) => {
          const receipts = due.held.get(hold) ?? 0
          return receipts === 0 ? [] : [{ hold, receipts }]
        })
        const policy = digestOfRules(asked.value.rules)
        const facts = { class: input.class, held, log: log.origin, policy }
        return allow<Step>({ going: { log, size, ranges }, facts, circumstances, rewriting })
      }
      return noneDue(input, asked.value, seen, ctx.at)
    },

    async run(ctx: WriteContext, input: Input, { going, facts, circumstances, rewriting }: Step) {
      const { organisation } = ctx.actor
      const { log, ranges } = going
      await inTurn(ctx.tx, retentionClaim(organisation))
      await keepHoldsAsTheyAre(ctx.tx, organisation)
      if ((await circumstancesOf(ctx.tx, organisation)) !== circumstances) {
        throw new Fault(
          'retention_changed',
          'Rules or holds changed, or others pruned or folded, while it was found out what is due. Ask again.',
          { retryable: true },
        )
      }
      const statement = retirement.stateOf(facts, ranges)
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
      await retirement.apply(ctx.tx, going)
      await rewriting?.swap(ctx.tx)
      await deps.sealed?.changed(ctx.tx, organisation)
      ctx.afterCommit(() => {
        retirement.follow?.(going)
        if (rewriting !== undefined) deps.finish(rewriting)
      })
      ctx.subject({ target: log.origin })
      ctx.count({ rows: ranges.reduce((sum, { from, to }) => sum + to - from, 0) })
      return allow(statement)
    },
  }
}

function dueRanges(due: readonly LoggedReceipt[]): readonly DueRange[] {
  const byIndex = new Map(due.map((row) => [row.idx, row]))
  return rangesOf(byIndex.keys()).map(({ from, to }) => ({
    from,
    to,
    receipts: Array.from({ length: to - from }, (_, at) => byIndex.get(from + at) as LoggedReceipt),
  }))
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
