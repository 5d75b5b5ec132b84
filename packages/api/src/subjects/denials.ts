import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const subjectDenials = {
  subject_unclear: denial<{ given: string }>({
    category: 'invalid',
    example: { given: 'user and text' },
    message: (p) => `A request is about one person, named in one way; given: ${p.given}.`,
    change: () => 'Give either a user of your organisation, or a text that names somebody.',
  }),
  subject_absent: denial<Record<never, never>>({
    category: 'not_found',
    example: {},
    message: () => 'Nothing of that person is kept here.',
    change: () => 'Try other spellings, an address or a number: switchboard subject report --text "…"',
  }),
  subject_active: denial<{ user: string }>({
    category: 'conflict',
    example: { user: 'usr_0199…' },
    message: (p) => `${p.user} still has an account that works.`,
    change: (p) => `Deactivate it first: switchboard user deactivate ${p.user}`,
  }),
} as const satisfies DenialTable
