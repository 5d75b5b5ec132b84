import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const governanceDenials = {
  review_unknown: denial<{ review: string }>({
    category: 'not_found',
    example: { review: 'rev_0199…' },
    message: (p) => `There is no review ${p.review} in your organisation.`,
    change: () => 'List them: switchboard review list',
  }),
  review_decided: denial<{ review: string; status: string }>({
    category: 'conflict',
    example: { review: 'rev_0199…', status: 'approved' },
    message: (p) => `Review ${p.review} is ${p.status} already.`,
    change: () => 'Ask for the operation again if a new decision is needed.',
  }),
  self_approval: denial<{ review: string }>({
    category: 'forbidden',
    example: { review: 'rev_0199…' },
    message: (p) => `You asked for review ${p.review}, so you cannot decide it.`,
    change: () => 'Another person with the reviewer role decides.',
  }),
  already_voted: denial<{ review: string }>({
    category: 'conflict',
    example: { review: 'rev_0199…' },
    message: (p) => `You have approved review ${p.review} already; a quorum counts distinct people.`,
    change: () => 'Another person with the reviewer role approves.',
  }),
} as const satisfies DenialTable
