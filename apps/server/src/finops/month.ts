/** `2026-03`: budgets and meters are kept by UTC month, whatever the server's own zone. */
export type Month = `${number}-${string}`

export function monthOf(at: number): Month {
  // The first seven characters of an ISO instant are its year and month.
  return new Date(at).toISOString().slice(0, 7) as Month
}
