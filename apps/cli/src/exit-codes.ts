import type { DenialCategory } from '@switchboard/api'

/** What a shell sees. Documented in docs/reference/command.md; numbers are public and never change. */
export const exitCodes = {
  done: 0,
  /** A local command's own no: a package that is refused, evidence that does not verify. */
  refused: 1,
  /** The command line cannot be understood. */
  usage: 2,
  /** The server cannot be reached, or failed. */
  fault: 3,
  /** A replay that left its recording. */
  diverged: 4,
  /** A recording that is no longer what was recorded. */
  damaged: 5,
} as const

export const exitCodeByCategory: Readonly<Record<DenialCategory, number>> = {
  unauthenticated: 10,
  forbidden: 11,
  invalid: 12,
  not_found: 13,
  conflict: 14,
  over_limit: 15,
  approval_required: 16,
  failed: 17,
  unavailable: 18,
}
