import { allow, deny, marketplaceDenials, pluginDenials } from '@switchboard/api'
import { holdsOn, keepHoldsAsTheyAre, refuseHeld } from '../evidence/index.ts'
import type { Tx } from '../kernel/db/index.ts'
import { handleWrite, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { runResource } from './inspect-run.ts'
import type { RunDeps } from './run-deps.ts'
import { deleteAccepted, runsOfPackage } from './run-store.ts'

type UndoDeps = Pick<RunDeps, 'graph' | 'cases'>

/** `run.undo`: takes back what was accepted from the run, or written by it, and nobody has since changed. */
export function undoRun(deps: UndoDeps): Registration {
  return handleWrite(operationOf('run.undo'), {
    resource: runResource,
    async run(ctx, { id }) {
      await keepHoldsAsTheyAre(ctx.tx, ctx.actor.organisation)
      const { didNothing, holds, ...undone } = await takeBack(deps, ctx.tx, ctx.actor.organisation, id)
      if (holds.length > 0) return refuseHeld(holds)
      if (didNothing) return deny(pluginDenials, 'nothing_to_undo', { run: id })
      ctx.count({ rows: undone.removedEntities + undone.removedRelations + undone.restored })
      return allow(undone)
    },
  })
}

/** `plugin.undo`: the same for every run of a package, newest first, so that each finds the graph as it left it. */
export function undoPlugin(deps: UndoDeps & Pick<RunDeps, 'marketplace'>): Registration {
  return handleWrite(operationOf('plugin.undo'), {
    async run(ctx, { id }) {
      const { organisation } = ctx.actor
      const installed = await deps.marketplace.installed(ctx.tx, organisation, id)
      if (installed === undefined) return deny(marketplaceDenials, 'not_installed', { package: id })
      ctx.subject({ package: id, version: installed.version, digest: installed.digest })
      await keepHoldsAsTheyAre(ctx.tx, organisation)
      const runs = await runsOfPackage(ctx.tx, organisation, id)
      const wrote = await deps.graph.runsThatWrote(ctx.tx, organisation, runs)
      const sum = { runs: 0, removedEntities: 0, removedRelations: 0, restored: 0, kept: 0 }
      for (const run of runs.filter((one) => wrote.has(one))) {
        const undone = await takeBack(deps, ctx.tx, organisation, run)
        // Whole or not at all: what was taken back before is rolled back with the denial.
        if (undone.holds.length > 0) return refuseHeld(undone.holds)
        sum.runs += 1
        sum.removedEntities += undone.removedEntities
        sum.removedRelations += undone.removedRelations
        sum.restored += undone.restored
        sum.kept += undone.kept
      }
      ctx.count({ rows: sum.removedEntities + sum.removedRelations + sum.restored })
      return allow(sum)
    },
  })
}

async function takeBack({ graph, cases }: UndoDeps, tx: Tx, organisation: string, run: string) {
  let concerned: readonly string[] = []
  const held = async (ids: readonly string[]) => {
    concerned = await cases.ofUndo(tx, organisation, run, ids)
    return await cases.heldByOthers(tx, organisation, run, ids)
  }
  const { gone, ...undone } = await graph.undo(tx, { organisation, run, held })
  const detached = await cases.detach(tx, organisation, run, gone)
  const accepted = await deleteAccepted(tx, organisation, run)
  const { removedEntities, removedRelations, restored, kept } = undone
  // With a capability to write, a run leaves rows that nobody accepted; they are taken back the same.
  const didNothing = accepted + detached + removedEntities + removedRelations + restored + kept === 0
  const holds = await holdsOn(tx, organisation, concerned)
  return { ...undone, didNothing, holds }
}
