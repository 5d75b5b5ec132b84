import { decodeEntry, entryBytes, retentionClasses, type RetentionClass } from '../entry.ts'
import type { Findings } from '../findings.ts'
import { entryHeadBytes } from './fixed-columns.ts'
import type { Group } from './group.ts'

const lastAtHigh = Math.floor(253_402_300_799_999 / 2 ** 32)

/** Receipts are named by index and class: two logs of one bundle may both have an entry 17. */
export function receiptName(index: number, retentionClass: RetentionClass | 'any'): string {
  return retentionClass === 'any' ? `receipt ${index}` : `receipt ${index} of ${retentionClass}`
}

/**
 * Checks the fixed fields of a group's entries, and that each leaf hash begins as `check` says (check 4).
 *
 * @returns a flag for each row: 1 where a field breaks a rule, so that nothing is concluded from it.
 */
export function checkEntries(group: Group, expected: RetentionClass | 'any', findings: Findings): Uint8Array {
  const broken = new Uint8Array(group.count)
  const mayBreak = suspectRows(group, expected)
  const entry = new Uint8Array(entryBytes)
  entry.set([0x53, 0x42, 0x52, 0x01])
  const { indices } = group
  for (let row = 0; row < group.count; row++) {
    const named = () => receiptName(indices[row] ?? 0, expected)
    if (mayBreak[row] === 1) {
      group.fixed.copyRow(row, entry, entryHeadBytes)
      const decoded = decodeEntry(entry, expected)
      if (!decoded.ok) {
        broken[row] = 1
        const message = `${decoded.message.charAt(0).toUpperCase()}${decoded.message.slice(1)}.`
        findings.red(`section group/${group.number}/fixed, ${named()}`, decoded.rule, message)
      }
    }
    if (group.form === 'full' && !checkFits(group, row)) {
      findings.red(
        `section group/${group.number}/check, ${named()}`,
        'entry_check',
        'Its leaf hash does not begin as stated: a field, salt, value, commitment or the check itself is altered.',
      )
    }
  }
  return broken
}

function checkFits({ check, leaves }: Group, row: number): boolean {
  for (let i = 0; i < 4; i++) if (check[row * 4 + i] !== leaves[row * 32 + i]) return false
  return true
}

/**
 * Rows that might break a rule; the others break none. Only decides whom to look at: `decodeEntry` says what is wrong, so
 * that there is one place that knows the rules, and a million good entries are not decoded one by one.
 */
function suspectRows(group: Group, expected: RetentionClass | 'any'): Uint8Array {
  const { fixed, count } = group
  const suspect = new Uint8Array(count)
  const ids = fixed.column('id')
  const traces = fixed.column('trace')
  const parents = fixed.column('parent')
  const phases = fixed.column('phase')
  const decisions = fixed.column('decision')
  const sandboxes = fixed.column('sandbox')
  const classes = fixed.column('class')
  const classByte = retentionClasses.findIndex((each) => each === expected)
  const at = fixed.column('at')
  const large = (['bytesIn', 'bytesOut', 'wallMicros', 'cpuMicros', 'costMicros'] as const).map((name) =>
    fixed.column(name),
  )
  for (let row = 0; row < count; row++) {
    const id = row * 16
    const word = row * 8
    const phase = phases[row] ?? 0
    const decision = decisions[row] ?? 0
    // Effects and outcomes that were allowed, denied or failed, and allowed intents: everything else is looked at.
    const isUsual = phase === 2 ? decision === 1 : (phase === 1 || phase === 3) && isUsualDecision(decision)
    const hasParent = !isZero(parents, id)
    const fits =
      isUsual &&
      (hasParent ? isUuid7(parents, id) && !isSame(ids, parents, id) : phase !== 3) &&
      isUuid7(ids, id) &&
      !isZero(traces, id) &&
      (sandboxes[row] ?? 9) <= 3 &&
      classes[row] === classByte &&
      high32(at, word) < lastAtHigh &&
      large.every((column) => high32(column, word) <= 0x1f_ffff)
    if (!fits) suspect[row] = 1
  }
  return suspect
}

function isUsualDecision(decision: number): boolean {
  return decision === 1 || decision === 2 || decision === 4
}

function isUuid7(bytes: Uint8Array, at: number): boolean {
  return ((bytes[at + 6] ?? 0) & 0xf0) === 0x70 && ((bytes[at + 8] ?? 0) & 0xc0) === 0x80
}

function isZero(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 16; i++) if (bytes[i] !== 0) return false
  return true
}

function isSame(a: Uint8Array, b: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 16; i++) if (a[i] !== b[i]) return false
  return true
}

function high32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) * 0x100_0000 +
    (((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0))
  )
}
