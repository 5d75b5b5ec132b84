import assert from 'node:assert/strict'
import { classNumber } from '../log/retention-class.ts'
import type { RetentionClass } from '../log/retention-class.ts'
import { writeCommitment } from './commitment.ts'
import { partJson } from './part-json.ts'
import { partNames } from './receipt-draft.ts'
import type { Decision, Level, Phase, ReceiptDraft } from './receipt-draft.ts'
import { writeSalt } from './salt.ts'
import type { SaltKey } from './salt.ts'

export const entryBytes = 304
export const commitmentsAt = 112
const latestAt = 253_402_300_799_999

const phases: Record<Phase, number> = { effect: 1, intent: 2, outcome: 3 }
const decisions: Record<Decision, number> = { allowed: 1, denied: 2, parked: 3, failed: 4, unknown: 5 }
const levels: Record<Level, number> = { none: 0, development: 1, reduced: 2, full: 3 }

export interface EncodedReceipt {
  /** The 304 bytes that the log holds, as docs/reference/evidence-format.md section 3 lays them out. */
  readonly entry: Buffer
  /** The six parts as one JSON object, canonical. */
  readonly parts: string
}

/** Encodes a receipt. What does not fit the format is a bug of the caller, so it asserts. */
export function encodeReceipt(
  draft: ReceiptDraft,
  key: SaltKey,
  retention: RetentionClass = 'standard',
): EncodedReceipt {
  const entry = Buffer.alloc(entryBytes)
  const id = draft.id.slice(4)
  entry.write('SBR\x01', 0, 'latin1')
  writeUuid(entry, 4, id)
  assert(
    entry.write(draft.traceId, 20, 'hex') === 16 && /[1-9a-f]/.test(draft.traceId),
    'a trace id has 16 bytes',
  )
  if (draft.parent !== undefined) {
    assert(draft.parent !== draft.id, 'a receipt is not its own parent')
    writeUuid(entry, 36, draft.parent.slice(4))
  }
  assert(draft.phase !== 'outcome' || draft.parent !== undefined, 'an outcome has an intent')
  assert(draft.phase !== 'intent' || draft.decision === 'allowed', 'an intent is allowed')
  assert(draft.decision !== 'unknown' || draft.phase === 'outcome', 'only an outcome is unknown')
  assert(draft.decision !== 'parked' || draft.phase === 'effect', 'what is parked has no intent yet')
  assert(draft.at <= latestAt, 'an instant is before the year 10000')
  writeUint64(entry, 52, draft.at)
  entry[60] = phases[draft.phase]
  entry[61] = decisions[draft.decision]
  entry[62] = levels[draft.level]
  entry[63] = classNumber(retention)
  entry.writeUInt32BE(draft.counts.calls, 64)
  entry.writeUInt32BE(draft.counts.rows, 68)
  writeUint64(entry, 72, draft.counts.bytesIn)
  writeUint64(entry, 80, draft.counts.bytesOut)
  writeUint64(entry, 88, draft.counts.wallMicros)
  writeUint64(entry, 96, draft.counts.cpuMicros)
  writeUint64(entry, 104, Number(draft.costMicros))

  const texts: Record<string, string> = {}
  for (const [index, name] of partNames.entries()) {
    const json = partJson(draft.parts[name])
    texts[name] = json
    const number = index + 1
    writeCommitment(entry, commitmentsAt + 32 * index, number, json, (scratch, at) =>
      writeSalt(scratch, at, key, id, number),
    )
  }
  return { entry, parts: joinParts(texts) }
}

function joinParts(texts: Readonly<Record<string, string>>): string {
  const { actor, input, output, place, policy, subject } = texts
  return `{"actor":${actor},"input":${input},"output":${output},"place":${place},"policy":${policy},"subject":${subject}}`
}

function writeUuid(entry: Buffer, offset: number, hex: string): void {
  assert(hex.length === 32 && entry.write(hex, offset, 'hex') === 16, 'an id has 16 bytes')
  const version = (entry[offset + 6] ?? 0) >> 4
  const variant = (entry[offset + 8] ?? 0) >> 6
  assert(version === 7 && variant === 2, 'ids are UUIDs of version 7')
}

// Two halves of 32 bits: BigInt methods take four times as long.
function writeUint64(entry: Buffer, offset: number, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, 'a count is a whole number from 0 to 2^53 - 1')
  entry.writeUInt32BE(Math.floor(value / 0x1_0000_0000), offset)
  entry.writeUInt32BE(value % 0x1_0000_0000, offset + 4)
}

/** The counts of an entry that a bundle's manifest sums. */
export function countsOf(entry: Uint8Array) {
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.length)
  return {
    calls: bytes.readUInt32BE(64),
    rows: bytes.readUInt32BE(68),
    bytesIn: bytes.readBigUInt64BE(72),
    bytesOut: bytes.readBigUInt64BE(80),
    wallMicros: bytes.readBigUInt64BE(88),
    cpuMicros: bytes.readBigUInt64BE(96),
    costMicros: bytes.readBigUInt64BE(104),
  }
}
