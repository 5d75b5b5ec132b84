import type { Capability } from './capability.ts'

export const useNl2cypher = {
  scope: 'use:nl2cypher',
  impact: 'Turn questions in plain English into graph queries and run them.',
  manifest: '"permissions": ["use:nl2cypher"]',
  methods: { nl2cypher: { operation: 'graph.ask' } },
  limits: {},
} as const satisfies Capability
