import type { Findings } from '../findings.ts'
import { receiptName } from './check-entries.ts'
import type { IndexRange, ManifestLog } from './manifest2.ts'
import type { CheckedGroup } from './receipts.ts'
import type { PrunedRange } from './statements.ts'
import type { Period } from './totals2.ts'

/** Everything of one log that the bundle accounts for. */
export interface AccountedFor {
  readonly groups: readonly CheckedGroup[]
  /** The export's receipt, when it is in this log. */
  readonly exported: { readonly index: number; readonly at: number | undefined } | undefined
  readonly pruned: readonly PrunedRange[]
  /** Size of the log at its checkpoint; `undefined` when that cannot be read. */
  readonly size: number | undefined
}

/** Checks that no index of the ranges claimed is left out, and that in a period they reach its ends (check 14). */
export function checkCompleteness(
  log: ManifestLog,
  held: AccountedFor,
  period: Period | undefined,
  findings: Findings,
): void {
  const where = `section manifest, log ${log.origin}, complete`
  const runs = accountedRuns(held)
  for (const range of log.complete) {
    const missing = firstMissing(range, runs)
    if (missing === undefined) continue
    const message = `${receiptName(missing, log.class)} is missing: it is neither in the bundle nor pruned by a valid statement.`
    findings.red(where, 'complete_missing', message)
  }
  if (period !== undefined) checkPeriod(log, held, period, where, findings)
}

function checkPeriod(
  log: ManifestLog,
  held: AccountedFor,
  period: Period,
  where: string,
  findings: Findings,
): void {
  const [range, second] = log.complete
  if (range === undefined || second !== undefined) {
    findings.red(where, 'complete_period', 'In a period each log claims exactly one range.')
    return
  }
  const first = timesAt(held, range.from)
  const reachesStart = range.from === 0 || (first !== undefined && first.newestAt < period.fromAt)
  if (!reachesStart) {
    const message = `The range begins within the period: ${receiptName(range.from, log.class)} is not from before it.`
    findings.red(where, 'complete_period', message)
  }
  const last = timesAt(held, range.to - 1)
  const reachesEnd = range.to === held.size || (last !== undefined && last.oldestAt >= period.toAt)
  if (!reachesEnd) {
    const message = `The range ends within the period: ${receiptName(range.to - 1, log.class)} is neither from after it nor the log's last.`
    findings.red(where, 'complete_period', message)
  }
}

/** When the entry was made, as far as the bundle shows: exactly, or between the times of the range that it was pruned with. */
function timesAt(
  { groups, exported, pruned }: AccountedFor,
  index: number,
): { readonly oldestAt: number; readonly newestAt: number } | undefined {
  for (const group of groups) {
    const row = group.indices.indexOf(index)
    if (row < 0) continue
    if (group.broken[row] === 1) return undefined
    const at = group.fixed.uint64('at', row)
    return { oldestAt: at, newestAt: at }
  }
  if (exported?.index === index && exported.at !== undefined)
    return { oldestAt: exported.at, newestAt: exported.at }
  return pruned.find(({ from, to }) => from <= index && index < to)
}

/** Runs of indices that are accounted for, ascending; they may touch or overlap. */
function accountedRuns({ groups, exported, pruned }: AccountedFor): readonly IndexRange[] {
  const runs: IndexRange[] = pruned.map(({ from, to }) => ({ from, to }))
  if (exported !== undefined) runs.push({ from: exported.index, to: exported.index + 1 })
  for (const { indices } of groups) {
    let from = indices[0] ?? 0
    let to = from
    for (const index of indices) {
      if (index !== to) {
        runs.push({ from, to })
        from = index
      }
      to = index + 1
    }
    runs.push({ from, to })
  }
  return runs.toSorted((a, b) => a.from - b.from)
}

function firstMissing(range: IndexRange, runs: readonly IndexRange[]): number | undefined {
  let next = range.from
  for (const { from, to } of runs) {
    if (from > next) break
    if (to > next) next = to
    if (next >= range.to) return undefined
  }
  return next >= range.to ? undefined : next
}
