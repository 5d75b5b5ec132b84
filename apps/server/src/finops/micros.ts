import assert from 'node:assert/strict'

/**
 * Micros as a column holds them. Rows carry numbers and code carries bigints; the two meet here alone.
 * Every amount of ours is below 2^53 (nine thousand million units), and one that is not must not be rounded.
 */
export function toColumn(micros: bigint): number {
  const value = Number(micros)
  assert(Number.isSafeInteger(value), `${micros} micros do not fit`)
  return value
}
