import type { OperationByName, OutputOf } from '@switchboard/api'

export type RunBudgets = NonNullable<OutputOf<OperationByName<'plugin.detail'>>['runBudgets']>
type Prices = OutputOf<OperationByName<'budget.read'>>['prices']
type Run = OutputOf<OperationByName<'run.list'>>['rows'][number]

/** The most that a run within these budgets can cost: what the server reserves before it starts. */
export function mostMicros(budgets: RunBudgets, prices: Prices): bigint {
  const price = (unit: string): bigint => BigInt(prices[unit] ?? '0')
  return (
    price('run') +
    price('call') * BigInt(budgets.calls) +
    price('row') * BigInt(budgets.rows) +
    price('cpuMs') * BigInt(Math.ceil(budgets.cpuMs))
  )
}

export interface UsualCost {
  readonly runs: number
  readonly p50Micros: bigint
  readonly p95Micros: bigint
  readonly p50WallMs: number
  readonly p95WallMs: number
}

/** Of the runs that ended and were charged; undefined while there is none. */
export function usualCost(rows: readonly Run[]): UsualCost | undefined {
  const ended = rows.filter(({ endedAt, costMicros }) => endedAt !== null && BigInt(costMicros) > 0n)
  if (ended.length === 0) return undefined
  const costs = ended.map(({ costMicros }) => Number(costMicros))
  const walls = ended.map(({ startedAt, endedAt }) => Math.max(0, (endedAt ?? startedAt) - startedAt))
  return {
    runs: ended.length,
    p50Micros: BigInt(percentile(costs, 0.5)),
    p95Micros: BigInt(percentile(costs, 0.95)),
    p50WallMs: percentile(walls, 0.5),
    p95WallMs: percentile(walls, 0.95),
  }
}

/** By nearest rank: always a value that occurred. @param part above 0, at most 1 */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0
}
