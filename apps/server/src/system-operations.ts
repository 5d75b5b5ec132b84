import { allow } from '@switchboard/api'
import type { OperationName } from '@switchboard/api'
import type { Containment } from './containment/index.ts'
import type { Marketplace } from './marketplace/index.ts'
import { parseWitnesses } from './evidence/index.ts'
import type { Evidence, refuseHeld } from './evidence/index.ts'
import type { Config } from './kernel/config.ts'
import type { Database, Reader, Tx } from './kernel/db/index.ts'
import { handleRead, handleWrite, operationOf } from './kernel/handler.ts'
import type { Registration } from './kernel/handler.ts'
import type { OrganisationId } from './kernel/ids.ts'
import { levelNotice } from './sandbox/index.ts'
import type { Sandbox } from './sandbox/index.ts'

/** Deletes what one part of the product keeps of an organisation; answers counts by what it was. */
export type Remover = (tx: Tx, organisation: OrganisationId) => Promise<{ what: string; count: number }[]>

/** Operations about the server as a whole: its state, and taking the demonstration away. */
export function systemOperations(deps: {
  readonly config: Config
  readonly version: string
  readonly database: Database
  readonly evidence: Evidence
  readonly sandbox: Sandbox
  readonly marketplace: Pick<Marketplace, 'installedNames' | 'permitsOf'>
  readonly demoOrganisation: (db: Reader) => Promise<OrganisationId | undefined>
  readonly removers: readonly Remover[]
  /** Why what an organisation has must stay. */
  readonly evidenceHeld: (
    tx: Tx,
    organisation: string,
  ) => Promise<Awaited<ReturnType<Containment['evidenceHeld']>> | ReturnType<typeof refuseHeld>>
  /** Takes away the files that an organisation leaves beside its rows. */
  readonly removeFiles: (organisation: OrganisationId) => void
}): readonly Registration[] {
  const status = handleRead(operationOf('system.status'), {
    async run(ctx) {
      const isPostgres = deps.database.dialect !== 'sqlite'
      const isAdministrator = 'roles' in ctx.actor && ctx.actor.roles.includes('administrator')
      const sandboxNotice = levelNotice(deps.sandbox.level, deps.sandbox)
      return allow({
        version: deps.version,
        sandboxLevel: deps.sandbox.level,
        sandboxMend: deps.sandbox.mend ?? '',
        ...(sandboxNotice === undefined ? {} : { sandboxNotice }),
        sandboxCanaries: (deps.sandbox.canaries ?? []).map(({ canary, verdict }) => ({ canary, verdict })),
        store: deps.database.dialect,
        // Paths and hosts of the machine are its administrators' to know.
        storePlace: !isAdministrator
          ? 'this server'
          : isPostgres
            ? databaseHost(deps.config)
            : deps.config.data,
        region: deps.config.region,
        outside: await outside(ctx.read, ctx.actor.organisation),
        logSize: deps.evidence.logSize(ctx.actor.organisation),
        logKey: deps.evidence.logKey,
        pendingReceipts: await deps.evidence.pendingCount(),
        organisation: ctx.actor.organisation,
        demo: (await deps.demoOrganisation(ctx.read)) !== undefined,
      })
    },
  })
  const removeDemo = handleWrite(operationOf('demo.remove'), {
    async run(ctx) {
      // Nobody's own organisation can be removed by this, whoever asks: only the one that is labelled.
      const demo = await deps.demoOrganisation(ctx.read)
      const removed: { what: string; count: number }[] = []
      if (demo !== undefined) {
        // What a package in quarantine left, or a case under legal hold has, is for whoever looks into it until somebody lets go.
        const held = await deps.evidenceHeld(ctx.tx, demo)
        if (held !== undefined) return held
        for (const remove of deps.removers) removed.push(...(await remove(ctx.tx, demo)))
        ctx.afterCommit(() => deps.removeFiles(demo))
      }
      return allow({ removed })
    },
  })
  return [status, removeDemo]

  /** What can be said of what left: it is claimed nowhere that nothing did, only by what it could have. */
  async function outside(db: Reader, organisation: OrganisationId) {
    const asked = (operation: OperationName): Promise<boolean> =>
      deps.evidence.hasReceiptOf(db, organisation, operation)
    return {
      requests: await asked('net.fetch'),
      feeds: await asked('feed.create'),
      witnesses: parseWitnesses(deps.config.witnesses, deps.config.witnessesNeeded).length,
      database: deps.database.dialect !== 'sqlite' && !isLoopback(databaseHost(deps.config)),
      netGrants: await netGrants(db, organisation),
    }
  }

  async function netGrants(db: Reader, organisation: OrganisationId): Promise<number> {
    let hosts = 0
    for (const name of await deps.marketplace.installedNames(db, organisation)) {
      const { granted } = await deps.marketplace.permitsOf(db, organisation, name)
      hosts += [...granted].filter((scope) => scope.startsWith('net:')).length
    }
    return hosts
  }
}

function databaseHost({ database }: Config): string {
  return new URL(database).hostname
}

function isLoopback(host: string): boolean {
  // Without a host it is a socket of this machine.
  return ['', 'localhost', '[::1]'].includes(host) || host.startsWith('127.')
}
