import type { Capability } from './capability.ts'

/** Opens no method of its own: `net.fetch` asks for it besides `net:HOST` when a request names a secret in `auth`. */
export const secret = {
  scope: 'secret:',
  impact: (name: string) =>
    `Have the broker use the secret ${name} in requests, to the hosts it is bound to; the code never sees it.`,
  manifest: '"capabilities": { "secrets": ["NAME"] }',
  methods: {},
  limits: { valueBytes: 4_096, hosts: 32 },
} as const satisfies Capability
