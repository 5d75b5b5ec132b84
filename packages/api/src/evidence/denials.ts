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
  documents_too_large: denial<{ bytes: number; most: number }>({
    category: 'over_limit',
    example: { bytes: 400_000_000, most: 268_435_456 },
    message: (p) => `The documents of the bundle have ${p.bytes} bytes, and ${p.most} are the most.`,
    change: () => 'Export a shorter period, or the period in parts: --from and --to.',
  }),
  scope_unclear: denial({
    category: 'invalid',
    example: {},
    message: () =>
      'A bundle is of a case, of a release, or of a period: a release goes with neither of the others.',
    change: () =>
      'Give --case, with --from and --to where you like; or --release NAME@VERSION; or --from and --to.',
  }),
  release_unknown: denial<{ release: string }>({
    category: 'not_found',
    example: { release: 'ioc-triage@1.0.0' },
    message: (p) => `No receipt of your organisation is about ${p.release}.`,
    change: () => 'List packages with their versions: switchboard plugin list',
  }),
  period_shared: denial<{ until: number }>({
    category: 'conflict',
    example: { until: 1700000000000 },
    message: () =>
      'The period reaches back to when several organisations had one log: that it is complete cannot be shown without entries of others.',
    change: (p) =>
      `Export a period from then on (--from ${p.until}), or a case, which claims no completeness.`,
  }),
  redaction_unmatched: denial<{ what: string }>({
    category: 'invalid',
    example: { what: 'usr_0199…' },
    message: (p) => `Nothing that is open in the bundle matches ${p.what}, so it could not be closed.`,
    change: () => 'See what there is: switchboard evidence preview',
  }),
  statement_needed: denial<{ receipt: string }>({
    category: 'conflict',
    example: { receipt: 'rct_0199…' },
    message: (p) =>
      `Receipt ${p.receipt} vouches for what was pruned or folded: subject and output stay open.`,
    change: () => 'Leave it out of what you close.',
  }),
} as const satisfies DenialTable
