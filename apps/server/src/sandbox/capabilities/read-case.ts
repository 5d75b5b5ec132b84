import type { Capability } from './capability.ts'

export const readCase = {
  scope: 'read:case',
  impact: 'Read the notes and entities of the case it is run on.',
  manifest: '"capabilities": { "cases": ["read"] }',
  methods: { 'cases.read': { operation: 'case.read' } },
  limits: {},
} as const satisfies Capability
