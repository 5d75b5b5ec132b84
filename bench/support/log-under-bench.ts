import { composeServer } from '../../apps/server/src/compose.ts'
import type { ReceiptDraft } from '../../apps/server/src/evidence/index.ts'
import { readConfig } from '../../apps/server/src/kernel/config.ts'
import { newId } from '../../apps/server/src/kernel/ids.ts'
import { createLogger } from '../../apps/server/src/kernel/log.ts'
import { createMetrics } from '../../apps/server/src/surface/index.ts'
import type { Figure } from './figure.ts'

const largestGroup = 200

export type LogUnderBench = Awaited<ReturnType<typeof openLogUnderBench>>

/** The product without HTTP on a folder of its own, with every default: its store, its log, its bundle writer. */
export async function openLogUnderBench(folder: string) {
  const config = { ...readConfig({}, folder), data: folder }
  const server = await composeServer({
    config,
    version: 'bench',
    log: createLogger('error'),
    metrics: createMetrics(),
  })
  const { database, evidence } = server
  const auditor = await database.writer.transact({ by: 'bootstrap' }, async (tx) => {
    const organisation = await server.identity.ensureOrganisation(tx, { name: 'Bench', demo: false })
    const user = await server.identity.ensureUser(tx, {
      organisation,
      name: 'Auditor',
      roles: ['auditor'],
      demo: false,
    })
    return { kind: 'user', organisation, user: user.id } as const
  })

  /** What the gate writes for a search that a plugin makes. */
  function draft(): ReceiptDraft {
    const { organisation, user } = auditor
    return {
      id: newId('rct'),
      traceId: newId('trace').slice('trace_'.length),
      at: server.clock(),
      phase: 'effect',
      decision: 'allowed',
      level: 'none',
      counts: { calls: 0, rows: 3, bytesIn: 40, bytesOut: 300, wallMicros: 1_200, cpuMicros: 800 },
      costMicros: 120n,
      organisation,
      parts: {
        actor: { organisation, user, name: 'Auditor', roles: ['auditor'] },
        subject: { operation: 'graph.search' },
        policy: { effect: 'permit', rules: ['analysts-read'], digest: server.policy.digest, engine: 'cedar' },
        place: { region: config.region, tlp: 'GREEN' },
        input: { sha256: 'a'.repeat(64), bytes: 40 },
        output: { sha256: 'b'.repeat(64), bytes: 300 },
      },
    }
  }

  async function write(count: number): Promise<void> {
    await database.writer.transact({ by: 'gate', operation: 'bench' }, async (tx) => {
      for (let i = 0; i < count; i += 1) await evidence.record(tx, draft())
    })
    evidence.committed()
  }

  async function quiet(): Promise<void> {
    while ((await evidence.pendingCount()) > 0) {
      const last = await database.read
        .selectFrom('receipt_outbox')
        .select('receipt_id')
        .orderBy('seq', 'desc')
        .limit(1)
        .execute()
      await evidence.integrated(last.map((row) => row.receipt_id))
    }
  }

  return {
    database,
    settings: {
      store: database.dialect,
      synchronous: 'FULL',
      sandbox: server.sandbox.level,
      defaults: true,
    } satisfies Figure['settings'],
    logKey: evidence.logKey,
    /** One receipt in a transaction of its own; resolves when it is durable. */
    record: () => write(1),
    /** Waits until every receipt has its place in the log. */
    quiet,
    /** Adds receipts until the log holds `count`. */
    async fillTo(count: number): Promise<void> {
      await quiet()
      for (let left = count - evidence.logSize(); left > 0; left -= largestGroup)
        await write(Math.min(left, largestGroup))
      await quiet()
    },
    /** The evidence of everything, as anybody would export it. */
    async exportAll(): Promise<Uint8Array> {
      const { outcome } = await server.gate.perform({
        operation: 'evidence.export',
        input: {},
        caller: auditor,
      })
      if (!outcome.ok) throw new Error(outcome.denial.message)
      return Buffer.from((outcome.value as { bundle: string }).bundle, 'base64')
    },
    close: () => server.close(),
  }
}
