import { sameBytes } from './bytes.ts'

export const entryBytes = 304

export type Phase = 'effect' | 'intent' | 'outcome'
export type Decision = 'allowed' | 'denied' | 'parked' | 'failed' | 'unknown'
export type RetentionClass = 'standard' | 'short' | 'long'
export type SandboxLevel = 'none' | 'development' | 'reduced' | 'full'

/** The plain fields of a receipt. Instants in ms since 1970; `…Micros` durations in µs, `costMicros` in millionths of money. */
export interface Entry {
  /** 16 bytes as Latin-1 text: a cheap map key. */
  readonly id: string
  readonly traceId: string
  /** `undefined`: no parent. */
  readonly parentId: string | undefined
  readonly at: number
  readonly phase: Phase
  readonly decision: Decision
  readonly sandboxLevel: SandboxLevel
  readonly calls: number
  readonly rows: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly wallMicros: number
  readonly cpuMicros: number
  readonly costMicros: number
}

export type EntryRule =
  | 'entry_length'
  | 'entry_magic'
  | 'entry_version'
  | 'entry_id'
  | 'entry_trace'
  | 'entry_parent'
  | 'entry_at'
  | 'entry_phase'
  | 'entry_decision'
  | 'entry_sandbox'
  | 'entry_retention'
  | 'entry_class'
  | 'entry_number'

export type DecodedEntry =
  | { readonly ok: true; readonly entry: Entry }
  | { readonly ok: false; readonly rule: EntryRule; readonly message: string }

const phases: readonly (Phase | undefined)[] = [undefined, 'effect', 'intent', 'outcome']
const decisions: readonly (Decision | undefined)[] = [
  undefined,
  'allowed',
  'denied',
  'parked',
  'failed',
  'unknown',
]
export const retentionClasses: readonly (RetentionClass | undefined)[] = [
  undefined,
  'standard',
  'short',
  'long',
]
const sandboxLevels: readonly (SandboxLevel | undefined)[] = ['none', 'development', 'reduced', 'full']
/** The last millisecond of the year 9999: later instants have no four-digit form to show people. */
const lastAt = 253_402_300_799_999

/**
 * Reads one entry and refuses everything section 3 of the format does not list.
 *
 * @param expected the retention class of the entry's log, or `any`; bundles of version 1 know the standard one alone.
 */
export function decodeEntry(
  bytes: Uint8Array,
  expected: RetentionClass | 'any' | 'version 1' = 'version 1',
): DecodedEntry {
  if (bytes.length !== entryBytes)
    return refuse('entry_length', `an entry has ${entryBytes} bytes, this one ${bytes.length}`)
  if (bytes[0] !== 0x53 || bytes[1] !== 0x42 || bytes[2] !== 0x52)
    return refuse('entry_magic', 'an entry begins with SBR')
  if (bytes[3] !== 1)
    return refuse('entry_version', `version ${bytes[3]} is not known; this verifier reads version 1`)
  if (!isUuid7(bytes, 4)) return refuse('entry_id', 'the receipt id is not a UUID of version 7')
  if (isZero(bytes, 20)) return refuse('entry_trace', 'the trace id is all zeros')
  const hasParent = !isZero(bytes, 36)
  if (hasParent && (!isUuid7(bytes, 36) || sameBytes(bytes.subarray(4, 20), bytes.subarray(36, 52)))) {
    return refuse('entry_parent', 'the parent id is neither zeros nor the UUID of another receipt')
  }
  const at = readUint64(bytes, 52)
  if (!(at <= lastAt)) return refuse('entry_at', 'the time lies beyond the year 9999')
  const phase = phases[bytes[60] ?? 0]
  if (phase === undefined) return refuse('entry_phase', `phase ${bytes[60]} is not known`)
  const decision = decisions[bytes[61] ?? 0]
  if (decision === undefined) return refuse('entry_decision', `decision ${bytes[61]} is not known`)
  const sandboxLevel = sandboxLevels[bytes[62] ?? 255]
  if (sandboxLevel === undefined) return refuse('entry_sandbox', `sandbox level ${bytes[62]} is not known`)
  const retentionClass = retentionClasses[bytes[63] ?? 0]
  if (retentionClass === undefined || (expected === 'version 1' && retentionClass !== 'standard'))
    return refuse('entry_retention', `retention class ${bytes[63]} is not known`)
  if (expected !== 'any' && expected !== 'version 1' && retentionClass !== expected)
    return refuse(
      'entry_class',
      `the retention class is ${retentionClass}, in a log of the class ${expected}`,
    )
  if (!decisionFitsPhase(phase, decision))
    return refuse('entry_decision', `an ${phase} cannot be ${decision}`)
  if (phase === 'outcome' && !hasParent)
    return refuse('entry_parent', 'an outcome names its intent as parent; this one has none')
  const entry: Entry = {
    id: latin1(bytes, 4),
    traceId: latin1(bytes, 20),
    parentId: hasParent ? latin1(bytes, 36) : undefined,
    at,
    phase,
    decision,
    sandboxLevel,
    calls: readUint32(bytes, 64),
    rows: readUint32(bytes, 68),
    bytesIn: readUint64(bytes, 72),
    bytesOut: readUint64(bytes, 80),
    wallMicros: readUint64(bytes, 88),
    cpuMicros: readUint64(bytes, 96),
    costMicros: readUint64(bytes, 104),
  }
  const sum = entry.bytesIn + entry.bytesOut + entry.wallMicros + entry.cpuMicros + entry.costMicros
  if (Number.isNaN(sum)) return refuse('entry_number', 'an 8-byte number is larger than 2^53 - 1')
  return { ok: true, entry }
}

/** The usual text of an id that `decodeEntry` gave. */
export function formatId(id: string): string {
  const hex = Array.from(id, (character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function decisionFitsPhase(phase: Phase, decision: Decision): boolean {
  if (phase === 'intent') return decision === 'allowed'
  if (decision === 'unknown') return phase === 'outcome'
  return decision !== 'parked' || phase === 'effect'
}

function isUuid7(bytes: Uint8Array, offset: number): boolean {
  return ((bytes[offset + 6] ?? 0) & 0xf0) === 0x70 && ((bytes[offset + 8] ?? 0) & 0xc0) === 0x80
}

function isZero(bytes: Uint8Array, offset: number): boolean {
  for (let i = offset; i < offset + 16; i++) if (bytes[i] !== 0) return false
  return true
}

function latin1(bytes: Uint8Array, offset: number): string {
  let text = ''
  for (let i = offset; i < offset + 16; i++) text += String.fromCharCode(bytes[i] ?? 0)
  return text
}

function readUint32(bytes: Uint8Array, offset: number): number {
  let value = 0
  for (let i = offset; i < offset + 4; i++) value = value * 256 + (bytes[i] ?? 0)
  return value
}

/** NaN when the number is larger than 2^53 - 1, which no double holds exactly. */
function readUint64(bytes: Uint8Array, offset: number): number {
  const high = readUint32(bytes, offset)
  return high > 0x1f_ffff ? Number.NaN : high * 0x1_0000_0000 + readUint32(bytes, offset + 4)
}

function refuse(rule: EntryRule, message: string): DecodedEntry {
  return { ok: false, rule, message }
}
