import type { Reader } from '../../kernel/db/index.ts'
import type { LegalHoldRow } from '../holds/hold-store.ts'
import { tileWidth } from '../log/growing-tree.ts'
import type { Range } from '../log/proof-ranges.ts'
import { isFolded } from './folded.ts'
import { keptAmong } from './kept-receipts.ts'
import type { LoggedReceipt } from './logged-receipt.ts'
import { statedRanges } from './retention-store.ts'
import type { RetentionAction } from './rules.ts'
import type { SealedReceipts } from './sealed-receipts.ts'

/** Entries looked at in one query. */
const pageEntries = 2_048
/** To write a block anew costs the same for one receipt as for all. */
const mostSealed = 65_536

export interface DueQuestion {
  readonly organisation: string
  readonly log: number
  readonly action: RetentionAction
  /** Receipts from before that moment. */
  readonly before: number
  /** Of this case alone. */
  readonly case?: string | undefined
  readonly holds: readonly Pick<LegalHoldRow, 'id' | 'case_id'>[]
  /** The signed size of the log. */
  readonly size: number
  /** Where to look. */
  readonly within: Range
  readonly sealed?: SealedReceipts | undefined
  /** About so many are taken out of rows, or as many as a block has out of blocks: a page, or a folded range, is never parted. */
  readonly most: number
  /** About so many entries are looked at. */
  readonly mostSeen: number
}

export interface Due {
  /** What may go, ascending. */
  readonly receipts: readonly LoggedReceipt[]
  /** Holds, and how many receipts of age each of them keeps. */
  readonly held: ReadonlyMap<string, number>
  readonly heldReceipts: number
  /** Receipts of age that are kept because something is under way. */
  readonly open: number
  /** Where the look ended. */
  readonly end: number
  /** Whether there is more behind it. */
  readonly more: boolean
  /** When the oldest was that is not of age, of those seen. */
  readonly nextAt: number | undefined
}

/** The receipts of a log that are of age and that nothing keeps, from the lowest index on. */
export async function findDue(db: Reader, question: DueQuestion): Promise<Due> {
  const { organisation, action, before, holds, sealed, most, mostSeen } = question
  // The hashes of the last tile are still needed one by one.
  const limit = action === 'prune' ? question.size - (question.size % tileWidth) : question.size
  const end = Math.min(question.within.to, limit)
  const folds = action === 'prune' ? await statedRanges(db, question.log, 'fold', question.within) : []
  const isInsideFold = (index: number) => folds.some((fold) => fold.from < index && index < fold.to)
  const due: LoggedReceipt[] = []
  const held = new Map<string, number>()
  let [heldReceipts, open, seen, at] = [0, 0, 0, question.within.from]
  let nextAt: number | undefined
  let weight = 0
  while (at < end && ((weight < 1 && seen < mostSeen) || isInsideFold(at))) {
    const range = { from: at, to: Math.min(at + pageEntries, end) }
    const page = await readPage(db, question, range)
    const old = page.filter(
      (row) => row.at < before && row.organisation === organisation && (action === 'prune' || !isFolded(row)),
    )
    const mine = question.case === undefined ? old : await onlyOfCase(db, question, old, question.case)
    const kept = await keptAmong(db, organisation, mine, { holds, before, sealed })
    for (const row of mine) {
      const why = kept.get(row.id)
      if (why === undefined) {
        due.push(row)
        weight += 1 / (row.isSealed ? mostSealed : most)
      } else if (why.holds.length > 0) heldReceipts += 1
      else open += 1
      for (const hold of why?.holds ?? []) held.set(hold, (held.get(hold) ?? 0) + 1)
    }
    const young = page.filter((row) => row.at >= before && row.organisation === organisation)
    for (const row of young) nextAt = Math.min(nextAt ?? row.at, row.at)
    seen += page.length
    // Entries are nearly in the order of their time: past a page of young ones nothing of age is looked for.
    const isOver = young.length === range.to - range.from
    at = isOver ? end : range.to
  }
  const going = wholeFolds(due, folds)
  return { receipts: going, held, heldReceipts, open, end: at, more: at < end, nextAt }
}

/** A folded range is proved as a whole: all of it goes, or nothing. */
function wholeFolds(due: readonly LoggedReceipt[], folds: readonly Range[]): readonly LoggedReceipt[] {
  if (folds.length === 0) return due
  const going = new Set(due.map((row) => row.idx))
  for (const fold of folds) {
    const indices = Array.from({ length: fold.to - fold.from }, (_, at) => fold.from + at)
    if (indices.every((index) => going.has(index))) continue
    for (const index of indices) going.delete(index)
  }
  return due.filter((row) => going.has(row.idx))
}

async function onlyOfCase(
  db: Reader,
  { organisation, sealed }: DueQuestion,
  receipts: readonly LoggedReceipt[],
  caseId: string,
): Promise<readonly LoggedReceipt[]> {
  // What a hold on the case would keep is what is of the case.
  const holds = [{ id: 'hold_of_the_question', case_id: caseId } as const]
  const of = await keptAmong(db, organisation, receipts, { holds, sealed, before: Infinity })
  return receipts.filter((row) => (of.get(row.id)?.holds.length ?? 0) > 0)
}

async function readPage(
  db: Reader,
  { log, sealed }: DueQuestion,
  { from, to }: Range,
): Promise<readonly LoggedReceipt[]> {
  const rows = await db
    .selectFrom('log_entries')
    .innerJoin('receipts', 'receipts.id', 'log_entries.receipt_id')
    .select(['log_entries.idx', 'log_entries.leaf_hash'])
    .select([
      'receipts.id',
      'receipts.organisation',
      'receipts.parent',
      'receipts.phase',
      'receipts.at',
      'receipts.operation',
      'receipts.package',
      'receipts.case_id',
      'receipts.run',
      'receipts.entry',
    ])
    .where('log_entries.log', '=', log)
    .where('log_entries.idx', '>=', from)
    .where('log_entries.idx', '<', to)
    .orderBy('log_entries.idx')
    .execute()
  const inRows = rows.map((row) => ({ ...row, isSealed: false }))
  if (sealed === undefined || rows.length === to - from) return inRows
  const known = new Set(rows.map((row) => row.idx))
  const inBlocks = (await sealed.range(db, log, { from, to })).filter((row) => !known.has(row.idx))
  return inBlocks.length === 0 ? inRows : [...inRows, ...inBlocks].toSorted((a, b) => a.idx - b.idx)
}
