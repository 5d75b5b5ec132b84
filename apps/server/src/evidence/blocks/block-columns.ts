import type { ReceiptRow } from '../receipt/receipt-row.ts'

/** How a block keeps what a row of `receipts` has: a column of its own, or out of the entry, or the parts. */
export const keptOfRow = {
  organisation: 'text',
  operation: 'text',
  actor: 'text',
  package: 'text',
  version: 'text',
  case_id: 'text',
  run: 'text',
  rule: 'text',
  id: 'entry',
  trace: 'entry',
  parent: 'entry',
  phase: 'entry',
  decision: 'entry',
  at: 'entry',
  level: 'entry',
  calls: 'entry',
  rows: 'entry',
  cost_micros: 'entry',
  entry: 'entry',
  parts: 'parts',
} as const satisfies Record<keyof ReceiptRow, 'text' | 'entry' | 'parts'>

type NamesKept<K extends string> = {
  [N in keyof typeof keptOfRow]: (typeof keptOfRow)[N] extends K ? N : never
}[keyof typeof keptOfRow]
export type TextColumn = NamesKept<'text'>

export const textColumns = Object.keys(keptOfRow).filter(
  (name): name is TextColumn => keptOfRow[name as keyof typeof keptOfRow] === 'text',
)

/** The numbers of an entry: where they lie in it, and in how many bytes. */
export const numberColumns = {
  calls: [64, 4],
  rows: [68, 4],
  bytesIn: [72, 8],
  bytesOut: [80, 8],
  wallMicros: [88, 8],
  cpuMicros: [96, 8],
  costMicros: [104, 8],
} as const
export type NumberColumn = keyof typeof numberColumns

/** Columns by which a symbol is expected: of a receipt without a parent, and of one with. */
interface Context {
  readonly alone: readonly string[]
  readonly nested: readonly string[]
}

const lineage: Context = { alone: ['operation'], nested: ['parent'] }
const both = (...columns: string[]): Context => ({ alone: columns, nested: columns })

const contexts: Readonly<Record<string, Context>> = {
  organisation: both(),
  operation: both(),
  parent: both(),
  kind: both('operation'),
  rule: both('operation', 'kind'),
  version: both('operation', 'package'),
  'actor.text': { alone: ['actor'], nested: ['parent'] },
  'subject.text': both('operation', 'package', 'kind'),
  'policy.text': both('operation', 'kind'),
  'place.text': both('operation', 'case_id'),
  'input.text': both(),
  'output.text': both('operation', 'kind'),
  'actor.session': { alone: ['actor'], nested: ['parent'] },
  'actor.token': { alone: ['actor'], nested: ['parent'] },
  'actor.digest': both('package'),
  'subject.digest': both('package'),
  'policy.digest': both(),
}

/** What a column of symbols is expected from; other columns must be read for it first. */
export const contextOf = (column: string): Context => contexts[column] ?? lineage

/** Values in parts that a column of the row most often says already. */
export const saidByRow: Readonly<Record<string, TextColumn>> = {
  'actor.organisation': 'organisation',
  'actor.user': 'actor',
  'actor.run': 'run',
  'subject.case': 'case_id',
  'subject.run': 'run',
}
export const saidByEntry: Readonly<Record<string, NumberColumn>> = {
  'input.bytes': 'bytesIn',
  'output.bytes': 'bytesOut',
}
