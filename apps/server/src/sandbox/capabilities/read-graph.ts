import type { Capability } from './capability.ts'

export const readGraph = {
  scope: 'read:graph',
  impact: 'Search the graph and read entities and relations that the person who runs it may see.',
  manifest: '"capabilities": { "graph": ["read"] }',
  methods: {
    'graph.search': { operation: 'graph.search', unwrap: 'rows' },
    'graph.entity': { operation: 'graph.entity' },
    'graph.neighbours': { operation: 'graph.neighbours', unwrap: 'rows' },
  },
  limits: { rowsPerCall: 1000 },
} as const satisfies Capability
