import type { FeedItem, FeedLog, FeedReceipt } from '../evidence/index.ts'
import { canonicalJson } from '../kernel/canonical.ts'
import { tlpsWithin } from '../kernel/tlp.ts'

/** The version of the records below; docs/reference/feed.md is their description, and members are added, never changed. */
const version = 1

/** A record longer than this is told as a gap: receivers of syslog cut what is longer, and half a record is none. */
export const longestRecord = 65_536

export interface FeedRecord {
  readonly kind: 'receipt' | 'withheld' | 'gap' | 'test'
  /** One line of canonical JSON in printable ASCII: everything else is escaped, so that no receiver can take it for something else. */
  readonly json: string
  /** Half-open range of the log that it speaks of. */
  readonly from: number
  readonly to: number
  readonly id?: string
  readonly decision?: string
  readonly operation?: string
  readonly gap?: string
  /** When it happened; absent where that is not known. */
  readonly at?: number
}

/** What is sent of one entry, or of a range of entries that cannot be shown. */
export function recordOf(log: FeedLog, item: FeedItem | BeforeGap, mostTlp: string): FeedRecord {
  if (item.kind === 'gap') return gapRecord(log, item)
  const { index, receipt } = item
  const place = { from: index, to: index + 1, id: receipt.id }
  const tlp = receipt.parts.place?.['tlp']
  // Unmarked is free; a marking that nobody knows is the strictest.
  const shown = tlp === undefined || (typeof tlp === 'string' && tlpsWithin(mostTlp).includes(tlp))
  if (!shown) {
    const { id, leaf } = receipt
    return {
      kind: 'withheld',
      ...place,
      json: line({ kind: 'withheld', v: version, log: log.origin, index, id, leaf, reason: 'tlp' }),
    }
  }
  const json = line(bodyOf(log, index, receipt))
  if (json.length > longestRecord) {
    const { id, leaf } = receipt
    return gapRecord(log, { kind: 'gap', gap: 'too_large', from: index, to: index + 1, id, leaf })
  }
  const { decision, operation, at } = receipt.row
  return { kind: 'receipt', ...place, json, decision, operation, at }
}

/** Gaps that the feed itself makes: what came before it began, and what is too long for a record. */
export interface BeforeGap {
  readonly kind: 'gap'
  readonly gap: 'before' | 'too_large'
  readonly from: number
  readonly to: number
  readonly statement?: string
  readonly id?: string
  readonly leaf?: string
}

function gapRecord(log: FeedLog, item: Extract<FeedItem, { kind: 'gap' }> | BeforeGap): FeedRecord {
  const { gap, from, to, statement, id, leaf } = item
  return {
    kind: 'gap',
    from,
    to,
    gap,
    ...(id === undefined ? {} : { id }),
    json: line({ kind: 'gap', v: version, log: log.origin, gap, from, to, statement, id, leaf }),
  }
}

function bodyOf(log: FeedLog, index: number, { id, leaf, row, counts, parts, sentence }: FeedReceipt) {
  return {
    kind: 'receipt',
    v: version,
    log: log.origin,
    index,
    id,
    leaf,
    time: new Date(row.at).toISOString(),
    phase: row.phase,
    decision: row.decision,
    operation: row.operation,
    level: row.level,
    organisation: row.organisation,
    trace: row.trace,
    parent: row.parent ?? undefined,
    ...parts,
    counts: {
      calls: counts.calls,
      rows: counts.rows,
      bytesIn: Number(counts.bytesIn),
      bytesOut: Number(counts.bytesOut),
      wallMicros: Number(counts.wallMicros),
      cpuMicros: Number(counts.cpuMicros),
      costMicros: Number(counts.costMicros),
    },
    sentence,
  }
}

/** Says nothing of any receipt. */
export function testRecord(feed: string, at: number): FeedRecord {
  const time = new Date(at).toISOString()
  return { kind: 'test', from: 0, to: 0, at, json: line({ kind: 'test', v: version, feed, time }) }
}

function line(value: Readonly<Record<string, unknown>>): string {
  return canonicalJson(withoutAbsent(value)).replaceAll(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function withoutAbsent(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
}
