import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const subjectDenials = {
  subject_unclear: denial<{ given: string }>({
    category: 'invalid',
    example: { given: 'user and text' },
    message: (p) => `A request is about one person, named in one way; given: ${p.given}.`,
    change: () => 'Give either a user of your organisation, or a text that names somebody.',
  }),
  subject_vague: denial<{ text: string }>({
    category: 'invalid',
    example: { text: '…' },
    message: () => 'The text has fewer than three letters or digits: it would name everybody.',
    change: () => 'Give a name, an address or a number in full.',
  }),
  subject_differs: denial<{ rows: number; found: number }>({
    category: 'conflict',
    example: { rows: 17, found: 2_304 },
    message: (p) => `You ask to erase what is in ${p.rows} rows; ${p.found} hold the person.`,
    change: () =>
      'Look at them first (switchboard subject report), then give the number it says: --rows N. A text that others have too finds their rows as well.',
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
