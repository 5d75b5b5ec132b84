import type { Decision, Phase } from '../entry.ts'
import type { Findings } from '../findings.ts'
import { partShapeProblem } from '../part-shapes.ts'
import type { Group, PartColumn } from './group.ts'

/** By the byte of the entry. */
export const phaseNames: readonly (Phase | undefined)[] = [undefined, 'effect', 'intent', 'outcome']
export const decisionNames: readonly (Decision | undefined)[] = [
  undefined,
  'allowed',
  'denied',
  'parked',
  'failed',
  'unknown',
]

/**
 * Checks that the members of opened values fit phase and decision (check 6): each value once for each pair that it occurs
 * with, however many receipts share it.
 *
 * @param broken rows whose phase or decision is not to be relied on.
 */
export function checkParts(
  group: Group,
  broken: Uint8Array,
  nameOf: (row: number) => string,
  findings: Findings,
): void {
  for (const column of group.parts) {
    const { places, values } = column
    for (let row = 0; row < group.count; row++) {
      const place = places[row] ?? -1
      if (place < 0 || broken[row] === 1) continue
      const phase = group.fixed.byte('phase', row)
      const decision = group.fixed.byte('decision', row)
      const pair = 1 << ((phase - 1) * 5 + decision - 1)
      const seen = values.seenUnder[place] ?? 0
      if ((seen & pair) !== 0) continue
      values.seenUnder[place] = seen | pair
      const problem = problemOf(column, place, phase, decision)
      if (problem === undefined) continue
      const where = `section group/${group.number}/${column.part}/values, ${nameOf(row)}, part ${column.part}`
      findings.red(where, 'part_shape', `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`)
    }
  }
}

function problemOf(column: PartColumn, place: number, phase: number, decision: number): string | undefined {
  // A digest is all that an input has to be, and the output of what was allowed and is done.
  const digestFits = column.part === 'input' || (phase !== 2 && decision === 1)
  if (column.values.isDigest(place) && digestFits) return undefined
  // A subject's shape is that of its kind: what else differs are texts. Millions of them are never read as objects.
  const value = column.part === 'subject' ? column.values.kind(place)?.value : column.values.value(place)
  // What is no object at all has been reported with its table.
  if (value === undefined) return undefined
  const phaseName = phaseNames[phase]
  const decisionName = decisionNames[decision]
  if (phaseName === undefined || decisionName === undefined) return undefined
  return partShapeProblem(column.part, value, { phase: phaseName, decision: decisionName })
}
