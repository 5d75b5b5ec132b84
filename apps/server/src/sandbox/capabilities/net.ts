import type { Capability } from './capability.ts'

export const net = {
  scope: 'net:',
  impact: (name: string) => `Have the broker send requests to ${name}; what it asks leaves this machine.`,
  manifest: '"capabilities": { "net": ["api.example.org"] }',
  methods: {},
  limits: {},
} as const satisfies Capability
