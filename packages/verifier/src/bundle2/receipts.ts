import type { RetentionClass } from '../entry.ts'
import type { JsonObject } from '../canonical-json.ts'
import type { PartName } from '../part-shapes.ts'
import { receiptName } from './check-entries.ts'
import type { Group, PartColumn } from './group.ts'

/** A group whose entries have been checked. */
export interface CheckedGroup extends Group {
  readonly class: RetentionClass
  /** Number of its first receipt; receipts of all groups are numbered in the order of the file, from 0. */
  readonly first: number
  /** 1 for rows with a field that breaks a rule. */
  readonly broken: Uint8Array
}

/** All receipts of a bundle. */
export class Receipts {
  readonly groups: readonly CheckedGroup[]
  readonly count: number
  readonly #byLog: ReadonlyMap<number, readonly CheckedGroup[]>

  constructor(groups: readonly CheckedGroup[]) {
    this.groups = groups
    this.#byLog = Map.groupBy(groups, ({ log }) => log)
    this.count = groups.reduce((sum, group) => sum + group.count, 0)
  }

  ofLog(log: number): readonly CheckedGroup[] {
    return this.#byLog.get(log) ?? []
  }

  /** The group that holds the receipt of this number. */
  groupOf(number: number): CheckedGroup {
    let low = 0
    let high = this.groups.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.groups[middle]?.first ?? 0) <= number) low = middle
      else high = middle - 1
    }
    const group = this.groups[low]
    if (group === undefined) throw new Error(`there is no receipt ${number}`)
    return group
  }
}

export function nameOfRow(group: CheckedGroup, row: number): string {
  return receiptName(group.indices[row] ?? 0, group.class)
}

export function whereOfRow(group: CheckedGroup, row: number, section: string): string {
  return `section group/${group.number}/${section}, ${nameOfRow(group, row)}`
}

export function partColumn(group: Group, part: PartName): PartColumn | undefined {
  return group.parts.find((column) => column.part === part)
}

/** The value of an opened part; `undefined` when it is redacted, folded or no object. */
export function valueOfRow(group: Group, row: number, part: PartName): JsonObject | undefined {
  const column = partColumn(group, part)
  const place = column?.places[row] ?? -1
  return place < 0 ? undefined : column?.values.value(place)
}
