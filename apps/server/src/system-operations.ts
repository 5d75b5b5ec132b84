import { allow } from '@switchboard/api'
import type { Containment } from './containment/index.ts'
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
      const sandboxNotice = levelNotice(deps.sandbox.level, deps.sandbox)
      return allow({
        version: deps.version,
        sandboxLevel: deps.sandbox.level,
        sandboxMend: deps.sandbox.mend ?? '',
        ...(sandboxNotice === undefined ? {} : { sandboxNotice }),
        sandboxCanaries: (deps.sandbox.canaries ?? []).map(({ canary, verdict }) => ({ canary, verdict })),
        store: deps.database.dialect,
        region: deps.config.region,
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
}
