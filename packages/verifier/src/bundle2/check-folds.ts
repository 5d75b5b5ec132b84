import { toHex } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import type { Findings } from '../findings.ts'
import type { StatedOfLog } from './check-statements.ts'
import { fixedBytes, fixedFields } from './fixed-columns.ts'
import { whereOfRow, type CheckedGroup } from './receipts.ts'
import type { FoldedRange } from './statements.ts'

/** Checks that each folded receipt of a log is what a fold statement says of it (check 11). */
export async function checkFolds(
  groups: readonly CheckedGroup[],
  { folded }: StatedOfLog,
  crypto: Crypto,
  findings: Findings,
): Promise<void> {
  const touched = new Set<FoldedRange>()
  for (const group of groups) {
    if (group.form !== 'folded') continue
    let next = 0
    for (let row = 0; row < group.count; row++) {
      const index = group.indices[row] ?? 0
      while ((folded[next]?.to ?? Infinity) <= index) next++
      const range = folded[next]
      if (range !== undefined && range.from <= index) touched.add(range)
      else {
        const message =
          'It is folded, and no fold statement of the bundle covers it: nothing vouches for its fields.'
        findings.red(whereOfRow(group, row, 'index'), 'fold_statement', message)
      }
    }
  }
  const foldedGroups = groups.filter(({ form }) => form === 'folded')
  let next = 0
  // Ranges were met in ascending order: groups that lie before one lie before all that follow.
  for (const range of touched) {
    while ((foldedGroups[next]?.indices.at(-1) ?? Infinity) < range.from) next++
    await checkRange(foldedGroups, next, range, crypto, findings)
  }
}

/** @param first the first group that reaches into the range. */
async function checkRange(
  groups: readonly CheckedGroup[],
  first: number,
  range: FoldedRange,
  crypto: Crypto,
  findings: Findings,
): Promise<void> {
  const pieces: { group: CheckedGroup; from: number; to: number }[] = []
  for (let i = first; (groups[i]?.indices[0] ?? Infinity) < range.to; i++) {
    const group = groups[i]
    if (group === undefined) break
    const { indices } = group
    pieces.push({ group, from: firstRowFrom(indices, range.from), to: firstRowFrom(indices, range.to) })
  }
  const where = `section group/${groups[first]?.number ?? 0}/index, folded range ${range.from} to ${range.to}`
  const length = range.to - range.from
  const found = pieces.reduce((sum, { from, to }) => sum + to - from, 0)
  // Indices are distinct: as many as the range is long are all of it.
  if (found !== length) {
    const message = `The bundle holds ${found} of its ${length} receipts: a folded range is there whole, or not at all.`
    return findings.red(where, 'fold_partial', message)
  }
  const joined = new Uint8Array(length * fixedBytes)
  let at = 0
  for (const { name, width } of fixedFields) {
    for (const { group, from, to } of pieces) {
      joined.set(group.fixed.column(name).subarray(from * width, to * width), at)
      at += (to - from) * width
    }
  }
  if (toHex(await crypto.sha256OfLarge(joined)) === range.fixed) return
  const message = 'Its fixed fields are not those that the fold statement speaks of: altered, or exchanged.'
  findings.red(where.replace('/index,', '/fixed,'), 'fold_fixed', message)
}

/** The first row whose index is not below `index`. */
function firstRowFrom(indices: Float64Array, index: number): number {
  let low = 0
  let high = indices.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((indices[middle] ?? 0) < index) low = middle + 1
    else high = middle
  }
  return low
}
