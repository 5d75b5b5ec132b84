import { findOperation } from '@switchboard/api'
import type { InputOf, OperationByName } from '@switchboard/api'
import { canonicalJson, sha256Hex } from '../../kernel/canonical.ts'
import { isAboutEvidence } from '../log/retention-class.ts'
import type { RetentionClass } from '../log/retention-class.ts'

export type RetentionRules = InputOf<OperationByName<'retention.set'>>
export type RetentionAction = 'prune' | 'fold'

/** Everything is standard, and nothing ever goes. */
export const noRules: RetentionRules = { classes: {}, operations: {} }

const dayMs = 24 * 60 * 60 * 1000

/** What is wrong with rules as somebody sent them: the rule that they break, and what breaks it. */
export function problemIn(
  rules: RetentionRules,
): { readonly rule: string; readonly what: readonly string[] } | undefined {
  const named = Object.entries(rules.operations)
  const unknown = named.filter(([operation]) => findOperation(operation) === undefined)
  if (unknown.length > 0) return problem('operations_unknown', unknown)
  const misplaced = named.filter(([operation, of]) => isAboutEvidence(operation) && of !== 'long')
  if (misplaced.length > 0) return problem('evidence_is_long', misplaced)
  const { long } = rules.classes
  if (long !== undefined && Object.keys(long).length > 0)
    return problem(
      'long_is_kept',
      Object.entries(long).map(([word]): [string] => [`long.${word}`]),
    )
  const inverted = Object.entries(rules.classes).filter(
    ([, { keepDays, foldAfterDays }]) =>
      keepDays !== undefined && foldAfterDays !== undefined && foldAfterDays >= keepDays,
  )
  return inverted.length > 0 ? problem('fold_before_prune', inverted) : undefined
}

function problem(rule: string, entries: readonly (readonly [string, ...unknown[]])[]) {
  return { rule, what: entries.map(([name]) => name) }
}

/** SHA-256 of the canonical rules, in hexadecimal: what statements name. */
export function digestOfRules(rules: RetentionRules): string {
  return sha256Hex(canonicalJson(rules))
}

/** The class of a receipt that is written now. */
export function classUnder(rules: RetentionRules, operation: string): RetentionClass {
  if (isAboutEvidence(operation)) return 'long'
  return Object.hasOwn(rules.operations, operation) ? (rules.operations[operation] ?? 'standard') : 'standard'
}

/** Receipts from before that moment are to go; undefined where the rules never say so. */
export function dueBefore(
  rules: RetentionRules,
  of: RetentionClass,
  action: RetentionAction,
  at: number,
): number | undefined {
  if (of === 'long') return undefined
  const rule = rules.classes[of]
  const days = action === 'prune' ? rule?.keepDays : rule?.foldAfterDays
  return days === undefined ? undefined : at - days * dayMs
}
