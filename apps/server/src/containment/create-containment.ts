import { allow, containmentDenials, deny, marketplaceDenials } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import type { Identity } from '../identity/index.ts'
import type { Reader, Tx } from '../kernel/db/index.ts'
import { handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { Context, Registration, WriteContext } from '../kernel/handler.ts'
import { holdDenial, holdView, refuseQuarantined } from './hold-denial.ts'
import {
  allHolds,
  deleteHold,
  deleteHoldsOf,
  everything,
  findHold,
  holdsOn,
  insertHold,
} from './hold-store.ts'
import type { HoldRow } from './hold-store.ts'

export interface ContainmentDeps {
  readonly hasOther: Identity['hasOther']
  /** Version and digest of what an organisation has of a package; undefined when it is neither installed nor on its shelf. */
  readonly findPackage: (
    db: Reader | Tx,
    organisation: string,
    name: string,
  ) => Promise<{ readonly version: string; readonly digest: string } | undefined>
  /** Ends the runs under way here, of a package or of all, with that answer; says how many. */
  readonly stopRuns: (which: {
    organisation: string
    package: string | undefined
    denial: Denial
  }) => readonly string[]
  readonly activeRuns: (organisation: string, packageName?: string) => readonly string[]
  readonly sandbox: { level(): string; mend(): string | undefined }
}

export type Containment = ReturnType<typeof createContainment>

/** Stopping code at once, and letting it go again: the kill switch of an organisation, and quarantine of a package. */
export function createContainment(deps: ContainmentDeps) {
  const registrations: readonly Registration[] = [
    handleWrite(operationOf('plugin.quarantine'), {
      async run(ctx, { id, reason }) {
        const found = await deps.findPackage(ctx.tx, ctx.actor.organisation, id)
        if (found === undefined) return deny(marketplaceDenials, 'package_unknown', { package: id })
        ctx.subject({ package: id, ...found })
        return await hold(ctx, id, reason)
      },
    }),
    handleWrite(operationOf('sandbox.stop'), {
      run: (ctx, { reason }) => hold(ctx, everything, reason),
    }),
    handleWrite(operationOf('plugin.release'), {
      async resource(ctx, { id }) {
        const found = await deps.findPackage(ctx.read, ctx.actor.organisation, id)
        ctx.subject({ package: id, ...found })
        return await heldBy(ctx, id)
      },
      run: (ctx, { id }) => lift(ctx, id),
    }),
    handleWrite(operationOf('sandbox.resume'), {
      resource: (ctx) => heldBy(ctx, everything),
      run: (ctx) => lift(ctx, everything),
    }),
    handleRead(operationOf('sandbox.status'), {
      async run(ctx) {
        const { organisation } = ctx.actor
        const rows = await allHolds(ctx.read, organisation)
        const stop = rows.find((row) => row.package === everything)
        return allow({
          level: deps.sandbox.level(),
          mend: deps.sandbox.mend() ?? null,
          stopped: stop === undefined ? null : holdView(stop),
          quarantined: rows.filter((row) => row !== stop).map(holdView),
          activeRuns: [...deps.activeRuns(organisation)],
        })
      },
    }),
  ]

  async function hold(ctx: WriteContext, packageName: string, reason: string) {
    const { organisation, user, name } = ctx.actor
    const row: HoldRow = { organisation, package: packageName, reason, by: user, by_name: name, at: ctx.at }
    if (!(await insertHold(ctx.tx, row))) {
      const known = (await findHold(ctx.tx, organisation, packageName)) ?? row
      return deny(containmentDenials, 'already_held', {
        what: whatOf(packageName),
        by: known.by_name,
        at: new Date(known.at).toISOString(),
        reason: known.reason,
      })
    }
    const which = packageName === everything ? undefined : packageName
    // Not before it is durable: a run that ends must find the reason in the store.
    ctx.afterCommit(() => void deps.stopRuns({ organisation, package: which, denial: holdDenial(row) }))
    return allow({ hold: holdView(row), stoppedRuns: deps.activeRuns(organisation, which).length })
  }

  async function heldBy(ctx: Context, packageName: string) {
    const { organisation, user } = ctx.actor
    const row = await findHold(ctx.read, organisation, packageName)
    if (row === undefined) return deny(containmentDenials, 'not_held', { what: whatOf(packageName) })
    return allow({
      type: 'Hold',
      id: whatOf(packageName),
      organisation,
      attributes: {
        own: row.by === user,
        others: await deps.hasOther(ctx.read, organisation, user, ['administrator', 'reviewer']),
      },
    } as const)
  }

  async function lift(ctx: WriteContext, packageName: string) {
    const { organisation } = ctx.actor
    const row = await findHold(ctx.tx, organisation, packageName)
    if (row === undefined || !(await deleteHold(ctx.tx, organisation, packageName)))
      return deny(containmentDenials, 'not_held', { what: whatOf(packageName) })
    return allow({ lifted: holdView(row) })
  }

  return {
    registrations,
    /** What holds a package now, as the gate asks before each run and each call. */
    async holdsOf(db: Reader, organisation: string, packageName: string) {
      return (await holdsOn(db, organisation, packageName)).map((row) => ({
        kind: row.package === everything ? ('stopped' as const) : ('quarantined' as const),
        denial: holdDenial(row),
      }))
    },
    /** Packages whose recordings must be kept, whatever their retention says. */
    async quarantined(db: Reader | Tx, organisation: string): Promise<readonly string[]> {
      return (await quarantinesOf(db, organisation)).map((row) => row.package)
    },
    /** Why what an organisation has must not be taken away as a whole: the first package in quarantine. */
    async evidenceHeld(db: Reader | Tx, organisation: string) {
      const [row] = await quarantinesOf(db, organisation)
      return row === undefined ? undefined : refuseQuarantined(row)
    },
    removeAll: deleteHoldsOf,
  }
}

async function quarantinesOf(db: Reader | Tx, organisation: string): Promise<readonly HoldRow[]> {
  return (await allHolds(db, organisation)).filter((row) => row.package !== everything)
}

function whatOf(packageName: string): string {
  return packageName === everything ? 'the sandbox of your organisation' : packageName
}
