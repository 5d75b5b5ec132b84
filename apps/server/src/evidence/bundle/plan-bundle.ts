import { allow, deny, evidenceDenials } from '@switchboard/api'
import type { Reader } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import type { LogAccess, LogsAccess } from '../log/log-access.ts'
import type { LogView } from '../log/log-view.ts'
import type { Range } from '../log/proof-ranges.ts'
import { retentionClasses } from '../log/retention-class.ts'
import {
  boundsOfEntries,
  extentsOfPeriod,
  pendingOfPeriod,
  receiptsOfRange,
} from '../receipt/receipt-ranges.ts'
import { isFolded } from '../retention/folded.ts'
import { findReceipts } from '../receipt/receipt-store.ts'
import type { PlacedReceipt } from '../receipt/receipt-store.ts'
import { readStatements } from './statements.ts'
import type { Statement } from './statements.ts'
import type { BundleOutcome, BundleScope } from './bundle-scope.ts'
import { collectReceipts, rereadReceipts } from './collect-receipts.ts'
import { completeRange } from './complete-ranges.ts'

/** A receipt of which only the fixed fields and the leaf hash are left. */
export interface FoldedEntry {
  readonly index: number
  /** Bytes 4 to 111 of the entry. */
  readonly fixed: Uint8Array
  readonly leaf: Uint8Array
}

export type PlacedRow = PlacedReceipt & { readonly log: number; readonly idx: number }

/** What a bundle shows of one log. */
export interface PlannedLog {
  readonly access: LogAccess
  /** The log as it was when its receipts were read. */
  readonly view: LogView
  /** Ascending; nothing else of these ranges is left in the log. */
  readonly complete: readonly Range[]
  readonly rows: readonly PlacedRow[]
  readonly folded: readonly FoldedEntry[]
}

export interface Plan {
  /** In the order of the manifest. */
  readonly logs: readonly PlannedLog[]
  readonly statements: readonly Statement[]
  /** Whether a receipt is there only to show where a period ends, so that nothing of it is opened. */
  isGuard(row: PlacedRow): boolean
}

const fixedAt = 4

export interface PlanDeps {
  readonly db: Reader
  readonly logs: LogsAccess
  readonly mostReceipts: number
}

/** Reads the receipts of a bundle, each with its place. */
export async function planBundle(deps: PlanDeps, scope: BundleScope): Promise<BundleOutcome<Plan>> {
  return scope.kind === 'period' ? await planPeriod(deps, scope) : await planCollection(deps, scope)
}

async function planCollection(
  { db, logs, mostReceipts }: PlanDeps,
  scope: Exclude<BundleScope, { kind: 'period' }>,
): Promise<BundleOutcome<Plan>> {
  const collected = await collectReceipts(db, scope, mostReceipts)
  if (collected === undefined) return deny(evidenceDenials, 'bundle_too_large', { most: mostReceipts })
  // A folded range is shown whole or not at all, and of a folded receipt nobody knows any more what it was about.
  const left = collected.filter((row) => !isFolded(row))
  const rows = await placedInOrder({ db, logs }, scope.organisation, left)
  const planned: PlannedLog[] = []
  for (const [log, ofLog] of Map.groupBy(rows, (row) => row.log)) {
    const access = await logs.find(log)
    planned.push({ access, view: await viewOf(access), complete: [], rows: ofLog, folded: [] })
  }
  return allow({ logs: inOrder(planned), statements: [], isGuard: () => false })
}

async function planPeriod(
  deps: PlanDeps,
  scope: Extract<BundleScope, { kind: 'period' }>,
): Promise<BundleOutcome<Plan>> {
  const { db, logs, mostReceipts } = deps
  const { organisation, period, exportIntent } = scope
  const pending = await pendingOfPeriod(db, { organisation, ...period })
  await logs.integrated(exportIntent === undefined ? pending : [...pending, exportIntent])
  const own = await logs.of(organisation)
  const extents = await extentsOfPeriod(db, { organisation, ...period })
  const foreign = [...extents.keys()].find((log) => own.every((each) => each.number !== log))
  if (foreign !== undefined) return await sharedDenial(db, organisation, foreign, 0)

  const all = await readStatements(db, organisation)
  const planned: PlannedLog[] = []
  const statements = new Set<Statement>()
  let left = mostReceipts
  for (const access of own) {
    const view = await access.newest()
    if (view === undefined) continue
    const about = { organisation, log: access.number }
    const { size } = view.checkpoint
    const extent = extents.get(access.number)
    const range = await completeRange(db, { ...about, size, period, extent, statements: all })
    const touching = all.filter(
      (each) =>
        each.log === access.number && each.ranges.some(({ from, to }) => from < range.to && to > range.from),
    )
    for (const statement of touching) statements.add(statement)
    const rows = await receiptsOfRange(db, { ...about, ...range, limit: left + 1 })
    left -= rows.length
    if (left < 0) return deny(evidenceDenials, 'bundle_too_large', { most: mostReceipts })
    const missing = firstMissing(range, rows, touching)
    if (missing !== undefined) {
      if (missing < access.sharedBelow)
        return await sharedDenial(db, organisation, access.number, access.sharedBelow)
      const detail = `Entry ${missing} of the log ${access.origin} is neither stored nor said to be pruned.`
      throw new Fault('log_altered', detail, { retryable: false })
    }
    planned.push({ access, view, complete: [range], ...split(rows.map(withPlace)) })
  }

  // What vouches for what was pruned and folded, and what they and the export belong to.
  const needed = [...statements].map((statement) => statement.receipt)
  const shown = new Set(planned.flatMap(({ rows }) => rows.map((row) => row.id)))
  const vouching = await rereadReceipts(db, organisation, needed)
  const parents = [exportIntent, ...vouching.map((row) => row.parent)].flatMap((id) => id ?? [])
  const extra = [...vouching, ...(await findReceipts(db, organisation, parents))].filter(
    (row) => !shown.has(row.id),
  )
  const outside = new Set([...needed, ...parents])
  return allow({
    logs: withRows(planned, extra.map(withPlace)),
    statements: [...statements],
    isGuard: (row) => (row.at < period.fromAt || row.at >= period.toAt) && !outside.has(row.id),
  })
}

function split(rows: readonly PlacedRow[]): Pick<PlannedLog, 'rows' | 'folded'> {
  return {
    rows: rows.filter((row) => !isFolded(row)),
    folded: rows.filter(isFolded).map((row) => ({
      index: row.idx,
      fixed: row.entry.subarray(fixedAt),
      leaf: row.leaf_hash ?? new Uint8Array(),
    })),
  }
}

/** The first index of a range that nothing accounts for. */
function firstMissing(
  range: Range,
  rows: readonly PlacedReceipt[],
  statements: readonly Statement[],
): number | undefined {
  const there = new Set(rows.map((row) => row.idx))
  const pruned = statements
    .filter((statement) => statement.kind === 'prune')
    .flatMap((statement) => statement.ranges)
    .toSorted((a, b) => a.from - b.from)
  for (let index = range.from; index < range.to; index += 1) {
    if (there.has(index)) continue
    const gap = pruned.find(({ from, to }) => index >= from && index < to)
    if (gap === undefined) return index
    index = gap.to - 1
  }
  return undefined
}

/** A log from before there was one for each organisation cannot be shown to be complete without showing others' entries. */
async function sharedDenial(
  db: Reader,
  organisation: string,
  log: number,
  sharedBelow: number,
): Promise<BundleOutcome<never>> {
  const { first, newest } = await boundsOfEntries(db, { organisation, log, from: sharedBelow })
  const until = sharedBelow === 0 ? newest : first
  return deny(evidenceDenials, 'period_shared', { until: (until ?? 0) + 1 })
}

async function placedInOrder(
  { db, logs }: Pick<PlanDeps, 'db' | 'logs'>,
  organisation: string,
  rows: readonly PlacedReceipt[],
): Promise<readonly PlacedRow[]> {
  const pending = rows.filter((row) => row.idx === null).map((row) => row.id)
  await logs.integrated(pending)
  const now = await rereadReceipts(db, organisation, pending)
  return [...rows.filter((row) => row.idx !== null), ...now].map(withPlace).toSorted((a, b) => a.idx - b.idx)
}

function withPlace(row: PlacedReceipt): PlacedRow {
  if (row.idx === null || row.log === null)
    throw new Fault('log_pending', `Receipt ${row.id} has no place yet.`, { retryable: true })
  return { ...row, idx: row.idx, log: row.log }
}

function withRows(planned: readonly PlannedLog[], extra: readonly PlacedRow[]): readonly PlannedLog[] {
  const byId = new Map(extra.map((row) => [row.id, row]))
  return planned.map((log) => ({
    ...log,
    rows: [...log.rows, ...byId.values().filter((row) => row.log === log.access.number)].toSorted(
      (a, b) => a.idx - b.idx,
    ),
  }))
}

function inOrder(planned: readonly PlannedLog[]): readonly PlannedLog[] {
  const place = ({ access }: PlannedLog) => retentionClasses.indexOf(access.class)
  return planned.toSorted((a, b) => place(a) - place(b) || a.access.number - b.access.number)
}

async function viewOf(access: LogAccess): Promise<LogView> {
  const view = await access.newest()
  if (view === undefined)
    throw new Fault('log_pending', `The log ${access.origin} is empty.`, { retryable: true })
  return view
}
