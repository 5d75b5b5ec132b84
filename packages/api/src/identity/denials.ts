import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const identityDenials = {
  sign_in_refused: denial<{ reason: 'unknown' | 'used' | 'expired' }>({
    category: 'unauthenticated',
    example: { reason: 'used' },
    message: (p) => `This sign-in link is ${p.reason}.`,
    change: () =>
      'Ask an administrator for a new one: switchboard user invite, or restart the server for a first link.',
  }),
  user_unknown: denial<{ user: string }>({
    category: 'not_found',
    example: { user: 'usr_0199…' },
    message: (p) => `There is no user ${p.user} in your organisation.`,
    change: () => 'List them: switchboard user list',
  }),
  user_exists: denial<{ name: string }>({
    category: 'conflict',
    example: { name: 'ana' },
    message: (p) => `Your organisation already has a user named ${p.name}.`,
    change: () => 'Choose another name.',
  }),
  token_unknown: denial<{ token: string }>({
    category: 'not_found',
    example: { token: 'tok_0199…' },
    message: (p) => `There is no token ${p.token} of yours.`,
    change: () => 'List them: switchboard token list',
  }),
  scope_too_wide: denial<{ scope: string }>({
    category: 'forbidden',
    example: { scope: 'budget.set' },
    message: (p) =>
      `A token cannot carry ${p.scope}: you may not do it yourself, or there is no such operation.`,
    change: () => 'Ask for operations that your own roles and this token may perform.',
  }),
} as const satisfies DenialTable
