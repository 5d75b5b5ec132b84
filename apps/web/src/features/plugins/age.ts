import { count } from '../../parts/format.ts'

const dayMs = 86_400_000

/** How long ago, in whole days, months or years: `less than a day ago`, `3 days ago`. */
export function age(sinceMs: number, nowMs: number): string {
  const days = Math.floor((nowMs - sinceMs) / dayMs)
  if (days < 1) return 'less than a day ago'
  if (days < 60) return `${count(days, 'day')} ago`
  if (days < 730) return `${count(Math.floor(days / 30.44), 'month')} ago`
  return `${count(Math.floor(days / 365.25), 'year')} ago`
}
