import type { Review } from './review-words.ts'

/** What the queue can show besides what waits; the value is the search parameter `status`. */
export const reviewStates = [
  { value: 'approved', label: 'approved, not yet performed' },
  { value: 'performed', label: 'performed' },
  { value: 'denied', label: 'denied' },
  { value: 'expired', label: 'expired' },
  { value: 'all', label: 'all of them' },
] as const

/** The state that an address asks for; undefined for all, and what waits when it asks for nothing that there is. */
export function wantedState(parameter: string): Review['status'] | undefined {
  const known = reviewStates.find(({ value }) => value === parameter)?.value ?? 'pending'
  return known === 'all' ? undefined : known
}
