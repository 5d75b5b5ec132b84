import type { ReceiptRow } from '../receipt/receipt-row.ts'
import type { Decision, Level, Phase } from '../receipt/receipt-draft.ts'

const phases: readonly (Phase | undefined)[] = [undefined, 'effect', 'intent', 'outcome']
const decisions: readonly (Decision | undefined)[] = [
  undefined,
  'allowed',
  'denied',
  'parked',
  'failed',
  'unknown',
]
const levels: readonly Level[] = ['none', 'development', 'reduced', 'full']

/** What the fixed fields of an entry say of its row; undefined for a number that version 1 does not have. */
export function rowOfEntry(entry: Buffer): {
  readonly [
    N in 'id' | 'trace' | 'parent' | 'phase' | 'decision' | 'at' | 'level' | 'calls' | 'rows' | 'cost_micros'
  ]: ReceiptRow[N] | undefined
} {
  const parent = entry.toString('hex', 36, 52)
  return {
    id: `rct_${entry.toString('hex', 4, 20)}`,
    trace: entry.toString('hex', 20, 36),
    parent: /[^0]/.test(parent) ? `rct_${parent}` : null,
    phase: phases[entry[60] as number],
    decision: decisions[entry[61] as number],
    at: uint64(entry, 52),
    level: levels[entry[62] as number],
    calls: entry.readUInt32BE(64),
    rows: entry.readUInt32BE(68),
    cost_micros: uint64(entry, 104),
  }
}

const uint64 = (entry: Buffer, at: number): number =>
  entry.readUInt32BE(at) * 0x1_0000_0000 + entry.readUInt32BE(at + 4)
