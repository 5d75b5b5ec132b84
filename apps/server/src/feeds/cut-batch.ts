import { hash } from 'node:crypto'
import type { Evidence, FeedItem, FeedLog, ReceiptFilter } from '../evidence/index.ts'
import type { Reader } from '../kernel/db/index.ts'
import { recordOf } from './feed-record.ts'
import type { BeforeGap, FeedRecord } from './feed-record.ts'

export interface BatchLimits {
  readonly entries: number
  readonly bytes: number
}

/** Records of one log in order, which are accepted or sent again together. */
export interface Batch {
  readonly log: FeedLog
  /** Half-open range of the log. */
  readonly from: number
  readonly to: number
  readonly records: readonly FeedRecord[]
  /** True when there is nothing in it but entries that the filter leaves out. */
  readonly onlyFiltered: boolean
}

export interface Cut {
  readonly organisation: string
  readonly log: FeedLog
  readonly from: number
  /** Entries below it came before the feed did. */
  readonly begin: number
  /** Entries below it are known to be filtered: they are told, and not read again. */
  readonly filteredTo?: number | undefined
  /** Where a batch ends that was begun before; the limits do not apply to it. */
  readonly to?: number | undefined
  readonly filter: ReceiptFilter
  readonly tlp: string
}

/** Cuts the next batch of a log: as many entries as the limits allow, one at least; undefined when there is none. */
export async function cutBatch(
  source: Evidence['feed'],
  db: Reader,
  cut: Cut,
  limits: BatchLimits,
): Promise<Batch | undefined> {
  const { log, from, organisation, filter } = cut
  if (from >= log.size) return undefined
  const items: (FeedItem | BeforeGap)[] = []
  let next = from
  // Told in one go however many they are: nothing is read for these.
  for (const [gap, to] of [
    ['before', Math.min(cut.begin, log.size)],
    ['filtered', cut.filteredTo ?? 0],
  ] as const) {
    if (to <= next) continue
    items.push({ kind: 'gap', gap, from: next, to })
    next = to
  }
  const last = Math.min(cut.to ?? next + limits.entries, log.size)
  if (last > next) {
    const read = await source.items(db, {
      organisation,
      log,
      from: next,
      to: last,
      filter,
      exact: cut.to !== undefined,
    })
    items.push(...joined(items.at(-1), read, () => items.pop()))
  }
  const records: FeedRecord[] = []
  let bytes = 0
  for (const item of items) {
    const record = recordOf(log, item, cut.tlp)
    bytes += record.json.length
    if (bytes > limits.bytes && records.length > 0 && cut.to === undefined) break
    records.push(record)
  }
  const to = records.at(-1)?.to ?? from
  const kept = items.slice(0, records.length)
  return {
    log,
    from,
    to,
    records,
    onlyFiltered: kept.every((item) => item.kind === 'gap' && item.gap === 'filtered'),
  }
}

/** What is filtered goes on over the seam between what was known and what is read. */
function joined(
  before: FeedItem | BeforeGap | undefined,
  read: readonly FeedItem[],
  take: () => void,
): readonly (FeedItem | BeforeGap)[] {
  const [first, ...rest] = read
  if (
    before?.kind !== 'gap' ||
    before.gap !== 'filtered' ||
    first?.kind !== 'gap' ||
    first.gap !== 'filtered'
  )
    return read
  take()
  return [{ ...first, from: before.from }, ...rest]
}

/** The same for the same range of the same feed, however often and from which server it is sent. */
export function batchId(feed: string, { log, from, to }: Pick<Batch, 'log' | 'from' | 'to'>): string {
  return hash('sha256', `${feed}\n${log.origin}\n${from}\n${to}`, 'hex').slice(0, 32)
}
