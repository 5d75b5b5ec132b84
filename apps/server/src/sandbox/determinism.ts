import { randomBytes } from 'node:crypto'
import type { Delivery, Determinism, Warning } from './boundary.ts'

/** Of a run that is not a replay. */
export function freshDeterminism(): Determinism {
  return { seed: randomBytes(32).toString('hex'), startMs: Date.now() }
}

/** Below what a Date can hold, with room for timers. */
const latestStartMs = 8e15

/** @throws {RangeError} a caller's mistake: neither comes from a plugin */
export function checkDeterminism({ seed, startMs }: Determinism): void {
  if (!/^[0-9a-f]{64}$/.test(seed)) throw new RangeError('a seed is 32 bytes in hex')
  if (!Number.isSafeInteger(startMs) || startMs < 0 || startMs > latestStartMs)
    throw new RangeError('startMs is not a time')
}

const warnings = new Set<string>(['time', 'cpu', 'memory', 'rows'] satisfies Warning['warning'][])

/** @throws {RangeError} */
export function checkDeliveries(deliveries: readonly Delivery[]): void {
  const answered = new Set<number>()
  for (const delivery of deliveries) {
    if ('timers' in delivery) {
      if (!isPositive(delivery.timers)) throw new RangeError('timers are counted from 1')
      continue
    }
    if ('warning' in delivery) {
      const { warning, used, allowed } = delivery
      if (!warnings.has(warning) || !isPositive(used) || !isPositive(allowed))
        throw new RangeError('a warning names a budget, what is used and what is allowed')
      continue
    }
    const { answer, atMs } = delivery
    if (!isPositive(answer) || answered.has(answer)) throw new RangeError('a call is answered once')
    if (!Number.isSafeInteger(atMs) || atMs < 0 || atMs > latestStartMs)
      throw new RangeError('atMs is not a time')
    answered.add(answer)
  }
}

function isPositive(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}
