import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import type { Database, Reader, Tx } from '../kernel/db/index.ts'
import type { Registration } from '../kernel/handler.ts'
import { noSources } from './bundle/bundle-sources.ts'
import type { BundleSources } from './bundle/bundle-sources.ts'
import { createBundleWriter } from './bundle/bundle-writer.ts'
import { exportEvidenceHandler } from './export-evidence.ts'
import { createHolds } from './holds/create-holds.ts'
import { runProvenanceHandler } from './provenance/run-provenance.ts'
import type { ProvenanceSources } from './provenance/run-provenance.ts'
import { receiptOfRun } from './receipt-of-run.ts'
import { listReceiptsHandler } from './list-receipts.ts'
import { createIntegrator } from './log/integrator.ts'
import type { Batch } from './log/integrator.ts'
import { createLogAccess } from './log/log-access.ts'
import { openLog } from './log/log.ts'
import { openLogKey } from './log/log-key.ts'
import { addToOutbox, countOutbox, newestCheckpoint } from './log/log-store.ts'
import { leafHash } from './log/tree-hash.ts'
import { readCheckpointHandler } from './read-checkpoint.ts'
import { readReceiptHandler } from './read-receipt.ts'
import { encodeReceipt } from './receipt/entry.ts'
import type { ReceiptDraft } from './receipt/receipt-draft.ts'
import { insertReceipt, listDanglingIntents } from './receipt/receipt-store.ts'
import { saltEpoch } from './receipt/salt.ts'
import { createSaltKeys } from './receipt/salt-key-store.ts'

export interface EvidenceDeps {
  readonly database: Database
  readonly clock: Clock
  /** Keys go to `keys/`, hash tiles to `tile/`, the newest checkpoint to `checkpoint`. */
  readonly folder: string
  /** The log's name in checkpoints; made from its key when left out. Never changed once the log has entries. */
  readonly origin?: string
  /** What bundles hold that other domains own. */
  readonly sources?: BundleSources
  /** Rows of the graph that are there because of a run. */
  readonly written?: ProvenanceSources['written']
  /** How often the outbox is looked at when nobody calls. */
  readonly safetyMs?: number
  /** A log with more entries is not read whole at start: only its last tiles are held against the checkpoint. */
  readonly verifiedUpTo?: number
  readonly onBatch?: (batch: Batch) => void
  /** What went wrong beside a request: a tile that could not be written, a store that did not answer. */
  readonly onFault?: (cause: unknown) => void
}

/**
 * Opens the evidence log of this server and starts its integrator. Migrations have run before.
 *
 * @throws {Fault} when key, store and files do not belong together, or the log is not what was signed.
 */
export async function createEvidence(deps: EvidenceDeps) {
  const { database, clock, folder } = deps
  const onFault = deps.onFault ?? (() => {})
  const isNewLog = (await newestCheckpoint(database.read)) === undefined
  const key = await openLogKey(join(folder, 'keys'), {
    isNewLog,
    ...(deps.origin === undefined ? {} : { origin: deps.origin }),
  })
  const log = await openLog({
    database,
    key,
    folder,
    onFault,
    ...(deps.verifiedUpTo === undefined ? {} : { verifiedUpTo: deps.verifiedUpTo }),
  })
  const integrator = createIntegrator({
    database,
    log,
    key,
    clock,
    safetyMs: deps.safetyMs ?? 1_000,
    onFault,
    ...(deps.onBatch === undefined ? {} : { onBatch: deps.onBatch }),
  })
  const saltKeys = createSaltKeys(database.read)
  const access = createLogAccess({ database, key, log, integrator })
  const sources = deps.sources ?? noSources
  const bundles = createBundleWriter({ database, clock, log: access, sources })
  const registrations: readonly Registration[] = [
    listReceiptsHandler,
    readReceiptHandler(access),
    runProvenanceHandler({
      packages: (db, organisation, packages) => sources.packages(db, organisation, packages),
      written: deps.written ?? (() => Promise.resolve([])),
    }),
    readCheckpointHandler(access),
    exportEvidenceHandler(bundles, access, sources),
    ...createHolds(sources),
  ]
  // What a crash left in the outbox.
  integrator.wake()

  return {
    /** Writes a receipt into the caller's transaction. Call {@link committed} once that is durable. */
    async record(tx: Tx, draft: ReceiptDraft): Promise<void> {
      const { user: subject } = draft.parts.actor
      assert(typeof subject === 'string', 'a receipt says who acted')
      const scope = { organisation: draft.organisation, subject, epoch: saltEpoch(draft.at) }
      const encoded = encodeReceipt(draft, await saltKeys.forWriting(tx, scope))
      await insertReceipt(tx, draft, encoded)
      await addToOutbox(tx, draft.id, leafHash(encoded.entry))
      integrator.recorded()
    },
    /** Says that a transaction with receipts is about to commit: where commits are shared, that one gives them their place. */
    committing: integrator.committing,
    /** Says that receipts may have become durable: wakes the integrator when they still wait for their place. */
    committed(): void {
      saltKeys.keepCommitted().catch(onFault)
      integrator.committed()
    },
    /** Intents without an outcome. At start they dangle; while the server runs, they are what runs. */
    danglingIntents: (db: Reader) => listDanglingIntents(db),
    /** Entries that have their place and are signed. */
    logSize: (): number => log.state().tree.size,
    pendingCount: (): Promise<number> => countOutbox(database.read),
    /** Why the log takes no more receipts, when that is so: the server is not ready then. */
    fault: integrator.fault,
    /** What people give to those who verify. */
    logKey: key.vkey,
    origin: key.origin,
    /** The newest checkpoint as a signed note; undefined while the log is empty. */
    checkpoint: async (): Promise<string | undefined> => (await access.newest())?.checkpoint.note,
    /** The bytes at a C2SP tile path, such as `tile/0/000`; undefined when the log has no such tile (yet). */
    async tile(path: string): Promise<Uint8Array | undefined> {
      const known = await log.tile(path)
      if (known !== undefined) return known
      // Another server may have signed it: what its checkpoint promises is served here too.
      await access.newest()
      return await log.tile(path)
    },
    /** Hears each new size of the log. */
    onIntegrated: (listener: (size: number) => void): (() => void) =>
      log.onAdvance((state) => listener(state.tree.size)),
    /** Waits until these receipts have their place in the log; a {@link Fault} `log_pending` after `timeoutMs`. */
    integrated: access.integrated,
    receiptOfRun,
    registrations,
    async close(): Promise<void> {
      await integrator.close()
      await log.close()
    },
  }
}
export type Evidence = Awaited<ReturnType<typeof createEvidence>>
