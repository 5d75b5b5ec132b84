/** Micros per unit. */
export interface Prices {
  readonly run: bigint
  readonly call: bigint
  readonly row: bigint
  readonly cpuMs: bigint
}

export const defaultPrices: Prices = { run: 1000n, call: 100n, row: 10n, cpuMs: 20n }
export const defaultLimitMicros = 50_000_000n

/** What a use costs. Begun CPU milliseconds count whole, so that an estimate in milliseconds is an upper bound. */
export function priceOf(
  prices: Prices,
  use: { runs: number; calls: number; rows: number; cpuMicros: number },
): bigint {
  const cpuMs = BigInt(Math.ceil(use.cpuMicros / 1000))
  return (
    prices.run * BigInt(use.runs) +
    prices.call * BigInt(use.calls) +
    prices.row * BigInt(use.rows) +
    prices.cpuMs * cpuMs
  )
}
