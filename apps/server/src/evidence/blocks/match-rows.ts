import { filterColumns, passesFilter } from '../receipt/receipt-filter.ts'
import type { ReceiptFilter } from '../receipt/receipt-filter.ts'
import type { ReceiptRow } from '../receipt/receipt-row.ts'
import { rowOfEntry } from './row-of-entry.ts'
import type { TextColumn } from './block-columns.ts'
import type { Block } from './block.ts'

/** What receipts are looked for by, all of it together; within a list, any of it. */
export interface ReceiptQuery {
  readonly organisation: string
  readonly filter?: ReceiptFilter
  readonly ids?: readonly string[]
  readonly parents?: readonly string[]
  readonly packages?: readonly string[]
  readonly operations?: readonly string[]
  readonly runs?: readonly string[]
  /** Only receipts older than the one with this id. */
  readonly before?: string | undefined
  /** Only receipts newer than the one with this id. */
  readonly newerThan?: string | undefined
}

/** The same question to a whole row. */
export function passesQuery(query: ReceiptQuery, row: ReceiptRow): boolean {
  return (
    row.organisation === query.organisation &&
    (query.filter === undefined || passesFilter(query.filter, row)) &&
    isAmong(query.ids, row.id) &&
    isAmong(query.parents, row.parent) &&
    isAmong(query.packages, row.package) &&
    isAmong(query.operations, row.operation) &&
    isAmong(query.runs, row.run) &&
    (query.before === undefined || row.id < query.before) &&
    (query.newerThan === undefined || row.id > query.newerThan)
  )
}

const isAmong = (wanted: readonly string[] | undefined, value: string | null): boolean =>
  wanted === undefined || (value !== null && wanted.includes(value))

/**
 * The rows of a block that a query asks for, ascending; of columns only those are read that it names, and none further
 * once no row is left.
 *
 * @param below entries from this index of the log on are not looked at.
 */
export async function matchRows(
  block: Block,
  query: ReceiptQuery,
  below: number,
): Promise<readonly number[]> {
  const { filter = {} } = query
  let left: number[] | undefined
  const keep = (passes: (row: number) => boolean): void => {
    if (left !== undefined) {
      left = left.filter(passes)
      return
    }
    left = []
    for (let row = 0; row < block.header.rows; row += 1) if (passes(row)) left.push(row)
  }
  const isDone = (): boolean => left?.length === 0

  // Rows whose columns their entry does not say are looked at whole, last.
  const odd = await block.deviatingRows()
  const texts = new Map<TextColumn, Set<string>>([['organisation', new Set([query.organisation])]])
  for (const [member, column] of Object.entries(filterColumns)) {
    const wanted = filter[member as keyof typeof filterColumns]
    if (wanted !== undefined && isText(column)) texts.set(column, new Set([wanted]))
  }
  for (const [column, wanted] of [
    ['package', query.packages],
    ['operation', query.operations],
    ['run', query.runs],
  ] as const) {
    if (wanted === undefined) continue
    const known = texts.get(column)
    texts.set(column, new Set(known === undefined ? wanted : wanted.filter((value) => known.has(value))))
  }
  // Dictionaries first: most blocks do not hold the value at all.
  const symbolsOf = new Map<TextColumn, Set<number>>()
  for (const [column, wanted] of texts) {
    const symbols = new Set<number>()
    for (const [symbol, value] of (await block.values(column)).entries()) {
      if (value !== null && wanted.has(value)) symbols.add(symbol)
    }
    if (symbols.size === 0) return []
    symbolsOf.set(column, symbols)
  }

  if (query.ids !== undefined) {
    const rows = await block.rowsOfIds(query.ids)
    left = [...new Set(rows)].toSorted((a, b) => a - b)
    if (left.length === 0) return []
  }
  if (query.parents !== undefined) {
    const passes = await block.hasParentAmong(query.parents)
    keep((row) => passes(row) || odd.has(row))
    if (isDone()) return []
  }
  for (const [column, wanted] of symbolsOf) {
    const { values, symbols } = await block.textSymbols(column)
    if (values.length === wanted.size) continue
    keep((row) => wanted.has(symbols[row] as number))
    if (isDone()) return []
  }
  if (filter.from !== undefined || filter.to !== undefined) {
    const { at } = await block.ids()
    const { from = 0, to = Infinity } = filter
    keep((row) => odd.has(row) || ((at[row] as number) >= from && (at[row] as number) < to))
    if (isDone()) return []
  }
  const { before, newerThan } = query
  if (before !== undefined || newerThan !== undefined) {
    const { bytes } = await block.ids()
    keep((row) => {
      const id = `rct_${bytes.toString('hex', 16 * row, 16 * row + 16)}`
      return (before === undefined || id < before) && (newerThan === undefined || id > newerThan)
    })
    if (isDone()) return []
  }
  if (filter.decision !== undefined || filter.phase !== undefined) {
    const kinds = await block.kinds()
    const entry = Buffer.alloc(112)
    keep((row) => {
      entry.writeUInt32BE(kinds[row] as number, 60)
      const { decision, phase } = rowOfEntry(entry)
      const isWanted =
        (filter.decision === undefined || decision === filter.decision) &&
        (filter.phase === undefined || phase === filter.phase)
      return isWanted || odd.has(row)
    })
    if (isDone()) return []
  }
  if (filter.trace !== undefined) {
    const passes = await block.hasTrace(filter.trace)
    keep((row) => passes(row) || odd.has(row))
  }
  const { indices } = block
  keep((row) => (indices[row] as number) < below)
  return left ?? []
}

const isText = (column: string): column is TextColumn => textFilters.has(column)
const textFilters = new Set(['case_id', 'package', 'version', 'actor', 'operation', 'run'])
