import type { Reader } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import { listLogs, newestCheckpoint } from '../log/log-store.ts'
import { createReceiptOpener } from '../receipt/open-receipt.ts'
import { countsOf } from '../receipt/entry.ts'
import type { Part, PartName } from '../receipt/receipt-draft.ts'
import { passesFilter } from '../receipt/receipt-filter.ts'
import type { ReceiptFilter } from '../receipt/receipt-filter.ts'
import { findReceipts, receiptIdsOfLog } from '../receipt/receipt-store.ts'
import type { PlacedReceipt } from '../receipt/receipt-store.ts'
import { isFolded } from '../retention/folded.ts'
import { statementsOver } from '../retention/retention-store.ts'
import { sentenceOf } from '../sentence.ts'

/** A log of an organisation, as far as it is signed. */
export interface FeedLog {
  readonly number: number
  readonly origin: string
  readonly size: number
}

/** A receipt in its place, with the parts that can still be opened, each held against what the log committed to. */
export interface FeedReceipt {
  readonly id: string
  /** Leaf hash in hexadecimal. */
  readonly leaf: string
  readonly row: Pick<
    PlacedReceipt,
    'at' | 'phase' | 'decision' | 'operation' | 'level' | 'trace' | 'parent' | 'organisation'
  >
  readonly counts: ReturnType<typeof countsOf>
  readonly parts: Readonly<Partial<Record<PartName, Part>>>
  readonly sentence: string
}

/** Why entries of a log are not shown. */
export type GapReason =
  /** Gone, by a statement. */
  | 'pruned'
  /** Only fixed fields and leaf hash are left, by a statement. */
  | 'folded'
  /** The key of the salts is destroyed: what the receipt said cannot be shown any more. */
  | 'erased'
  /** Of another organisation, in a log from before each had its own. */
  | 'foreign'
  /** What is stored is not what was logged. */
  | 'altered'
  /** Not among those asked for. */
  | 'filtered'

export type FeedItem =
  | { readonly kind: 'receipt'; readonly index: number; readonly receipt: FeedReceipt }
  | {
      readonly kind: 'gap'
      readonly gap: GapReason
      /** Half-open. */
      readonly from: number
      readonly to: number
      /** The receipt of the prune or the fold. */
      readonly statement?: string
      /** Of one entry whose place is known although its content is not. */
      readonly id?: string
      readonly leaf?: string
    }

/** The logs of an organisation, each as far as it is signed; the log of a store from before may hold entries of others. */
export async function feedLogs(db: Reader, organisation: string): Promise<readonly FeedLog[]> {
  const logs: FeedLog[] = []
  for (const { number, origin } of await listLogs(db, organisation)) {
    const newest = await newestCheckpoint(db, number)
    if (newest !== undefined) logs.push({ number, origin, size: newest.size })
  }
  return logs
}

/**
 * The entries [from, to) of a log, in order and without holes: what cannot be shown is told as a gap with its reason.
 * Gaps of the same kind that touch are one.
 */
export async function readFeedItems(
  db: Reader,
  {
    organisation,
    log,
    from,
    to,
    filter = {},
    exact = false,
  }: {
    readonly organisation: string
    readonly log: FeedLog
    readonly from: number
    readonly to: number
    readonly filter?: ReceiptFilter
    /** Otherwise what was pruned is told in one go, past `to` too: it may be millions. */
    readonly exact?: boolean
  },
): Promise<readonly FeedItem[]> {
  const placed = await receiptIdsOfLog(db, log.number, from, to)
  const rows = await findReceipts(db, organisation, [...placed.values()])
  const byId = new Map(rows.map((row) => [row.id, row]))
  const open = createReceiptOpener(db)
  const statements = await statementsOver(db, log.number, { from, to })
  const items: FeedItem[] = []
  for (let index = from; index < to; index += 1) {
    const id = placed.get(index)
    const row = id === undefined ? undefined : byId.get(id)
    add(items, await itemOf(row, index))
  }
  const last = items.at(-1)
  const pruned = statements.findLast((one) => one.action === 'prune' && one.from < to && one.to > to)
  const isCut = last?.kind === 'gap' && last.gap === 'pruned' && last.statement === pruned?.statement
  if (!exact && isCut && pruned !== undefined)
    items[items.length - 1] = { ...last, to: Math.min(pruned.to, log.size) }
  return items

  async function itemOf(row: PlacedReceipt | undefined, index: number): Promise<FeedItem> {
    const gap = (reason: GapReason): FeedItem => ({
      kind: 'gap',
      gap: reason,
      from: index,
      to: index + 1,
      ...statementOf(reason),
    })
    const statementOf = (reason: GapReason): { statement?: string } => {
      const action = reason === 'pruned' ? 'prune' : reason === 'folded' ? 'fold' : undefined
      const said = statements.find((one) => one.action === action && one.from <= index && index < one.to)
      return said === undefined ? {} : { statement: said.statement }
    }
    if (row === undefined) return gap(placed.has(index) ? 'foreign' : 'pruned')
    if (!passesFilter(filter, row)) return gap('filtered')
    if (isFolded(row)) return gap('folded')
    const known = { id: row.id, leaf: Buffer.from(row.leaf_hash ?? []).toString('hex') }
    let opened
    try {
      opened = await open(row)
    } catch (error) {
      if (error instanceof Fault && error.code === 'receipt_altered') return { ...gap('altered'), ...known }
      throw error
    }
    if (Object.keys(opened).length === 0) return { ...gap('erased'), ...known }
    const parts = Object.fromEntries(
      Object.entries(opened).map(([name, { json }]) => [name, JSON.parse(json) as Part]),
    )
    return {
      kind: 'receipt',
      index,
      receipt: { ...known, row, counts: countsOf(row.entry), parts, sentence: sentenceOf(row) },
    }
  }
}

/** Gaps of one kind and one statement that touch become one; those that name their entry stay apart. */
function add(items: FeedItem[], item: FeedItem): void {
  const last = items.at(-1)
  if (
    item.kind === 'gap' &&
    last?.kind === 'gap' &&
    last.gap === item.gap &&
    last.statement === item.statement &&
    last.id === undefined &&
    item.id === undefined
  )
    items[items.length - 1] = { ...last, to: item.to }
  else items.push(item)
}
