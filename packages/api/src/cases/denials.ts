import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const caseDenials = {
  case_unknown: denial<{ case: string }>({
    category: 'not_found',
    example: { case: 'case_0199…' },
    message: (p) => `There is no case ${p.case} in your organisation.`,
    change: () => 'List them: switchboard case list',
  }),
} as const satisfies DenialTable
