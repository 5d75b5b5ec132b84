import type { Capability } from './capability.ts'

export const writeGraph = {
  scope: 'write:graph',
  impact:
    'Create and change entities and relations in the graph, without a person accepting each; what a run wrote can be undone.',
  manifest: '"capabilities": { "graph": ["write"] }',
  methods: { 'graph.upsert': { operation: 'graph.upsert' } },
  limits: { entitiesPerCall: 1000, relationsPerCall: 5000 },
} as const satisfies Capability
