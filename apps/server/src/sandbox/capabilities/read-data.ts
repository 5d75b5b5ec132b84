import type { Capability } from './capability.ts'

export const readData = {
  scope: 'read:data:',
  impact: (name: string) => `Look single rows up in the data package ${name}.`,
  manifest: '"capabilities": { "data": ["NAME"] }',
  methods: {
    'data.lookup': { operation: 'data.lookup' },
    'data.range': { operation: 'data.range' },
  },
  limits: { rowsPerCall: 1 },
} as const satisfies Capability
