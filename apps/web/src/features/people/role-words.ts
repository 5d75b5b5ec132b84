import type { InputOf, OperationByName } from '@switchboard/api'

export type Role = InputOf<OperationByName<'user.invite'>>['roles'][number]

/** The roles, each as a sentence about who has it; the policy page shows the rules behind them. */
export const roles: readonly { readonly role: Role; readonly says: string }[] = [
  { role: 'analyst', says: 'Works on cases, runs plugins, and asks for exports.' },
  { role: 'reviewer', says: 'Decides what waits for a second person, and stops what does harm.' },
  { role: 'administrator', says: 'Keeps people, plugins, what plugins may do, secrets and the budget.' },
  { role: 'auditor', says: 'Reads everything, replays runs, and changes nothing.' },
  { role: 'finops', says: 'Sees what was used, and sets the budget.' },
]

export interface Account {
  readonly id: string
  readonly name: string
  readonly roles: readonly string[]
  readonly active: boolean
}

/** What ends when somebody is deactivated, as sentences; the worst first. */
export function deactivationSays(
  of: Account,
  self: string | undefined,
  all: readonly Account[],
): readonly string[] {
  const others = all.filter(({ id, active }) => active && id !== of.id)
  const isLast = (role: string): boolean =>
    of.roles.includes(role) && !others.some((other) => other.roles.includes(role))
  return [
    ...(of.id === self ? ['This is you: you are signed out at once and cannot come back.'] : []),
    ...(isLast('administrator') ? ['Nobody else is an administrator: nobody can add people any more.'] : []),
    ...(isLast('reviewer')
      ? ['Nobody else is a reviewer: what waits for a second person stays waiting.']
      : []),
    'They are signed out everywhere, and their tokens stop working with the next call.',
    'Approvals of theirs that are not used yet count no more, and what they asked for is not performed.',
    'Their name stays theirs, because receipts speak of them. A deactivation cannot be taken back.',
  ]
}

/** What somebody hands over: it signs its reader in, once. */
export function signInLink(origin: string, secret: string): string {
  return `${origin}/sign-in#secret=${encodeURIComponent(secret)}`
}
