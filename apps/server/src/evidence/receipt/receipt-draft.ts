import type { ReceiptId } from '../../kernel/ids.ts'
import type { RetentionClass } from '../log/retention-class.ts'

export type Phase = 'effect' | 'intent' | 'outcome'
export type Decision = 'allowed' | 'denied' | 'parked' | 'failed' | 'unknown'
export type Level = 'none' | 'development' | 'reduced' | 'full'

/** In the order of their numbers in the entry. */
export const partNames = ['actor', 'subject', 'policy', 'place', 'input', 'output'] as const
export type PartName = (typeof partNames)[number]

/** A JSON object; its members are described in docs/reference/evidence-format.md, section 4. */
export type Part = Readonly<Record<string, unknown>>

export interface ReceiptCounts {
  readonly calls: number
  readonly rows: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly wallMicros: number
  readonly cpuMicros: number
}

/** What the gate knows about one effect, denial or failure when it records it. */
export interface ReceiptDraft {
  readonly id: ReceiptId
  /** 32 hexadecimal digits, not all zero. */
  readonly traceId: string
  /** An outcome's intent; a nested call's enclosing intent. */
  readonly parent?: ReceiptId
  readonly at: number
  readonly phase: Phase
  readonly decision: Decision
  readonly level: Level
  readonly counts: ReceiptCounts
  readonly costMicros: bigint
  readonly organisation: string
  /** Which of the organisation's logs; what the rules say when left out. Nobody's choice for operations on evidence itself. */
  readonly retention?: RetentionClass
  readonly parts: Readonly<Record<PartName, Part>>
}
