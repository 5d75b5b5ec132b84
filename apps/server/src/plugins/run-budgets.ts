import type { Finops } from '../finops/index.ts'
import type { Lease } from '../kernel/handler.ts'
import type { Budgets } from '../marketplace/index.ts'
import type { RunBudgets } from '../sandbox/index.ts'

/** What no manifest can raise: the operator's ceilings for one run. */
export interface RunCeilings {
  readonly wallMs: number
  readonly memoryMB: number
  readonly rows: number
  readonly calls: number
  readonly outputBytes: number
  readonly logBytes: number
}
export const defaultCeilings: RunCeilings = {
  wallMs: 60_000,
  memoryMB: 512,
  rows: 100_000,
  calls: 10_000,
  outputBytes: 8 * 1024 * 1024,
  logBytes: 256 * 1024,
}
const defaultCalls = 1_000
const defaultOutputBytes = 1024 * 1024

/** The budgets of a run: what the manifest asks for, below the ceilings. */
export function runBudgets(asked: Budgets, ceilings: RunCeilings): RunBudgets & { readonly rows: number } {
  return {
    wallMs: Math.min(asked.ms, ceilings.wallMs),
    cpuMs: Math.min(asked.cpuMs ?? asked.ms, ceilings.wallMs),
    memoryMB: Math.min(asked.memoryMB, ceilings.memoryMB),
    rows: Math.min(asked.rows, ceilings.rows),
    calls: Math.min(asked.calls ?? defaultCalls, ceilings.calls),
    outputBytes: Math.min(asked.outputBytes ?? defaultOutputBytes, ceilings.outputBytes),
    logBytes: ceilings.logBytes,
  }
}

/** The most that a run within these budgets can cost, nested calls included; what the gate reserves. */
export function mostMicros(budgets: ReturnType<typeof runBudgets>, prices: Finops['prices']): bigint {
  return (
    prices.run +
    prices.call * BigInt(budgets.calls) +
    prices.row * BigInt(budgets.rows) +
    prices.cpuMs * BigInt(Math.ceil(budgets.cpuMs))
  )
}

export function leaseOf(budgets: ReturnType<typeof runBudgets>, micros: bigint): Lease {
  return {
    calls: budgets.calls,
    callsAllowed: budgets.calls,
    rows: budgets.rows,
    rowsAllowed: budgets.rows,
    micros,
  }
}
