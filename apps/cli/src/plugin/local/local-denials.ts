import { denial } from '@switchboard/api'
import type { DenialTable } from '@switchboard/api'

/** What only a local run answers: the server has the real thing in its place. */
export const localDenials = {
  not_in_world: denial<{ method: string; operation: string }>({
    category: 'unavailable',
    example: { method: 'graph.search', operation: 'graph.search' },
    message: (p) => `The local world has no answer for ${p.method}.`,
    change: (p) =>
      `Record one in fixtures: { "answers": [{ "method": "${p.method}", "answer": … }] }, or run with --server.`,
  }),
  server_only_reads: denial<{ method: string; operation: string }>({
    category: 'forbidden',
    example: { method: 'cases.addEntities', operation: 'case.add_entities' },
    message: (p) => `${p.method} changes data of the server, and code under development only reads there.`,
    change: () => 'Add --server-writes when the server is one to try things on.',
  }),
  server_refused: denial<{ operation: string }>({
    category: 'unavailable',
    example: { operation: 'kv.get' },
    message: (p) => `The server offers no ${p.operation} to a person over HTTP.`,
    change: () => 'Record an answer in fixtures instead.',
  }),
} as const satisfies DenialTable
