import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const retentionDenials = {
  retention_invalid: denial<{ rule: string; what: readonly string[] }>({
    category: 'invalid',
    example: { rule: 'operations_unknown', what: ['graph.serch'] },
    message: (p) => `${retentionRules[p.rule] ?? p.rule}: ${p.what.join(', ')}.`,
    change: () =>
      'Correct what is named and send all rules again; those in force: switchboard retention show',
  }),
  retention_unset: denial<{ class: string; action: string }>({
    category: 'conflict',
    example: { class: 'standard', action: 'prune' },
    message: (p) =>
      `Your organisation has no rule by which receipts of class ${p.class} are ${pastOf(p.action)}.`,
    change: (p) =>
      p.class === 'long'
        ? 'Nothing: receipts about evidence are kept for good.'
        : 'An administrator sets one, with a second person: switchboard retention set --classes … --operations …',
  }),
  nothing_due: denial<{ class: string; action: string; next: string | null }>({
    category: 'conflict',
    example: { class: 'short', action: 'prune', next: '2026-12-24T04:32:27.000Z' },
    message: (p) => `No receipt of class ${p.class} is to be ${pastOf(p.action)} now.`,
    change: (p) =>
      p.next === null
        ? 'Nothing to do; what is kept although it is old enough, and why, is in: switchboard retention show'
        : `Nothing to do before ${p.next}, when the oldest is of age.`,
  }),
  receipt_pruned: denial<{ receipt: string; by: string; at: string; class: string }>({
    category: 'not_found',
    example: { receipt: 'rct_0199…', by: 'rct_019a…', at: '2026-11-22T04:32:27.000Z', class: 'short' },
    message: (p) =>
      `${p.receipt} is not kept: the receipts of class ${p.class} of its time were pruned at ${p.at}, as ${p.by} states.`,
    change: (p) =>
      `Nothing brings it back; a bundle from before ${p.at} has it. What was pruned, and under which rules: switchboard receipt read ${p.by}`,
  }),
} as const satisfies DenialTable

const retentionRules: Readonly<Record<string, string>> = {
  operations_unknown: 'There are no such operations',
  evidence_is_long: 'What is done to evidence stays in class long',
  long_is_kept: 'Class long is never pruned or folded',
  fold_before_prune: 'foldAfterDays must be below keepDays, for classes',
}

const pastOf = (action: string): string => (action === 'prune' ? 'pruned' : 'folded')
