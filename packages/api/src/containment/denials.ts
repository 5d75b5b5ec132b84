import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const containmentDenials = {
  already_held: denial<{ what: string; by: string; at: string; reason: string }>({
    category: 'conflict',
    example: { what: 'ioc-triage', by: 'Ada', at: '2026-11-22T04:32:27.000Z', reason: 'beacons' },
    message: (p) => `${p.what} is held already, by ${p.by} since ${p.at}: ${p.reason}`,
    change: () => 'Nothing to do: it is held. See what is: switchboard sandbox status',
  }),
  not_held: denial<{ what: string }>({
    category: 'not_found',
    example: { what: 'ioc-triage' },
    message: (p) => `${p.what} is not held.`,
    change: () => 'Nothing to lift. See what is held: switchboard sandbox status',
  }),
} as const satisfies DenialTable
