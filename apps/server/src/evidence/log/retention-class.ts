/** Each class of an organisation is a log of its own, so that what ages differently is proved, and pruned, apart. */
export const retentionClasses = ['standard', 'short', 'long'] as const
export type RetentionClass = (typeof retentionClasses)[number]

/** Byte 63 of an entry. */
export function classNumber(retention: RetentionClass): number {
  return retentionClasses.indexOf(retention) + 1
}

const aboutEvidence = new Set([
  'retention.set',
  'evidence.prune',
  'evidence.fold',
  'evidence.compact',
  'log.rotate_key',
])

/** What was done to evidence must outlive the evidence it was done to, whatever an organisation's rules say. */
export function isAboutEvidence(operation: unknown): boolean {
  return (
    typeof operation === 'string' &&
    (aboutEvidence.has(operation) || operation.startsWith('hold.') || operation.startsWith('erasure.'))
  )
}
