import { allow, deny, caseDenials, marketplaceDenials, pluginDenials } from '@switchboard/api'
import { handleWrite, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { newId } from '../kernel/ids.ts'
import { enqueue } from '../kernel/jobs.ts'
import { codeResource } from './code-resource.ts'
import { misfit } from './guest-schema.ts'
import { runResource } from './inspect-run.ts'
import { argumentsOf, newRunRow } from './run-plugin.ts'
import type { RunDeps } from './run-deps.ts'
import { cancelQueued, findRun, insertRun } from './run-store.ts'

export const runJobKind = 'plugin.run'
export interface RunJob {
  readonly organisation: string
  readonly user: string
  /** What the token that submitted could do, and the run itself. */
  readonly scopes?: readonly string[]
  readonly input: {
    readonly id: string
    readonly input?: unknown
    readonly case?: string
    readonly run: string
  }
}

/** `run.submit`: the run and its job are queued in one transaction; a worker performs it as its requester. */
export function submitRun(deps: Pick<RunDeps, 'marketplace' | 'cases'> & { wake: () => void }): Registration {
  return handleWrite(operationOf('run.submit'), {
    resource: codeResource(deps),
    async run(ctx, input) {
      const { organisation, user, name, scopes } = ctx.actor
      const installed = await deps.marketplace.installed(ctx.tx, organisation, input.id)
      if (installed === undefined) return deny(marketplaceDenials, 'not_installed', { package: input.id })
      const { manifest } = installed
      if (manifest.kind !== 'plugin') {
        return deny(marketplaceDenials, 'kind_mismatch', {
          package: input.id,
          kind: manifest.kind,
          wanted: 'plugin',
        })
      }
      const { args, caseId } = argumentsOf(input)
      if (caseId !== undefined && (await deps.cases.find(ctx.tx, organisation, caseId)) === undefined) {
        return deny(caseDenials, 'case_unknown', { case: caseId })
      }
      const wrong = manifest.input === undefined ? undefined : misfit(manifest.input, args)
      if (wrong !== undefined)
        return deny(pluginDenials, 'plugin_input_invalid', { package: input.id, ...wrong })

      const run = newId('run')
      ctx.subject({
        package: input.id,
        version: installed.version,
        digest: installed.digest,
        run,
        ...(caseId === undefined ? {} : { case: caseId }),
      })
      await insertRun(
        ctx.tx,
        newRunRow({ run, organisation, installed, args, caseId, user, name, at: ctx.at }),
      )
      const job: RunJob = {
        organisation,
        user,
        ...(scopes === undefined ? {} : { scopes: [...scopes, 'plugin.run'] }),
        input: { ...input, run },
      }
      await enqueue(ctx.tx, { kind: runJobKind, payload: job, at: ctx.at })
      ctx.afterCommit(deps.wake)
      return allow({ runId: run, state: 'queued' as const })
    },
  })
}

/** `run.cancel`: a queued run never starts; one under way is stopped, and what it used is settled. */
export function cancelRun(deps: Pick<RunDeps, 'active'>): Registration {
  return handleWrite(operationOf('run.cancel'), {
    resource: runResource,
    async run(ctx, { id }) {
      const { organisation } = ctx.actor
      if (await cancelQueued(ctx.tx, organisation, id, ctx.at))
        return allow({ id, state: 'cancelled' as const })
      const row = await findRun(ctx.tx, organisation, id)
      if (row === undefined) return deny(pluginDenials, 'run_unknown', { run: id })
      if (row.state !== 'running') return deny(pluginDenials, 'run_not_active', { run: id, state: row.state })
      ctx.afterCommit(() => deps.active.cancel(id))
      return allow({ id, state: 'running' as const })
    },
  })
}
