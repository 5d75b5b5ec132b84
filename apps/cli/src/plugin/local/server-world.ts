import { createClient, deny, findOperation } from '@switchboard/api'
import type { OperationName, OperationSpec } from '@switchboard/api'
import type { CliIo } from '../../cli-io.ts'
import type { ServerAddress } from '../../find-server.ts'
import { localDenials } from './local-denials.ts'
import type { World } from './world.ts'

/**
 * A running server as the world: each call is performed over HTTP as the signed-in user, who may see less or more than the
 * plugin's next user. Code under development reads there; it writes only where that is said.
 */
export function createServerWorld(
  { url, token }: ServerAddress,
  io: Pick<CliIo, 'fetch'>,
  options: { readonly writes: boolean },
): World {
  const client = createClient({ baseUrl: url, fetch: io.fetch, ...(token === undefined ? {} : { token }) })
  return {
    async perform({ method, operation, input }) {
      const spec: OperationSpec | undefined = findOperation(operation)
      if (spec?.rest === undefined)
        return { outcome: deny(localDenials, 'server_refused', { operation }), rows: 0 }
      if (spec.effect !== 'read' && !options.writes)
        return { outcome: deny(localDenials, 'server_only_reads', { method, operation }), rows: 0 }
      // A name of the catalogue with an input that its schema has just accepted.
      const answer = await client.perform(operation as OperationName, input as never)
      return { outcome: answer, rows: answer.ok ? rowsIn(answer.value) : 0 }
    },
  }
}

/** Rows as the server counts them: those of a list, else the one thing that was asked for. */
function rowsIn(value: unknown): number {
  const { rows, row } = value as { readonly rows?: unknown; readonly row?: unknown }
  if (Array.isArray(rows)) return rows.length
  return row === null ? 0 : 1
}
