import type { Capability } from './capability.ts'

export const storeKv = {
  scope: 'store:kv',
  impact: 'Keep small values between runs, within a quota, for your organisation alone.',
  manifest: '"capabilities": { "store": ["kv"] }',
  methods: {
    'kv.get': { operation: 'kv.get', unwrap: 'value' },
    'kv.set': { operation: 'kv.set' },
    'kv.delete': { operation: 'kv.delete' },
    'kv.list': { operation: 'kv.list' },
  },
  limits: { keys: 1000, bytes: 1024 * 1024, bytesPerValue: 64 * 1024, charactersPerKey: 200 },
} as const satisfies Capability
