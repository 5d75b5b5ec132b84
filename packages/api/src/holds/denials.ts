import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

/** A legal hold as a refusal names it. */
export interface NamedHold {
  readonly hold: string
  readonly case: string
  readonly by: string
  readonly at: string
  readonly reason: string
}

export const holdDenials = {
  under_hold: denial<{ holds: readonly NamedHold[]; more: number }>({
    category: 'forbidden',
    example: {
      holds: [
        {
          hold: 'hold_0199…',
          case: 'case_0199…',
          by: 'Ada',
          at: '2026-11-22T04:32:27.000Z',
          reason: 'claim 17/26 is pending',
        },
      ],
      more: 0,
    },
    message: (p) =>
      `This would take away what is under legal hold. ${p.holds
        .map((one) => `${one.by} placed ${one.hold} on ${one.case} at ${one.at}: ${one.reason}`)
        .join('; ')}${p.more === 0 ? '' : `; and ${p.more} more`}`,
    change: (p) =>
      `Nothing of it goes while a hold stands. An administrator or reviewer asks for its end, and a second person approves: ${p.holds
        .map((one) => `switchboard hold lift ${one.hold} --reason "…"`)
        .join('; ')}`,
  }),
  hold_unknown: denial<{ hold: string }>({
    category: 'not_found',
    example: { hold: 'hold_0199…' },
    message: (p) => `There is no legal hold ${p.hold} in your organisation.`,
    change: () => 'List them: switchboard hold list',
  }),
  hold_lifted: denial<{ hold: string; by: string; at: string }>({
    category: 'conflict',
    example: { hold: 'hold_0199…', by: 'Ada', at: '2026-11-22T04:32:27.000Z' },
    message: (p) => `${p.hold} was lifted by ${p.by} at ${p.at}.`,
    change: () => 'Nothing to do. See those that stand: switchboard hold list',
  }),
} as const satisfies DenialTable
