import type { Capability } from './capability.ts'

export const secret = {
  scope: 'secret:',
  impact: (name: string) => `Have the broker use the secret ${name} in requests; the code never sees it.`,
  manifest: '"capabilities": { "secrets": ["NAME"] }',
  methods: {},
  limits: {},
} as const satisfies Capability
