import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const evidenceDenials = {
  receipt_unknown: denial<{ receipt: string }>({
    category: 'not_found',
    example: { receipt: 'rct_0199…' },
    message: (p) => `There is no receipt ${p.receipt} in your organisation.`,
    change: () => 'List them: switchboard receipt list',
  }),
  checkpoint_ahead: denial<{ since: number; size: number }>({
    category: 'invalid',
    example: { since: 900, size: 812 },
    message: (p) => `The log has ${p.size} entries, fewer than the ${p.since} of the checkpoint you name.`,
    change: () => 'If that checkpoint was signed by this log, entries were lost: keep it, it proves so.',
  }),
  period_invalid: denial<{ from: number; to: number }>({
    category: 'invalid',
    example: { from: 1800000000000, to: 1700000000000 },
    message: () => 'The period ends before it starts.',
    change: () => 'Give from and to as milliseconds since the epoch, from < to.',
  }),
  bundle_too_large: denial<{ most: number }>({
    category: 'over_limit',
    example: { most: 100_000 },
    message: (p) => `The bundle would hold more than ${p.most} receipts.`,
    change: () => 'Export a shorter period, or the period in parts: --from and --to.',
  }),
} as const satisfies DenialTable
