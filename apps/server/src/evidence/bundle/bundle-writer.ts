import { writeBundle } from '@switchboard/bundle'
import type { TrailerLog } from '@switchboard/bundle'
import { allow } from '@switchboard/api'
import type { Clock } from '../../kernel/clock.ts'
import { sha256Hex } from '../../kernel/canonical.ts'
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
import type { BundleOutcome, BundleScope } from './bundle-scope.ts'
import type { BundleSources } from './bundle-sources.ts'
import { createPlaces } from './places.ts'
import { planBundle } from './plan-bundle.ts'
import { forFile, prepareContent } from './prepare-bundle.ts'
import type { Content, PreparedLog } from './prepare-bundle.ts'
import type { Redaction } from './redaction.ts'

// A prepared bundle is in memory until its own receipt has its place, which takes milliseconds.
const mostPrepared = 8
const longestPreparedMs = 60_000
const mostHistory = 64
// Whoever exports waits so long for witnesses of each log; without them the bundle says that nobody saw its checkpoint.
const witnessPatienceMs = 3_000

interface Prepared extends Content {
  readonly scope: BundleScope
  readonly since: readonly number[]
}

export interface PreparedFacts {
  readonly manifestSha256: string
  readonly manifestBytes: number
  readonly receipts: number
  /** Names of documents that the manifest lists and the file does not hold. */
  readonly withheld: string[]
}

export interface FinishedBundle {
  readonly bytes: Buffer
  /** The signed checkpoint of each log inside, by origin. */
  readonly checkpoints: ReadonlyMap<string, string>
  /** That of the log which the export itself is in. */
  readonly checkpoint: string
}

interface Witnessed {
  readonly view: LogView
  /** The view's checkpoint, with cosignatures where there are any. */
  readonly note: string
}

export interface BundleWriterDeps {
  readonly database: Database
  readonly clock: Clock
  readonly logs: LogsAccess
  readonly sources: BundleSources
  /** Receipts that a bundle holds at most. */
  readonly mostReceipts: number
  readonly mostDocumentBytes: number
  /** The newest view that enough witnesses cosigned; waits until one has `atLeast` entries. */
  cosigned(log: LogAccess, atLeast: number, timeoutMs: number): Promise<Witnessed | undefined>
}

/**
 * Writes bundles in two steps, because a bundle holds the receipt of its own export: all but that receipt is prepared
 * before the gate commits it, and the rest once it has its place in the log.
 */
export function createBundleWriter(deps: BundleWriterDeps) {
  const { database, clock, logs } = deps
  const db: Reader = database.read
  const preparedByIntent = new Map<string, Prepared>()
  const places = createPlaces(mostPrepared)
  const leaving = new Map<string, () => void>()

  /** Prepares within one of few places, so that many exports at once wait and none takes away another's work. */
  async function prepare(
    intent: string,
    asked: { readonly scope: BundleScope; readonly redaction: Redaction; readonly since: readonly number[] },
  ): Promise<BundleOutcome<PreparedFacts>> {
    const leave = await places.enter()
    try {
      const facts = await prepareHere(intent, asked)
      if (!facts.ok) leave()
      else {
        // An export whose outcome is never committed must not keep its place for ever.
        const late = setTimeout(() => forget(intent), longestPreparedMs)
        late.unref()
        leaving.set(intent, () => {
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

  async function prepareHere(
    intent: string,
    asked: Parameters<typeof prepare>[1],
  ): Promise<BundleOutcome<PreparedFacts>> {
    const { scope, redaction, since } = asked
    const plan = await planBundle({ ...deps, db }, scope)
    if (!plan.ok) return plan
    const content = await prepareContent(
      { ...deps, db },
      { scope, plan: plan.value, redaction, createdAt: clock() },
    )
    if (!content.ok) return content
    const { manifest, groups, documents } = content.value
    preparedByIntent.set(intent, { ...content.value, scope, since })
    return allow({
      manifestSha256: sha256Hex(manifest),
      manifestBytes: manifest.length,
      receipts: groups.logs.reduce((sum, log) => sum + log.count, 0),
      withheld: documents.filter((document) => document.withheld === true).map((document) => document.name),
    })
  }

  /**
   * Adds the export's own receipt and the proofs.
   *
   * @param exportReceipt the outcome of the export whose intent was given to `prepare`.
   * @throws {Fault} `export_lost` when it was prepared by another process, or too long ago.
   */
  async function finish(organisation: string, exportReceipt: ReceiptId): Promise<FinishedBundle> {
    await logs.integrated([exportReceipt])
    const row = await findReceipt(db, organisation, exportReceipt)
    const prepared = preparedByIntent.get(row?.parent ?? '')
    const place = prepared?.logs.findIndex((log) => log.access.number === row?.log) ?? -1
    if (row === undefined || row.idx === null || prepared === undefined || place === -1) {
      throw new Fault('export_lost', `The bundle of receipt ${exportReceipt} is gone; export again.`, {
        retryable: true,
      })
    }
    forget(row.parent ?? '')
    const leaf = leafHash(row.entry)
    const own = { index: row.idx, hash: leaf }
    const open = prepared.redactor.openExport(row, await createReceiptOpener(db)(row))
    const trailers: TrailerLog[] = []
    for (const [at, log] of prepared.logs.entries()) {
      const leaves = at === place ? [...log.leaves, own] : log.leaves
      const isFixed = prepared.scope.kind === 'period' && at !== place
      const seen = await witnessed(
        log,
        isFixed ? log.view.checkpoint.size : (leaves.at(-1)?.index ?? 0) + 1,
        isFixed,
      )
      trailers.push(
        await log.access.prove((newest) => {
          const view = seen?.view ?? (isFixed ? log.view : newest)
          return trailerOf({ view, note: seen?.note ?? view.checkpoint.note }, { ...log, leaves }, prepared)
        }),
      )
    }
    const bytes = writeBundle({
      manifest: prepared.manifest,
      groups: prepared.groups.sections,
      documents: prepared.documents,
      export: { index: row.idx, entry: row.entry, leaf, parts: forFile(open), log: place },
      logs: trailers,
      rotations: await logs.rotations(),
    })
    for (const [at, log] of prepared.logs.entries())
      await log.access.publish(sizeIn(trailers[at]?.checkpoint ?? ''))
    return {
      bytes,
      checkpoint: trailers[place]?.checkpoint ?? '',
      checkpoints: new Map(
        prepared.logs.map((log, at) => [log.access.origin, trailers[at]?.checkpoint ?? '']),
      ),
    }
  }

  /**
   * The log as witnesses saw it, where they did in time. Where a period ends with a log, it ends with that log as it was
   * read (`isFixed`): an entry since then would be one that the bundle leaves out.
   */
  async function witnessed(
    { access }: PreparedLog,
    size: number,
    isFixed: boolean,
  ): Promise<Witnessed | undefined> {
    const seen = await deps.cosigned(access, size, witnessPatienceMs)
    return isFixed && seen?.view.checkpoint.size !== size ? undefined : seen
  }

  async function trailerOf(
    { view, note }: Witnessed,
    log: PreparedLog,
    { since, statements }: Prepared,
  ): Promise<TrailerLog> {
    const { size } = view.checkpoint
    const published = await listPublishedSizes(db, log.access.number, size, mostHistory)
    const sizes = [...new Set([...published, ...since])]
      .filter((each) => each < size)
      .toSorted((a, b) => a - b)
    const history: TrailerLog['history'][number][] = []
    for (const each of sizes) {
      const { root, hashes } = await proveConsistency(view, each)
      history.push({ proof: hashes, root, size: each })
    }
    const subtrees = statements
      .filter((statement) => statement.log === log.access.number)
      .flatMap((statement) => statement.ranges.flatMap((range) => range.subtrees))
    return { checkpoint: note, history, proof: await proveMany(view, log.leaves, subtrees) }
  }

  return { prepare, finish }
}
export type BundleWriter = ReturnType<typeof createBundleWriter>

function sizeIn(note: string): number {
  return Number(note.split('\n')[1])
}
