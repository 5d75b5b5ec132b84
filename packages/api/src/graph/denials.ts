import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const graphDenials = {
  entity_unknown: denial<{ entity: string }>({
    category: 'not_found',
    example: { entity: 'ent_0199…' },
    message: (p) => `There is no entity ${p.entity} that you may see.`,
    change: () => 'Search for it: switchboard graph search TEXT',
  }),
  relation_dangling: denial<{ from: string; to: string; missing: string }>({
    category: 'invalid',
    example: { from: 'ip:192.0.2.1', to: 'as:64500', missing: 'as:64500' },
    message: (p) =>
      `A relation from ${p.from} to ${p.to} names ${p.missing}, which is neither here nor in this import.`,
    change: () => 'Import the entity in the same call or before.',
  }),
  engine_missing: denial<{ engine: string }>({
    category: 'unavailable',
    example: { engine: 'nl2cypher' },
    message: (p) => `No ${p.engine} engine is configured on this server.`,
    change: () => 'Ask with graph.search, or have the operator configure an engine.',
  }),
} as const satisfies DenialTable
