import type { Capability } from './capability.ts'

export const storeKv = {
  scope: 'store:kv',
  impact: 'Keep small values between runs, within a quota, for your organisation alone.',
  manifest: '"capabilities": { "store": ["kv"] }',
  methods: {},
  limits: {},
} as const satisfies Capability
