import type { Denial } from './denial.ts'

/**
 * What an operation ends in: a value, or an expected "no".
 * Faults (the world failed) are thrown and bugs assert; neither is an outcome.
 */
export type Outcome<T, D extends Denial = Denial> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly denial: D }

export function allow<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}
