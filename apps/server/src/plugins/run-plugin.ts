import { allow, deny, caseDenials, marketplaceDenials, pluginDenials } from '@switchboard/api'
import { handleExternal, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { newId } from '../kernel/ids.ts'
import type { RunId } from '../kernel/ids.ts'
import type { Installed } from '../marketplace/index.ts'
import { misfit } from './guest-schema.ts'
import { mostMicros, runBudgets } from './run-budgets.ts'
import type { Begun, RunDeps } from './run-deps.ts'
import type { RunOperation } from './run-operation.ts'
import { codeResource, requireDecided } from './code-resource.ts'
import { runInSandbox } from './run-in-sandbox.ts'
import { endByIntent, findRun, insertRun, refuseQueued, startQueued } from './run-store.ts'

/** `plugin.run`: the intent is committed, the sandbox runs, every call it makes passes the gate, the outcome is committed. */
export function runPlugin(deps: RunDeps): Registration {
  return handleExternal<RunOperation, Begun>(operationOf('plugin.run'), {
    resource: codeResource(deps),
    async estimate(ctx, { id }) {
      const installed = await deps.marketplace.installed(ctx.read, ctx.actor.organisation, id)
      if (installed?.manifest.kind !== 'plugin') return 0n
      return mostMicros(runBudgets(installed.manifest.budgets, deps.ceilings), deps.finops.prices)
    },
    async begin(ctx, input) {
      const { organisation } = ctx.actor
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
      requireDecided(ctx, installed)
      const { args, caseId } = argumentsOf(input)
      let marked = { tlp: 'CLEAR', pap: 'CLEAR' }
      if (caseId !== undefined) {
        const found = await deps.cases.find(ctx.tx, organisation, caseId)
        if (found === undefined) return deny(caseDenials, 'case_unknown', { case: caseId })
        ctx.subject({ case: caseId })
        ctx.place({ tlp: found.tlp, pap: found.pap })
        marked = { tlp: found.tlp, pap: found.pap }
      }
      const wrong = manifest.input === undefined ? undefined : misfit(manifest.input, args)
      if (wrong !== undefined)
        return deny(pluginDenials, 'plugin_input_invalid', { package: input.id, ...wrong })

      const run = (input.run ?? newId('run')) as RunId
      if (input.run !== undefined) {
        const { digest } = installed
        const start = {
          organisation,
          user: ctx.actor.user,
          run,
          digest,
          input: JSON.stringify(args),
          intent: ctx.receiptId,
          at: ctx.at,
        }
        if (!(await startQueued(ctx.tx, start))) {
          const known = await findRun(ctx.tx, organisation, run)
          return deny(pluginDenials, 'run_not_active', { run, state: known?.state ?? 'unknown' })
        }
      } else {
        await insertRun(ctx.tx, {
          ...newRunRow({
            run,
            organisation,
            installed,
            args,
            caseId,
            user: ctx.actor.user,
            name: ctx.actor.name,
            at: ctx.at,
          }),
          state: 'running',
          intent: ctx.receiptId,
        })
      }
      ctx.subject({ run })
      return allow({ run, installed: { ...installed, manifest }, args, caseId, marked })
    },
    run: (ctx, _input, begun) => runInSandbox(deps, ctx, begun),
    async refused(tx, { input, denial, organisation, user, at }) {
      if (input.run !== undefined) {
        await refuseQueued(tx, {
          organisation,
          user,
          run: input.run,
          package: input.id,
          denial: JSON.stringify(denial),
          at,
        })
      }
    },
    recover: (tx, intent) => endByIntent(tx, intent.receiptId, 'unknown', intent.at),
  })
}

export function newRunRow(of: {
  run: string
  organisation: string
  installed: Installed
  args: unknown
  caseId: string | undefined
  user: string
  name: string
  at: number
}) {
  return {
    id: of.run,
    organisation: of.organisation,
    package: of.installed.name,
    version: of.installed.version,
    digest: of.installed.digest,
    canary: of.installed.canary,
    state: 'queued' as const,
    case_id: of.caseId ?? null,
    input: JSON.stringify(of.args),
    result: null,
    denial: null,
    requested_by: of.user,
    requested_by_name: of.name,
    started_at: of.at,
    ended_at: null,
    usage: null,
    spans: '[]',
    cost_micros: 0,
    level: 'none',
    tlp: 'CLEAR',
    intent: null,
    receipt: null,
  }
}

/** The plugin's own arguments, and the case that the run belongs to wherever it was named. */
export function argumentsOf(input: { input?: unknown; case?: string }): {
  args: unknown
  caseId: string | undefined
} {
  const given = input.input ?? {}
  const fields =
    typeof given === 'object' && given !== null && !Array.isArray(given)
      ? (given as Record<string, unknown>)
      : undefined
  const named = fields?.['case']
  const caseId =
    input.case ?? (typeof named === 'string' && /^case_[0-9a-f]{32}$/.test(named) ? named : undefined)
  const args =
    fields !== undefined && input.case !== undefined && named === undefined
      ? { ...fields, case: input.case }
      : given
  return { args, caseId }
}
