import type { Clock } from '../../kernel/clock.ts'
import { canonicalJson, sha256Hex } from '../../kernel/canonical.ts'
import type { Database, Reader } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import type { ReceiptId } from '../../kernel/ids.ts'
import type { LogAccess, LogsAccess } from '../log/log-access.ts'
import { listPublishedSizes } from '../log/log-store.ts'
import type { LogView } from '../log/log-view.ts'
import { proveConsistency, proveMany } from '../log/proofs.ts'
import { leafHash } from '../log/tree-hash.ts'
import { createReceiptOpener } from '../receipt/open-receipt.ts'
import { findReceipt } from '../receipt/receipt-store.ts'
import type { PlacedReceipt } from '../receipt/receipt-store.ts'
import { documentLine, receiptLine } from './bundle-lines.ts'
import type { Trailer } from './bundle-lines.ts'
import type { BundleDocument, BundleSources, PackageListing } from './bundle-sources.ts'
import { collectReceipts, rereadReceipts } from './collect-receipts.ts'
import type { Scope } from './collect-receipts.ts'
import { manifestLine } from './manifest.ts'
import { packagesIn } from './packages-in.ts'

// A prepared bundle is in memory until its own receipt has its place, which takes milliseconds.
const mostPrepared = 8
const longestPreparedMs = 60_000
const mostHistory = 64

interface Prepared {
  readonly lines: readonly string[]
  readonly leaves: readonly { readonly index: number; readonly hash: Uint8Array }[]
  readonly since: readonly number[]
}

export interface PreparedFacts {
  readonly manifestSha256: string
  readonly manifestBytes: number
  readonly receipts: number
}

export interface FinishedBundle {
  readonly bytes: Buffer
  readonly checkpoint: string
}

/**
 * Writes bundles in two steps, because a bundle holds the receipt of its own export: all but that receipt is prepared
 * before the gate commits it, and the rest once it has its place in the log.
 */
export function createBundleWriter(deps: {
  readonly database: Database
  readonly clock: Clock
  readonly logs: LogsAccess
  readonly sources: BundleSources
}) {
  const { database, clock, logs, sources } = deps
  const db: Reader = database.read
  const preparedByIntent = new Map<string, Prepared>()
  const places = createPlaces(mostPrepared)
  const leaving = new Map<string, () => void>()

  /** Prepares within one of few places, so that many exports at once wait and none takes away another's work. */
  async function prepare(scope: Scope, since: readonly number[]): Promise<PreparedFacts | undefined> {
    const leave = await places.enter()
    try {
      const facts = await prepareHere(scope, since)
      if (facts === undefined) leave()
      else {
        // An export whose outcome is never committed must not keep its place for ever.
        const late = setTimeout(() => forget(scope.exportIntent), longestPreparedMs)
        late.unref()
        leaving.set(scope.exportIntent, () => {
          clearTimeout(late)
          leave()
        })
      }
      return facts
    } catch (error) {
      leave()
      throw error
    }
  }

  function forget(intent: string): void {
    preparedByIntent.delete(intent)
    leaving.get(intent)?.()
    leaving.delete(intent)
  }

  /** @returns undefined when the scope holds too many receipts. */
  async function prepareHere(scope: Scope, since: readonly number[]): Promise<PreparedFacts | undefined> {
    const collected = await collectReceipts(db, scope)
    if (collected === undefined) return undefined
    const log = await standardLog(scope.organisation, scope.exportIntent)
    const receipts = await placedInOrder(scope.organisation, log, collected)
    const packages = packagesIn(receipts)
    const runs = new Set(receipts.flatMap((row) => row.run ?? []))
    const listed = await sources.packages(db, scope.organisation, packages)
    const documents = inOrder(
      await sources.documents(db, {
        organisation: scope.organisation,
        packages,
        runs: [...runs],
        ...(scope.case === undefined ? {} : { case: scope.case }),
      }),
    )
    const leaves = receipts.map((row) => ({ index: row.idx, hash: leafHash(row.entry) }))
    const manifest = manifestLine({
      kind: scope.case === undefined ? 'period' : 'case',
      scope: { ...(scope.case === undefined ? {} : { case: scope.case }), ...scope.period },
      origin: log.origin,
      createdAt: clock(),
      receipts,
      leafHashes: leaves.map((leaf) => leaf.hash),
      marketplace: packages.map(
        (ref) => listed.find((each) => each.digest === ref.digest) ?? { ...ref, ...forgotten },
      ),
      documents,
    })
    const open = createReceiptOpener(db)
    const lines = [manifest]
    for (const row of receipts) lines.push(receiptLine('receipt', row, row.idx, await open(row)))
    for (const document of documents) lines.push(documentLine(document))
    preparedByIntent.set(scope.exportIntent, { lines, leaves, since })
    return {
      manifestSha256: sha256Hex(manifest),
      manifestBytes: Buffer.byteLength(manifest, 'utf8'),
      receipts: receipts.length,
    }
  }

  /** Version 1 knows one log. The intent of the export is in it, so that it exists by then. */
  async function standardLog(organisation: string, exportIntent: string): Promise<LogAccess> {
    await logs.integrated([exportIntent])
    const log = (await logs.of(organisation)).find((each) => each.class === 'standard')
    if (log === undefined) throw new Fault('log_pending', 'The evidence log is empty.', { retryable: true })
    return log
  }

  async function placedInOrder(organisation: string, log: LogAccess, rows: readonly PlacedReceipt[]) {
    const pending = rows.filter((row) => row.idx === null).map((row) => row.id)
    await logs.integrated(pending)
    const now = await rereadReceipts(db, organisation, pending)
    return [...rows.filter((row) => row.idx !== null), ...now]
      .filter((row) => row.log === log.number)
      .map(withIndex)
      .toSorted((a, b) => a.idx - b.idx)
  }

  /**
   * Adds the export's own receipt and the proof.
   *
   * @param exportReceipt the outcome of the export whose intent was given to `prepare`.
   * @throws {Fault} `export_lost` when it was prepared by another process, or too long ago.
   */
  async function finish(organisation: string, exportReceipt: ReceiptId): Promise<FinishedBundle> {
    await logs.integrated([exportReceipt])
    const row = await findReceipt(db, organisation, exportReceipt)
    const prepared = preparedByIntent.get(row?.parent ?? '')
    if (row === undefined || prepared === undefined) {
      throw new Fault('export_lost', `The bundle of receipt ${exportReceipt} is gone; export again.`, {
        retryable: true,
      })
    }
    forget(row.parent ?? '')
    const placed = withIndex(row)
    const open = createReceiptOpener(db)
    const ownLine = receiptLine('export', placed, placed.idx, await open(placed))
    const leaves = [...prepared.leaves, { index: placed.idx, hash: leafHash(placed.entry) }]
    const log = await logs.find(placed.log)
    const trailer = await log.prove((view) => trailerOf(log, view, leaves, prepared.since))
    await log.publish(trailer.size)
    const text = `${[...prepared.lines, ownLine, canonicalJson(trailer.line)].join('\n')}\n`
    return { bytes: Buffer.from(text, 'utf8'), checkpoint: trailer.line.checkpoint }
  }

  async function trailerOf(
    log: LogAccess,
    view: LogView,
    leaves: Prepared['leaves'],
    since: readonly number[],
  ): Promise<{ readonly line: Trailer; readonly size: number }> {
    const { size, note } = view.checkpoint
    const published = await listPublishedSizes(db, log.number, size, mostHistory)
    const sizes = [...new Set([...published, ...since])]
      .filter((each) => each < size)
      .toSorted((a, b) => a - b)
    const history: Trailer['history'][number][] = []
    for (const each of sizes) {
      const { root, hashes } = await proveConsistency(view, each)
      history.push({ proof: hashes.map(base64), root: base64(root), size: each })
    }
    const proof = (await proveMany(view, leaves)).map(base64)
    return { line: { checkpoint: note, history, proof }, size }
  }

  return { prepare, finish }
}
export type BundleWriter = ReturnType<typeof createBundleWriter>

/** So many at once; who comes later waits, first come first served. */
function createPlaces(count: number) {
  const waiting: (() => void)[] = []
  let free = count
  return {
    async enter(): Promise<() => void> {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      let left = false
      return () => {
        if (left) return
        left = true
        const next = waiting.shift()
        if (next === undefined) free += 1
        else next()
      }
    },
  }
}

/** Of a package that was purged: its receipts stay, who published it is no longer known. */
const forgotten: Pick<PackageListing, 'publisher' | 'keyId'> = { publisher: 'unknown', keyId: 'unknown' }

function withIndex(row: PlacedReceipt): PlacedReceipt & { readonly log: number; readonly idx: number } {
  if (row.log === null || row.idx === null)
    throw new Fault('log_pending', `Receipt ${row.id} has no place yet.`, { retryable: true })
  return { ...row, log: row.log, idx: row.idx }
}

function inOrder(documents: readonly BundleDocument[]): readonly BundleDocument[] {
  const byName = new Map(documents.map((document) => [document.name, document]))
  return [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

const base64 = (hash: Uint8Array): string => Buffer.from(hash).toString('base64')
