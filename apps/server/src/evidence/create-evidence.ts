import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import type { Database, Reader, Tx } from '../kernel/db/index.ts'
import type { Registration } from '../kernel/handler.ts'
import { createArchive, keepArchive } from './blocks/archive.ts'
import { createBlockFiles } from './blocks/block-files.ts'
import type { FileCalls } from './blocks/block-files.ts'
import { createBlockLogArchive, joinLogArchives } from './blocks/block-log-archive.ts'
import { createCompaction } from './blocks/create-compaction.ts'
import { createSealedPeople } from './blocks/create-sealed-people.ts'
import { createSealedReceipts } from './blocks/create-sealed-receipts.ts'
import { noSources } from './bundle/bundle-sources.ts'
import type { BundleSources } from './bundle/bundle-sources.ts'
import { createBundleWriter } from './bundle/bundle-writer.ts'
import { evidencePlaces } from './evidence-places.ts'
import { exportEvidenceHandler } from './export-evidence.ts'
import { feedLogs, readFeedItems } from './feed/feed-source.ts'
import { createHolds } from './holds/create-holds.ts'
import { runProvenanceHandler } from './provenance/run-provenance.ts'
import type { ProvenanceSources } from './provenance/run-provenance.ts'
import { previewEvidenceHandler } from './preview-evidence.ts'
import { receiptOfRun } from './receipt-of-run.ts'
import { createEverDone } from './ever-done.ts'
import { listReceiptsHandler } from './list-receipts.ts'
import { createKeyRotation } from './log/key-rotation.ts'
import { createIntegrator } from './log/integrator.ts'
import type { Batch } from './log/integrator.ts'
import { createLogsAccess } from './log/log-access.ts'
import { openKeyRing } from './log/key-ring.ts'
import { addToOutbox, countOutbox, hasCheckpoints } from './log/log-store.ts'
import { openLogs } from './log/logs.ts'
import { startCheckpointPruning } from './log/prune-checkpoints.ts'
import { isAboutEvidence } from './log/retention-class.ts'
import type { RetentionClass } from './log/retention-class.ts'
import { leafHash } from './log/tree-hash.ts'
import { readCheckpointHandler } from './read-checkpoint.ts'
import { proveConsistencyHandler } from './prove-consistency.ts'
import { readEntriesHandler } from './read-entries.ts'
import { rotateKeyHandler } from './rotate-key.ts'
import { readReceiptHandler } from './read-receipt.ts'
import { encodeReceipt } from './receipt/entry.ts'
import type { ReceiptDraft } from './receipt/receipt-draft.ts'
import { insertReceipt, listDanglingIntents } from './receipt/receipt-store.ts'
import { createRetention } from './retention/create-retention.ts'
import { prunedArchive } from './retention/pruned-archive.ts'
import { createWitnessing } from './witness/witnessing.ts'
import type { WitnessConflict, WitnessTimes } from './witness/witnessing.ts'
import type { WitnessPeer } from './witness/witness-list.ts'
import { saltEpoch } from './receipt/salt.ts'
import { createSaltKeys } from './receipt/salt-key-store.ts'

export interface EvidenceDeps {
  readonly database: Database
  readonly clock: Clock
  /** Keys go to `keys/`, hash tiles and newest checkpoint of each log to a folder in `logs/`. */
  readonly folder: string
  /** The name of the key that signs checkpoints; made from it when left out. Never changed once something was signed. */
  readonly keyName?: string
  /** The class, and so the log, that receipts of an operation go to where their draft does not say; the organisation's rules unless told. */
  retentionOf?(tx: Tx, organisation: string, operation: string): RetentionClass | Promise<RetentionClass>
  /** About how many receipts one step of a prune or fold takes. */
  readonly stepReceipts?: number
  /** What bundles hold that other domains own. */
  readonly sources?: BundleSources
  /** Receipts that a bundle holds at most; more are denied, so that a bundle fits into memory. */
  readonly mostBundleReceipts?: number
  readonly mostBundleDocumentBytes?: number
  /** Rows of the graph that are there because of a run. */
  readonly written?: ProvenanceSources['written']
  /** Who cosigns checkpoints, and how many of them it takes. */
  readonly witnesses?: {
    readonly peers: readonly WitnessPeer[]
    readonly needed: number
    readonly times?: Partial<WitnessTimes>
    /** A log is not the one that a witness cosigned. */
    onConflict(conflict: WitnessConflict): void
  }
  /** How often the outbox is looked at when nobody calls. */
  readonly safetyMs?: number
  /** So many entries are read at start, of all logs together; of the others the last tiles are held against the checkpoint. */
  readonly verifiedUpTo?: number
  /** How old receipts must be, in milliseconds, before they are compacted; never by itself when left out. */
  readonly compactAfterMs?: number
  /** Entries of a block, a multiple of 256; share of the time that compaction works; calls that files are written with. */
  readonly blocks?: { readonly entries?: number; readonly share?: number; readonly files?: FileCalls }
  readonly onBatch?: (batch: Batch) => void
  /** What went wrong beside a request: a tile that could not be written, a store that did not answer. */
  readonly onFault?: (cause: unknown) => void
}

const pruneEveryMs = 60_000

/**
 * Opens the evidence log of this server and starts its integrator. Migrations have run before.
 *
 * @throws {Fault} when key, store and files do not belong together, or the log is not what was signed.
 */
export async function createEvidence(deps: EvidenceDeps) {
  const { database, clock, folder } = deps
  const onFault = deps.onFault ?? (() => {})
  const keys = await openKeyRing({
    database,
    folder,
    onFault,
    isNewLog: !(await hasCheckpoints(database.read)),
    ...(deps.keyName === undefined ? {} : { name: deps.keyName }),
  })
  const blockFiles = createBlockFiles(join(folder, 'blocks'), deps.blocks?.files)
  const archive = createArchive(blockFiles)
  keepArchive(database.read, archive)
  // Roots that retention keeps come first: they are not kept across sizes that outsiders hold, those of blocks are.
  const logArchive = joinLogArchives(prunedArchive, createBlockLogArchive(archive))
  const logs = await openLogs({
    database,
    keys,
    folder,
    archive: logArchive,
    onFault,
    ...(deps.verifiedUpTo === undefined ? {} : { verifiedUpTo: deps.verifiedUpTo }),
  })
  const listeners = new Set<() => void>()
  const integrator = createIntegrator({
    database,
    logs,
    keys,
    clock,
    safetyMs: deps.safetyMs ?? 1_000,
    onFault,
    onBatch(batch) {
      deps.onBatch?.(batch)
      for (const listener of listeners) listener()
    },
  })
  const saltKeys = createSaltKeys(database.read)
  const access = createLogsAccess({ database, keys, logs, integrator })
  const witnessing = createWitnessing({
    database,
    clock,
    logs: access.all,
    onAdvance: access.onAdvance,
    rotations: access.rotations,
    onFault,
    ...(deps.witnesses ?? { peers: [], needed: 0, onConflict: () => {} }),
  })
  const compaction = await createCompaction({
    database,
    files: blockFiles,
    archive,
    clock,
    logs: access,
    entries: deps.blocks?.entries,
    share: deps.blocks?.share,
    afterMs: deps.compactAfterMs,
    onFault,
  })
  const sources = deps.sources ?? noSources
  const bundleDeps = {
    database,
    clock,
    logs: access,
    sources,
    mostReceipts: deps.mostBundleReceipts ?? 100_000,
    mostDocumentBytes: deps.mostBundleDocumentBytes ?? 2 ** 28,
    cosigned: witnessing.cosigned,
  }
  const bundles = createBundleWriter(bundleDeps)
  const retention = createRetention({
    database,
    sources,
    logsOf: access.of,
    sealed: createSealedReceipts(archive, compaction),
    onFault,
    ...(deps.stepReceipts === undefined ? {} : { stepReceipts: deps.stepReceipts }),
  })
  const rotation = createKeyRotation({ logs, keys, onFault })
  const checkpointPruning = startCheckpointPruning({ database, logs, everyMs: pruneEveryMs, onFault })
  const hasReceiptOf = createEverDone(clock)
  const registrations: readonly Registration[] = [
    listReceiptsHandler,
    readReceiptHandler(access),
    runProvenanceHandler({
      packages: (db, organisation, packages) => sources.packages(db, organisation, packages),
      written: deps.written ?? (() => Promise.resolve([])),
    }),
    readCheckpointHandler(access, witnessing),
    proveConsistencyHandler(access),
    readEntriesHandler(access),
    rotateKeyHandler(rotation),
    exportEvidenceHandler(bundles, access, sources),
    previewEvidenceHandler(bundleDeps),
    ...createHolds(sources),
    ...retention.registrations,
    compaction.handler,
  ]
  // What a crash left in the outbox.
  integrator.wake()

  return {
    /** Writes a receipt into the caller's transaction. Call {@link committed} once that is durable. */
    async record(tx: Tx, draft: ReceiptDraft): Promise<void> {
      const { user: subject } = draft.parts.actor
      assert(typeof subject === 'string', 'a receipt says who acted')
      const { organisation } = draft
      const scope = { organisation, subject, epoch: saltEpoch(draft.at) }
      const retention = await classOf(tx, draft)
      const encoded = encodeReceipt(draft, await saltKeys.forWriting(tx, scope), retention)
      await insertReceipt(tx, draft, encoded)
      const waiting = { organisation, retention, receiptId: draft.id, leafHash: leafHash(encoded.entry) }
      await addToOutbox(tx, waiting)
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
    /** Entries that have their place and are signed, of all logs together or of those of an organisation. */
    logSize: (organisation?: string): number =>
      logs
        .all()
        .filter((log) => organisation === undefined || log.facts.organisation === organisation)
        .reduce((sum, log) => sum + log.state().tree.size, 0),
    pendingCount: (): Promise<number> => countOutbox(database.read),
    /** Why the logs take no more receipts, when that is so: the server is not ready then. */
    fault: integrator.fault,
    /** What people give to those who verify. */
    get logKey(): string {
      return keys.vkey()
    },
    /** The key's name: origins of logs begin with it. */
    keyName: keys.name,
    /** The logs of an organisation, for those who read and prove. */
    logsOf: access.of,
    /** What is public of the log at an address such as `logs/5f3e9a01/short`; undefined for what there is not (yet). */
    published: {
      /** The newest checkpoint as a signed note. */
      async checkpoint(address: string): Promise<string | undefined> {
        return (await (await logs.at(address))?.refreshed())?.checkpoint.note
      },
      /** How the key that signs came to be the one it is: signed notes, oldest first. */
      rotations: access.rotations,
      /** The bytes at a C2SP tile path, such as `tile/0/000`. */
      async tile(address: string, path: string): Promise<Uint8Array | undefined> {
        const log = await logs.at(address)
        const known = await log?.tile(path)
        if (log === undefined || known !== undefined) return known
        // Another server may have signed it: what its checkpoint promises is served here too.
        await log.refreshed()
        return await log.tile(path)
      },
    },
    /** Hears that receipts were given their place by this server; what others place is found by looking. */
    onIntegrated(listener: () => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    /** Waits until these receipts have their place in the log; a {@link Fault} `log_pending` after `timeoutMs`. */
    integrated: access.integrated,
    /** What witnesses say of all logs together. */
    witnessed: witnessing.summary,
    /** What may be said of one log, and its newest checkpoint with enough cosignatures, to make proofs in. */
    claimsOf: witnessing.claims,
    cosigned: witnessing.cosigned,
    receiptOfRun,
    /** Whether anybody of the organisation ever asked for this operation, refused or not, as far as receipts go back. */
    hasReceiptOf,
    /** Rules of retention at work: what is due, and by whose rules. */
    retention: { dueForWork: retention.dueForWork, work: retention.work },
    /** Logs and their entries as feeds send them, in order and with what cannot be shown. */
    feed: { logs: feedLogs, items: readFeedItems },
    registrations,
    /** Where evidence keeps people, blocks included. */
    subjectPlaces: evidencePlaces(createSealedPeople({ archive, compaction, logsOf: access.of, onFault })),
    /** Seals what is older than an instant in full blocks, of one organisation or of all; says what stopped it. */
    compact: compaction.compact,
    /** Writes blocks anew in which receipts are pruned, folded or erased. */
    rewriteBlocks: compaction.rewrite,
    async close(): Promise<void> {
      await compaction.close()
      await witnessing.close()
      await checkpointPruning.close()
      await integrator.close()
      await rotation.settled()
      await logs.close()
    },
  }

  function classOf(tx: Tx, draft: ReceiptDraft): RetentionClass | Promise<RetentionClass> {
    const { operation } = draft.parts.subject
    if (isAboutEvidence(operation)) return 'long'
    if (draft.retention !== undefined) return draft.retention
    const { retentionOf = retention.classOf } = deps
    return retentionOf(tx, draft.organisation, String(operation))
  }
}
export type Evidence = Awaited<ReturnType<typeof createEvidence>>
