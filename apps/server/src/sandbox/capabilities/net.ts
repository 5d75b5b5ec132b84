import type { Capability } from './capability.ts'

export const net = {
  scope: 'net:',
  impact: (name: string) => `Have the broker send requests to ${name}; what it asks leaves this machine.`,
  manifest: '"capabilities": { "net": ["api.example.org"] }',
  methods: { 'net.fetch': { operation: 'net.fetch' } },
  limits: {
    requestBodyCharacters: 262_144,
    responseBodyBytes: 2_097_152,
    redirects: 5,
    totalMs: 30_000,
    concurrentPerHost: 4,
    cachedBytesPerPackage: 16_777_216,
  },
} as const satisfies Capability
