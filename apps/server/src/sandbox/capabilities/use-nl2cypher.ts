import type { Capability } from './capability.ts'

export const useNl2cypher = {
  scope: 'use:nl2cypher',
  impact: 'Turn questions in plain English into graph queries and run them; needs read:graph as well.',
  manifest: '"permissions": ["use:nl2cypher"]',
  methods: { nl2cypher: { operation: 'graph.ask' } },
  limits: { charactersPerQuestion: 500, rowsPerCall: 1000, hops: 4, entitiesVisited: 5000 },
} as const satisfies Capability
