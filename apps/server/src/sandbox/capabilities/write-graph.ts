import type { Capability } from './capability.ts'

export const writeGraph = {
  scope: 'write:graph',
  impact: 'Create and change entities and relations in the graph.',
  manifest: '"capabilities": { "graph": ["write"] }',
  methods: {},
  limits: {},
} as const satisfies Capability
