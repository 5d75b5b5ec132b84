import type { Decision, Phase } from './receipt-draft.ts'

/** What `receipt.list` finds receipts by. The one definition: rows are filtered by it in SQL, decoded blocks by {@link passesFilter}. */
export interface ReceiptFilter {
  readonly case?: string | undefined
  readonly package?: string | undefined
  readonly version?: string | undefined
  /** A user's id. */
  readonly actor?: string | undefined
  readonly operation?: string | undefined
  readonly decision?: Decision | undefined
  readonly phase?: Phase | undefined
  readonly run?: string | undefined
  /** 32 hexadecimal digits. */
  readonly trace?: string | undefined
  /** Milliseconds since 1970, half-open: `from` counts, `to` does not. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** The columns that a receipt is found by. */
export interface FilteredColumns {
  readonly case_id: string | null
  readonly package: string | null
  readonly version: string | null
  readonly actor: string
  readonly operation: string
  readonly decision: Decision
  readonly phase: Phase
  readonly run: string | null
  readonly trace: string
  readonly at: number
}

/** Filter member → column; `from` and `to` speak of `at`. */
export const filterColumns = {
  case: 'case_id',
  package: 'package',
  version: 'version',
  actor: 'actor',
  operation: 'operation',
  decision: 'decision',
  phase: 'phase',
  run: 'run',
  trace: 'trace',
} as const satisfies Readonly<Record<Exclude<keyof ReceiptFilter, 'from' | 'to'>, keyof FilteredColumns>>

/** Whether a receipt that lies in no table is one of those asked for. */
export function passesFilter(filter: ReceiptFilter, columns: FilteredColumns): boolean {
  for (const [member, column] of Object.entries(filterColumns)) {
    const wanted = filter[member as keyof typeof filterColumns]
    if (wanted !== undefined && columns[column] !== wanted) return false
  }
  return (
    (filter.from === undefined || columns.at >= filter.from) &&
    (filter.to === undefined || columns.at < filter.to)
  )
}
