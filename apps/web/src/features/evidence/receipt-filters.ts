import type { InputOf, OperationByName } from '@switchboard/api'
import { forShell } from '../../parts/for-shell.ts'

type ReceiptQuery = Omit<InputOf<OperationByName<'receipt.list'>>, 'cursor'>

export const decisions = ['allowed', 'denied', 'parked', 'failed', 'unknown'] as const
export const phases = ['effect', 'intent', 'outcome'] as const

const ids = {
  case: [/^case_[0-9a-f]{32}$/, 'A case is written case_ and 32 digits and letters a to f.'],
  actor: [/^usr_[0-9a-f]{32}$/, 'A person is written usr_ and 32 digits and letters a to f.'],
  run: [/^run_[0-9a-f]{32}$/, 'A run is written run_ and 32 digits and letters a to f.'],
  trace: [/^[0-9a-f]{32}$/, 'A trace is 32 digits and letters a to f.'],
} as const satisfies Record<string, readonly [RegExp, string]>

export interface ReadFilters {
  readonly query: ReceiptQuery
  /** What in the address is no filter, a sentence each: those are left out of the query. */
  readonly problems: readonly string[]
}

/** Filters of receipts out of the address, which anybody may have written. */
export function readFilters(address: URLSearchParams): ReadFilters {
  const query: Record<string, string | number> = {}
  const problems: string[] = []
  const textOf = (name: string) => (address.get(name) ?? '').trim()
  for (const [name, most] of [
    ['operation', 64],
    ['package', 64],
    ['version', 128],
  ] as const) {
    const text = textOf(name)
    if (text.length > most) problems.push(`The ${name} has more than ${most} characters.`)
    else if (text !== '') query[name] = text
  }
  for (const [name, [pattern, says]] of Object.entries(ids)) {
    const text = textOf(name)
    if (text === '') continue
    if (pattern.test(text)) query[name] = text
    else problems.push(says)
  }
  for (const [name, choices] of [
    ['decision', decisions],
    ['phase', phases],
  ] as const) {
    const text = textOf(name)
    if (text === '') continue
    if (choices.some((choice) => choice === text)) query[name] = text
    else problems.push(`A ${name} is one of ${choices.join(', ')}.`)
  }
  for (const name of ['from', 'to'] as const) {
    const text = textOf(name)
    if (text === '') continue
    const ms = readUtc(text)
    if (ms === undefined) problems.push('A time is written like 2026-11-26T05:00, in UTC.')
    else query[name] = ms
  }
  // Each was held against what the operation takes.
  return { query, problems }
}

/** `2026-11-26T05:00`, as a field for date and time writes it, read as UTC. @returns ms since 1970 */
export function readUtc(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?$/.test(text)) return undefined
  const ms = Date.parse(`${text}Z`)
  return Number.isNaN(ms) ? undefined : ms
}

/** The command that lists the same receipts. */
export function listCommand(query: ReceiptQuery): string {
  const options = Object.entries(query).map(([name, value]) => ` --${name} ${forShell(String(value))}`)
  return `npx switchboard receipt list${options.join('')}`
}
