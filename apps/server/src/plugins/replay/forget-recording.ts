import { allow, caseDenials, deny, pluginDenials } from '@switchboard/api'
import type { Cases } from '../../cases/index.ts'
import { holdsOn, keepHoldsAsTheyAre, refuseHeld } from '../../evidence/index.ts'
import { handleWrite, operationOf } from '../../kernel/handler.ts'
import type { Registration, Resource } from '../../kernel/handler.ts'
import { casesOfRuns, findRun } from '../run-store.ts'
import { eraseRecordings } from './recording-store.ts'

/** `run.forget_recording`: erased on request, of one run or of all runs on a case. */
export function forgetRecording(deps: { readonly cases: Pick<Cases, 'find'> }): Registration {
  return handleWrite(operationOf('run.forget_recording'), {
    async resource(ctx, { id }) {
      const { organisation } = ctx.actor
      if (id.startsWith('case_')) {
        const found = await deps.cases.find(ctx.read, organisation, id)
        if (found === undefined) return deny(caseDenials, 'case_unknown', { case: id })
        ctx.subject({ case: id })
        const { tlp, pap } = found
        return allow<Resource>({ type: 'Case', id, organisation, tlp, attributes: { pap } })
      }
      const run = await findRun(ctx.read, organisation, id)
      if (run === undefined) return deny(pluginDenials, 'run_unknown', { run: id })
      ctx.subject({ run: id, package: run.package, version: run.version, digest: run.digest })
      return allow<Resource>({ type: 'Run', id, organisation })
    },
    async run(ctx, { id }) {
      const which = id.startsWith('case_') ? { case: id } : { run: id }
      const { organisation } = ctx.actor
      await keepHoldsAsTheyAre(ctx.tx, organisation)
      const concerned = 'case' in which ? [which.case] : await casesOfRuns(ctx.tx, organisation, which)
      const holds = await holdsOn(ctx.tx, organisation, concerned)
      if (holds.length > 0) return refuseHeld(holds)
      const erased = await eraseRecordings(ctx.tx, organisation, which)
      if (erased.recordings === 0 && 'run' in which)
        return deny(pluginDenials, 'recording_absent', { run: id })
      return allow({ ...erased })
    },
  })
}
