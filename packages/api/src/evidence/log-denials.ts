import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const logDenials = {
  log_unknown: denial<{ log: string }>({
    category: 'not_found',
    example: { log: '5f3e9a01/short' },
    message: (p) => `Your organisation has no log ${p.log}.`,
    change: () => 'See those that it has: switchboard evidence checkpoint',
  }),
  log_entries_unknown: denial<{ log: string; tile: string; size: number }>({
    category: 'not_found',
    example: { log: '5f3e9a01/short', tile: 'tile/entries/004', size: 812 },
    message: (p) => `The log ${p.log} has ${p.size} entries: they make no ${p.tile}.`,
    change: () =>
      'A bundle holds 256 entries; the last is asked for with the width that the newest checkpoint gives it, as .p/WIDTH.',
  }),
} as const satisfies DenialTable
