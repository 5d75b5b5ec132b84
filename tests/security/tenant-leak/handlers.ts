import { join } from 'node:path'
import { createCases } from '../../../apps/server/src/cases/index.ts'
import { createData } from '../../../apps/server/src/data/index.ts'
import { createGraph } from '../../../apps/server/src/graph/index.ts'
import type { Reader } from '../../../apps/server/src/kernel/db/index.ts'
import type { Context, Registration } from '../../../apps/server/src/kernel/handler.ts'
import type { OrganisationId } from '../../../apps/server/src/kernel/ids.ts'
import { createOutbound } from '../../../apps/server/src/outbound/index.ts'
import { operationBehind, pluginMethods } from '../../../apps/server/src/sandbox/capabilities/index.ts'
import { createSecrets, openSecretBox } from '../../../apps/server/src/secrets/index.ts'
import type { TestServer } from '../../support/test-server.ts'
import type { Leak } from './leaks.ts'
import type { Outside } from './outside.ts'

/** The real handlers of everything that a plugin reaches, over the server's store and its way out. */
export function handlersOf(s: TestServer, outside: Outside, leak: Leak | undefined): readonly Registration[] {
  const graph = createGraph({ database: s.database })
  const all = [
    ...graph.registrations,
    ...createCases({ graph }).registrations,
    ...dataOf(s, leak),
    ...s.server.plugins.registrations,
    ...wayOut(s, outside, leak),
  ]
  const wanted = new Set(pluginMethods.map((method) => operationBehind(method)?.operation))
  return all.filter(({ spec }) => wanted.has(spec.name as never))
}

function dataOf(s: TestServer, leak: Leak | undefined): readonly Registration[] {
  const data = createData({ folder: join(s.folder, 'tables'), marketplace: () => s.server.marketplace })
  if (leak?.forgets !== 'whose tables') return data.registrations
  return data.registrations.map((of) => performedAs(of, () => ({ organisation: s.a.organisation })))
}

function wayOut(s: TestServer, outside: Outside, leak: Leak | undefined): readonly Registration[] {
  const { usable } = createSecrets({
    box: openSecretBox(join(s.folder, 'keys'), false),
    marketplace: () => s.server.marketplace,
  })
  const { resolve } = outside.serverOptions
  const { config } = s.server
  const registrations = (secretsOf: typeof usable) =>
    createOutbound({ config, clock: s.clock, resolve, secretsOf }).registrations
  switch (leak?.forgets) {
    case 'whose secrets':
      return registrations((db, _organisation, name) => usable(db, s.a.organisation, name))
    case 'whose answers': {
      // The way out knows one organisation; only who looks for secrets is told the right one, by the reader.
      const whose = new WeakMap<object, string>()
      const forgetful = registrations((db, _organisation, name) =>
        usable(s.database.read, whose.get(db) ?? '', name),
      )
      return forgetful.map((of) =>
        performedAs(of, ({ actor: { organisation } }) => {
          const read = {}
          whose.set(read, organisation)
          return { organisation: 'everybody' as OrganisationId, read: read as Reader }
        }),
      )
    }
    default:
      return registrations(usable)
  }
}

/** A handler that takes its caller for another organisation's, once policy has decided. */
function performedAs(
  of: Registration,
  whom: (ctx: Context) => { readonly organisation: OrganisationId; readonly read?: Reader },
): Registration {
  const { handler } = of
  const run = (ctx: Context, ...more: readonly unknown[]): unknown => {
    const { organisation, read } = whom(ctx)
    // A context's methods do not ask what they are called on, so that a copy serves.
    const mistaken = { ...ctx, actor: { ...ctx.actor, organisation }, read: read ?? ctx.read }
    return (handler.run as (ctx: Context, ...more: readonly unknown[]) => unknown)(mistaken, ...more)
  }
  return { ...of, handler: { ...handler, run } } as Registration
}
