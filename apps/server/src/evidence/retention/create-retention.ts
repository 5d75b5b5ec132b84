import { setTimeout as delay } from 'node:timers/promises'
import { allow, deny, retentionDenials } from '@switchboard/api'
import type { Denial, OperationByName, OutputOf } from '@switchboard/api'
import type { Database, Tx } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import { handleRead, handleWrite, operationOf } from '../../kernel/handler.ts'
import type { Context, Registration } from '../../kernel/handler.ts'
import type { BundleSources } from '../bundle/bundle-sources.ts'
import { holdsOn } from '../holds/hold-store.ts'
import type { LogAccess } from '../log/log-access.ts'
import type { Range } from '../log/proof-ranges.ts'
import type { RetentionClass } from '../log/retention-class.ts'
import { findDue } from './find-due.ts'
import { foldEvidence } from './fold-evidence.ts'
import { pruneEvidence } from './prune-evidence.ts'
import {
  insertRules,
  lastWork,
  organisationsWithRules,
  rulesInForce,
  saveWork,
  statedRanges,
} from './retention-store.ts'
import type { RetireDeps } from './retire-receipts.ts'
import type { SealedReceipts } from './sealed-receipts.ts'
import { classUnder, digestOfRules, dueBefore, problemIn } from './rules.ts'
import type { RetentionAction, RetentionRules } from './rules.ts'

type Counted = OutputOf<OperationByName<'retention.read'>>['due'][number]['prune']

export interface RetentionDeps {
  readonly database: Database
  readonly sources: Pick<BundleSources, 'caseTlps' | 'openReviewsSince'>
  logsOf(organisation: string): Promise<readonly LogAccess[]>
  readonly sealed?: SealedReceipts | undefined
  readonly stepReceipts?: number
  readonly onFault: (cause: unknown) => void
}

/** One person of an organisation, in whose name the server does what that person's rules say. */
export interface RuleSetter {
  readonly organisation: string
  readonly user: string
}

const usualStep = 2_048
const pauseMs = 50
const mostAttempts = 5
/** Entries that `retention.read` looks at, for each log and action. */
const mostCounted = 50_000
const dayMs = 24 * 60 * 60 * 1000
/** Another server may have set other rules: ours are looked up again after this long. */
const rulesLastMs = 1_000
const actions: readonly RetentionAction[] = ['prune', 'fold']

/** How long receipts are kept: an organisation's rules, and what goes by them. */
export function createRetention(deps: RetentionDeps) {
  const { database, sources } = deps
  const known = new Map<string, { readonly rules: RetentionRules; readonly until: number }>()
  const retireDeps: RetireDeps = {
    logsOf: deps.logsOf,
    caseTlps: sources.caseTlps,
    openReviewsSince: sources.openReviewsSince,
    stepReceipts: deps.stepReceipts ?? usualStep,
    sealed: deps.sealed,
    forgetLeaves: (log, ranges) => void forgetLeaves(log, ranges).catch(deps.onFault),
    finish: (rewriting) => void rewriting.finish().catch(deps.onFault),
  }

  const set = handleWrite(operationOf('retention.set'), {
    // Before the decision: nobody is asked to approve what cannot be.
    resource(ctx, rules) {
      const wrong = problemIn(rules)
      const { organisation } = ctx.actor
      return Promise.resolve(
        wrong === undefined
          ? allow({ type: 'Organisation', id: organisation, organisation } as const)
          : deny(retentionDenials, 'retention_invalid', wrong),
      )
    },
    async run(ctx, rules) {
      const { organisation, user, name } = ctx.actor
      const digest = digestOfRules(rules)
      await insertRules(ctx.tx, {
        receipt_id: ctx.receiptId,
        organisation,
        rules,
        digest,
        set_by: user,
        set_by_name: name,
        at: ctx.at,
      })
      ctx.afterCommit(() => known.delete(organisation))
      return allow({ digest })
    },
  })

  const read = handleRead(operationOf('retention.read'), {
    async run(ctx) {
      const { organisation } = ctx.actor
      const inForce = await rulesInForce(ctx.read, organisation)
      const due = []
      for (const log of await deps.logsOf(organisation)) {
        const size = (await log.newest())?.checkpoint.size ?? 0
        const count = (action: RetentionAction) => countDue(ctx, inForce.rules, log, size, action)
        due.push({ class: log.class, entries: size, prune: await count('prune'), fold: await count('fold') })
      }
      return allow({
        ...inForce.rules,
        digest: digestOfRules(inForce.rules),
        setBy: inForce.set?.byName ?? null,
        setAt: inForce.set?.at ?? null,
        due,
        worked: (await lastWork(ctx.read, organisation)) ?? null,
      })
    },
  })

  async function countDue(
    ctx: Pick<Context, 'actor' | 'read' | 'at'>,
    rules: RetentionRules,
    log: LogAccess,
    size: number,
    action: RetentionAction,
  ): Promise<Counted> {
    const { organisation } = ctx.actor
    const allowed = dueBefore(rules, log.class, action, ctx.at)
    if (allowed === undefined) return { receipts: 0, held: 0, open: 0, more: false }
    const reviews = await sources.openReviewsSince(ctx.read, organisation, ctx.at)
    const due = await findDue(ctx.read, {
      organisation,
      log: log.number,
      action,
      before: Math.min(allowed, reviews ?? allowed),
      holds: await holdsOn(ctx.read, organisation),
      size,
      sealed: deps.sealed,
      within: { from: 0, to: size },
      most: Infinity,
      mostSeen: mostCounted,
    })
    return { receipts: due.receipts.length, held: due.heldReceipts, open: due.open, more: due.more }
  }

  /** Tiles whose leaves were pruned go; what a crash left of them goes with the next work. */
  async function forgetLeaves(log: LogAccess, ranges: readonly Range[]): Promise<void> {
    for (const range of ranges) await log.forgetLeaves(range)
  }

  async function lookUp(tx: Tx, organisation: string): Promise<RetentionRules> {
    const { rules } = await rulesInForce(tx, organisation)
    known.set(organisation, { rules, until: performance.now() + rulesLastMs })
    return rules
  }

  const registrations: readonly Registration[] = [
    set,
    read,
    pruneEvidence(retireDeps),
    foldEvidence(retireDeps),
  ]
  return {
    registrations,
    /** The class of a receipt that is written now. */
    classOf(tx: Tx, organisation: string, operation: string): RetentionClass | Promise<RetentionClass> {
      const recent = known.get(organisation)
      // Asked for every receipt: what was looked up a moment ago is answered without waiting.
      if (recent !== undefined && recent.until > performance.now()) return classUnder(recent.rules, operation)
      return lookUp(tx, organisation).then((rules) => classUnder(rules, operation))
    },
    /** Who set the rules of the organisations whose receipts have not been looked through for a day. */
    async dueForWork(at: number): Promise<readonly RuleSetter[]> {
      const due: RuleSetter[] = []
      for (const organisation of await organisationsWithRules(database.read)) {
        const worked = await lastWork(database.read, organisation)
        if (worked !== undefined && worked.at > at - dayMs) continue
        const { set: setter } = await rulesInForce(database.read, organisation)
        if (setter !== undefined) due.push({ organisation, user: setter.by })
      }
      return due
    },
    /**
     * Prunes and folds what is due of an organisation, step by step, each through `perform`. Stopped at any point, it
     * goes on the next time.
     */
    async work(
      { organisation }: RuleSetter,
      at: number,
      perform: (operation: string, input: unknown) => Promise<Denial | undefined>,
    ): Promise<string> {
      let ended = 'done'
      for (const log of await deps.logsOf(organisation)) {
        // A crash may have come between a prune and the end of its tiles.
        await forgetLeaves(log, await statedRanges(database.read, log.number, 'prune'))
        for (const action of actions) {
          while (await isDue(organisation, log, action, at)) {
            const denial = await performAgain(() => perform(`evidence.${action}`, { class: log.class }))
            if (denial === undefined) {
              // Others write too.
              await delay(pauseMs)
              continue
            }
            if (denial.code !== 'nothing_due') ended = denial.code
            break
          }
        }
      }
      await database.writer.transact({ by: 'jobs' }, (tx) => saveWork(tx, organisation, { at, ended }))
      return ended
    },
  }

  async function isDue(
    organisation: string,
    log: LogAccess,
    action: RetentionAction,
    at: number,
  ): Promise<boolean> {
    const { rules } = await rulesInForce(database.read, organisation)
    const before = dueBefore(rules, log.class, action, at)
    if (before === undefined) return false
    const size = (await log.newest())?.checkpoint.size ?? 0
    const { receipts } = await findDue(database.read, {
      organisation,
      log: log.number,
      action,
      before,
      holds: await holdsOn(database.read, organisation),
      size,
      sealed: deps.sealed,
      within: { from: 0, to: size },
      most: 1,
      mostSeen: Infinity,
    })
    return receipts.length > 0
  }
}
/** Somebody may have worked on a held case meanwhile: what is due is then found anew. */
async function performAgain<T>(perform: () => Promise<T>): Promise<T> {
  for (let left = mostAttempts; ; left -= 1) {
    try {
      return await perform()
    } catch (error) {
      if (left === 1 || !(error instanceof Fault) || error.code !== 'retention_changed') throw error
    }
  }
}
export type Retention = ReturnType<typeof createRetention>
