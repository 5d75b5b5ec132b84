import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

/** What the gate itself answers; every operation may end in one of these. */
export const gateDenials = {
  unauthenticated: denial<{ reason: 'missing' | 'unknown' | 'expired' | 'revoked' | 'deactivated' }>({
    category: 'unauthenticated',
    example: { reason: 'expired' },
    message: (p) => `The session or token is ${p.reason}.`,
    change: () => 'Sign in again, or send a token that is valid: "Authorization: Bearer …".',
  }),
  input_invalid: denial<{ field: string; rule: string }>({
    category: 'invalid',
    example: { field: '/caps/0', rule: 'must be at most 128 characters' },
    message: (p) => `Input ${p.field || '/'} ${p.rule}.`,
    change: (p) => `Correct ${p.field || 'the input'}; the operation's schema is in /openapi.json.`,
  }),
  policy_denied: denial<{
    action: string
    rules: readonly string[]
    reasons: readonly string[]
    policyDigest: string
  }>({
    category: 'forbidden',
    example: {
      action: 'plugin.install',
      rules: ['default-deny'],
      reasons: ['No rule permits an analyst to plugin.install.'],
      policyDigest: 'sha256:…',
    },
    message: (p) => `Policy refuses ${p.action}: ${p.reasons.join(' ')}`,
    change: (p) =>
      p.rules.includes('default-deny')
        ? 'Ask an administrator for a role that may do this, or for a policy that permits it.'
        : `Change the facts that rule ${p.rules.join(', ')} names, or have the rule changed.`,
  }),
  CapabilityDenied: denial<{ capability: string; package: string; declared: boolean }>({
    category: 'forbidden',
    example: { capability: 'read:graph', package: 'sample-enricher', declared: true },
    message: (p) => `${p.package} was not granted ${p.capability}.`,
    change: (p) =>
      p.declared
        ? `An administrator can grant it: switchboard plugin grant ${p.package} ${p.capability}`
        : `${p.package} does not name ${p.capability} in its manifest, so it can never be granted; its author must ask for it in a new version.`,
  }),
  ceiling_exceeded: denial<{
    package: string
    ceiling: 'tlp' | 'pap' | 'licence'
    marking: string
    allowed: string
  }>({
    category: 'forbidden',
    example: { package: 'ioc-triage', ceiling: 'tlp', marking: 'AMBER', allowed: 'GREEN' },
    message: (p) =>
      p.ceiling === 'licence'
        ? `${p.package} may be given what is licensed under ${p.allowed}; this is under ${p.marking || 'no licence'}.`
        : `${p.package} may be given up to ${p.ceiling.toUpperCase()}:${p.allowed}; this is marked ${p.ceiling.toUpperCase()}:${p.marking}.`,
    change: (p) =>
      `An administrator can raise its ceiling: switchboard plugin ceilings ${p.package} ${
        p.ceiling === 'licence' ? '--licences' : `--${p.ceiling}`
      } ${p.marking}`,
  }),
  sandbox_level_insufficient: denial<{
    package: string
    version: string
    reached: string
    needed: string
    mend?: string
  }>({
    category: 'forbidden',
    example: {
      package: 'ioc-triage',
      version: '1.0.0',
      reached: 'development',
      needed: 'full',
      mend: 'apt-get install bubblewrap',
    },
    message: (p) =>
      `${p.package} ${p.version} runs only at sandbox level ${p.needed}; this server reached ${p.reached}.`,
    change: (p) =>
      `Reach ${p.needed}${p.mend === undefined ? '' : ` (${p.mend})`}, or have an administrator or reviewer read the code and state it: switchboard plugin review ${p.package} --version ${p.version} --note "…"`,
  }),
  sandbox_stopped: denial<{ by: string; at: string; reason: string }>({
    category: 'unavailable',
    example: { by: 'Ada', at: '2026-11-22T04:32:27.000Z', reason: 'a plugin beacons' },
    message: (p) => `${p.by} stopped the sandbox of your organisation at ${p.at}: ${p.reason}`,
    change: () =>
      'An administrator or reviewer, another one than who stopped it where there is one, lets plugins run again: switchboard sandbox resume --reason "…"',
  }),
  package_quarantined: denial<{ package: string; by: string; at: string; reason: string }>({
    category: 'forbidden',
    example: { package: 'ioc-triage', by: 'Ada', at: '2026-11-22T04:32:27.000Z', reason: 'it beacons' },
    message: (p) => `${p.by} put ${p.package} into quarantine at ${p.at}: ${p.reason}`,
    change: (p) =>
      `An administrator or reviewer, another one than who put it there where there is one, releases it: switchboard plugin release ${p.package} --reason "…"`,
  }),
  approval_required: denial<{ taskId: string; rule: string; quorum: number }>({
    category: 'approval_required',
    example: { taskId: 'rev_0199…', rule: 'export-of-amber-needs-approval', quorum: 1 },
    message: (p) =>
      `Rule ${p.rule} wants ${p.quorum === 1 ? 'an approval' : `${p.quorum} approvals`}; review ${p.taskId} was opened.`,
    change: (p) => `Another person approves it: switchboard review approve ${p.taskId}`,
  }),
  approval_invalid: denial<{
    taskId: string
    reason: 'expired' | 'used' | 'input_differs' | 'other_actor' | 'not_approved'
  }>({
    category: 'conflict',
    example: { taskId: 'rev_0199…', reason: 'used' },
    message: (p) => `The approval of review ${p.taskId} cannot be used (${p.reason}).`,
    change: () => 'Ask again; a new review is opened.',
  }),
  budget_exceeded: denial<{ scope: string; neededMicros: string; leftMicros: string; limitMicros: string }>({
    category: 'over_limit',
    example: { scope: 'organisation', neededMicros: '5000', leftMicros: '1200', limitMicros: '1000000' },
    message: (p) =>
      `Needs up to ${p.neededMicros} µ; ${p.leftMicros} µ of the ${p.scope}'s ${p.limitMicros} µ are left this month.`,
    change: () =>
      "Raise the budget (switchboard budget set), lower the run's own budgets, or wait for the next month.",
  }),
  'BudgetExceeded:calls': denial<{ used: number; allowed: number }>({
    category: 'over_limit',
    example: { used: 1001, allowed: 1000 },
    message: (p) => `The run made call ${p.used}; ${p.allowed} are allowed.`,
    change: () => 'Make fewer calls, or have the author ask for a larger calls budget in the manifest.',
  }),
  'BudgetExceeded:rows': denial<{ used: number; allowed: number }>({
    category: 'over_limit',
    example: { used: 1200, allowed: 1000 },
    message: (p) => `The run read ${p.used} rows; ${p.allowed} are allowed.`,
    change: () =>
      'Ask for fewer rows (limit), or have the author ask for a larger rows budget in the manifest.',
  }),
  idempotency_conflict: denial<{ key: string }>({
    category: 'conflict',
    example: { key: 'a1b2' },
    message: (p) => `Idempotency key ${p.key} was used before with another input.`,
    change: () => 'Send the first input again to get its answer, or use a new key.',
  }),
  idempotency_in_progress: denial<{ key: string }>({
    category: 'conflict',
    example: { key: 'a1b2' },
    message: (p) => `The operation with idempotency key ${p.key} has not ended yet.`,
    change: () => 'Ask again in a moment with the same key.',
  }),
  operation_unknown: denial<{ operation: string }>({
    category: 'not_found',
    example: { operation: 'graph.explode' },
    message: (p) => `There is no operation ${p.operation}.`,
    change: () => 'The operations are listed in /openapi.json.',
  }),
} as const satisfies DenialTable
