import { deny, gateDenials, pluginDenials } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import { storableJson } from '../kernel/storable-json.ts'
import type { PluginManifest } from '../marketplace/index.ts'
import type { RunReport } from '../sandbox/index.ts'
import { misfit } from './guest-schema.ts'
import { maskLog } from './log-mask.ts'
import { readProposal } from './proposal.ts'
import type { Proposal } from './proposal.ts'
import type { RunDenial } from './run-operation.ts'

export interface Judged {
  readonly result: unknown
  /** The result as canonical JSON: what its digest is of. */
  readonly text: string
  readonly proposal: Proposal
}
export type RunEnd =
  | { readonly ok: true; readonly value: Judged }
  | { readonly ok: false; readonly denial: RunDenial }

/**
 * Reads the sandbox's report as the outcome that people see. Knows no store and no clock, so that an author's local
 * runner judges as the server does.
 *
 * @param ended.refused the refusals of calls, by the call's id.
 * @param ended.breached why the run was ended from outside, whatever the plugin made of it: a breach of a budget, a
 * quarantine, the kill switch.
 */
export function judgeReport(ended: {
  readonly run: string
  readonly package: { readonly name: string; readonly manifest: Pick<PluginManifest, 'output'> }
  readonly report: RunReport
  readonly refused: ReadonlyMap<number, Denial>
  readonly breached: Denial | undefined
}): RunEnd {
  const { report, run, refused, breached } = ended
  const { name } = ended.package
  // The gate's budgets have the same codes as the operation declares.
  if (breached !== undefined) return { ok: false, denial: breached as RunDenial }
  switch (report.end) {
    case 'returned':
      return judgeResult(ended.package, report.value)
    case 'threw': {
      const denial = report.refusedCall === undefined ? undefined : refused.get(report.refusedCall)
      if (denial?.code === 'CapabilityDenied') return { ok: false, denial: denial as RunDenial }
      const error = `${report.error.name}: ${report.error.message}`.slice(0, 500)
      return deny(pluginDenials, 'plugin_threw', { package: name, error: maskLog(error), runId: run })
    }
    case 'exceeded': {
      const { used, allowed } = report
      if (report.budget === 'calls') return deny(gateDenials, 'BudgetExceeded:calls', { used, allowed })
      return deny(pluginDenials, `BudgetExceeded:${report.budget}`, { used, allowed })
    }
    case 'result_invalid':
      return deny(pluginDenials, 'result_invalid', {
        package: name,
        reason: report.reason,
        detail: resultRules[report.reason],
      })
    case 'cancelled':
      return deny(pluginDenials, 'run_cancelled', { runId: run })
    case 'crashed':
      return deny(pluginDenials, 'runner_lost', { runId: run, detail: howItEnded(report.detail) })
    case 'diverged':
      throw new Error('only a replay can diverge, and this was none')
  }
}

/** Without the last words of a process: they name paths of the machine, and are for the operators' log. */
export function howItEnded(detail: string): string {
  return /(?:signal [A-Z0-9]{1,20}|exit code [0-9]{1,3})/.exec(detail)?.[0] ?? 'it did not go on'
}

const resultRules = {
  cyclic: 'a value contains itself',
  not_json: 'it holds something that is not JSON',
  too_large: 'it is larger than the output budget',
} as const

function judgeResult(
  { name, manifest }: { readonly name: string; readonly manifest: Pick<PluginManifest, 'output'> },
  result: unknown,
): RunEnd {
  const storable = storableJson(result)
  if ('rule' in storable)
    return deny(pluginDenials, 'result_invalid', {
      package: name,
      reason: 'not_json',
      detail: `it ${storable.rule}`,
    })
  const wrong = manifest.output === undefined ? undefined : misfit(manifest.output, result)
  if (wrong !== undefined) {
    return deny(pluginDenials, 'result_invalid', {
      package: name,
      reason: 'schema',
      detail: `${wrong.field || '/'} ${wrong.rule}`,
    })
  }
  const read = readProposal(result)
  if (!read.ok)
    return deny(pluginDenials, 'result_invalid', { package: name, reason: 'schema', detail: read.detail })
  return { ok: true, value: { result, text: storable.text, proposal: read.proposal } }
}
