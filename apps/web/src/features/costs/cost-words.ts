import type { OperationByName, OutputOf } from '@switchboard/api'
import { money } from '../../parts/format.ts'

export type Budget = OutputOf<OperationByName<'budget.read'>>
export type UsageRow = OutputOf<OperationByName<'usage.read'>>['rows'][number]
export type RunCost = OutputOf<OperationByName<'usage.runs'>>['rows'][number]
export type By = 'package' | 'user' | 'organisation'

const monthForm = /^\d{4}-(0[1-9]|1[0-2])$/

/** The months to choose from, newest first: the eleven before this one, and an older one that a link asked for. */
export function monthChoices(now: number, asked: string): readonly { value: string; label: string }[] {
  const at = new Date(now)
  const months = Array.from({ length: 11 }, (_, back) =>
    new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - 1 - back, 1)).toISOString().slice(0, 7),
  )
  const current = at.toISOString().slice(0, 7)
  if (monthForm.test(asked) && asked !== current && !months.includes(asked)) months.push(asked)
  return months.map((value) => ({ value, label: monthSaid(value) }))
}

/** `November 2026`. */
export function monthSaid(month: string): string {
  return new Date(`${month}-01T00:00:00Z`).toLocaleString('en', {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
}

/** Micros as whole units of the currency, exact: `1680` is `0.00168`. */
export function inUnits(micros: string): string {
  const digits = micros.padStart(7, '0')
  const whole = BigInt(digits.slice(0, -6)).toLocaleString('en')
  const rest = digits.slice(-6).replace(/0+$/, '')
  return rest === '' ? whole : `${whole}.${rest}`
}

/** The share of a whole in hundredths of a per cent, by integers: 0 to 10,000, and 0 of nothing. */
export function shareOf(part: string, whole: string): number {
  const of = BigInt(whole)
  return of <= 0n ? 0 : Number((BigInt(part) * 10_000n) / of)
}

/** `12.3 %`, `less than 0.1 %`. */
export function shareSaid(part: string, whole: string): string {
  const share = shareOf(part, whole)
  if (share < 10 && BigInt(part) > 0n) return 'less than 0.1 %'
  // Cut, not rounded: what is nearly all is not all.
  return `${share >= 1_000 ? Math.floor(share / 100) : (Math.floor(share / 10) / 10).toFixed(1)} %`
}

/** What setting a limit does, in sentences; undefined while what is typed is no limit. */
export function limitConsequence(typed: string, budget: Budget): string | undefined {
  if (!/^\d{1,15}$/.test(typed)) return undefined
  const free = BigInt(typed) - BigInt(budget.spentMicros) - BigInt(budget.reservedMicros)
  const stays = `What is spent (${money(budget.spentMicros)}) stays spent, and runs under way keep what they reserved.`
  if (free <= 0n)
    return `Nothing is left then: every new run is refused until the month ends or the limit is raised. ${stays}`
  return `New runs may use ${money(free)} more this month. ${stays} The months after it begin with the same limit.`
}

/** What a row of usage is of, as people call it. */
export function nameOf(row: Pick<UsageRow, 'key' | 'name'>, by: By): string {
  if (by === 'organisation') return 'Everybody'
  if (by === 'package' && row.key === '') return 'without a plugin'
  return row.name
}
