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
  question_not_understood: denial<{ question: string; why: string; nearest: readonly string[] }>({
    category: 'invalid',
    example: {
      question: 'who owns the moon?',
      why: 'no entity here is called "the moon"',
      nearest: ['which autonomous systems announce 192.0.2.1'],
    },
    message: (p) => `The question was not understood: ${p.why}.`,
    change: (p) => `Ask for example: ${p.nearest.join('; ')}.`,
  }),
  question_ambiguous: denial<{ mention: string; candidates: readonly string[] }>({
    category: 'invalid',
    example: { mention: 'Example', candidates: ['org:example', 'domain:example'] },
    message: (p) => `Several entities are called ${p.mention}.`,
    change: (p) => `Name one by its key: ${p.candidates.join(', ')}.`,
  }),
} as const satisfies DenialTable
