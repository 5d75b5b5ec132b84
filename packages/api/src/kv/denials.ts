import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const kvDenials = {
  kv_plugins_only: denial<{ operation: string }>({
    category: 'forbidden',
    example: { operation: 'kv.get' },
    message: (p) => `${p.operation} is for plugins: each has values of its own.`,
    change: () => 'See what is kept, without its content: switchboard plugin kv-usage',
  }),
  kv_quota_exceeded: denial<{ package: string; what: 'keys' | 'bytes'; used: number; allowed: number }>({
    category: 'over_limit',
    example: { package: 'ioc-triage', what: 'bytes', used: 1_048_600, allowed: 1_048_576 },
    message: (p) => `${p.package} would keep ${p.used} ${p.what}; ${p.allowed} are allowed.`,
    change: (p) =>
      `The plugin can delete what it no longer needs; an administrator can clear all of it: switchboard plugin kv-clear ${p.package}`,
  }),
  kv_value_invalid: denial<{ key: string; rule: string }>({
    category: 'invalid',
    example: { key: 'cache', rule: 'must have at most 65536 bytes as JSON; it has 70000' },
    message: (p) => `The value of ${p.key} ${p.rule}.`,
    change: () => 'Keep a smaller or simpler value, or split it over several keys.',
  }),
} as const satisfies DenialTable
