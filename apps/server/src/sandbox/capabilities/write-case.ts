import type { Capability } from './capability.ts'

export const writeCase = {
  scope: 'write:case',
  impact: 'Attach entities to the case it is run on, without a person accepting each.',
  manifest: '"capabilities": { "cases": ["write"] }',
  methods: { 'cases.addEntities': { operation: 'case.add_entities' } },
  limits: { entitiesPerCall: 1000, relationsPerCall: 5000 },
} as const satisfies Capability
