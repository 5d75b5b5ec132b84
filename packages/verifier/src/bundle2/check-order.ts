import { formatId, type Entry } from '../entry.ts'
import type { Findings } from '../findings.ts'
import type { Group, PartColumn } from './group.ts'
import { IdTable } from './id-table.ts'
import { partColumn, whereOfRow, type CheckedGroup, type Receipts } from './receipts.ts'

const intentPhase = 2
const outcomePhase = 3

/** Checks that groups stand in the order of the manifest's logs, and indices ascend from group to group (check 5). */
export function checkGroupOrder(groups: readonly Group[], findings: Findings): void {
  for (const [i, group] of groups.entries()) {
    const before = groups[i - 1]
    if (before === undefined) continue
    const where = `section group/${group.number}/index`
    if (group.log < before.log) {
      const message = `The group is of log ${group.log} and follows one of log ${before.log}.`
      findings.red(where, 'group_order', message)
    }
    const last = before.indices[before.count - 1] ?? 0
    const first = group.indices[0] ?? 0
    if (group.log === before.log && first <= last)
      findings.red(where, 'group_order', `Index ${first} follows index ${last}; indices ascend.`)
  }
}

/** The export's receipt as far as ids and parents go. */
export interface ExportPlace {
  readonly log: number
  readonly index: number
  readonly entry: Entry
  readonly where: string
}

/**
 * Checks that ids are unique and parents are what they must be (check 5).
 *
 * @returns how many receipts are nested under runs: their parent is the intent of a run, or one whose subject is not shown.
 */
export function checkParents(
  receipts: Receipts,
  exported: ExportPlace | undefined,
  findings: Findings,
): { readonly nestedCalls: number } {
  const table = new IdTable(receipts.count + 1)
  for (const group of receipts.groups) addIds(group, table, receipts, findings)
  if (exported !== undefined) {
    const twin = table.find(latin1Bytes(exported.entry.id), 0)
    if (twin >= 0) {
      const message = `Receipt id ${formatId(exported.entry.id)} is also that of ${nameOf(receipts, twin)}.`
      findings.red(exported.where, 'id_duplicate', message)
    }
  }
  const family = new Family(receipts, table, findings)
  for (const group of receipts.groups) family.addGroup(group)
  if (exported !== undefined) family.addExport(exported)
  family.finish()
  return { nestedCalls: family.nestedCalls }
}

function addIds(group: CheckedGroup, table: IdTable, receipts: Receipts, findings: Findings): void {
  const ids = group.fixed.column('id')
  for (let row = 0; row < group.count; row++) {
    if (group.broken[row] === 1) continue
    const twin = table.add(group.first + row, ids, row * 16)
    if (twin < 0) continue
    const message = `Its receipt id is also that of ${nameOf(receipts, twin)}.`
    findings.red(whereOfRow(group, row, 'fixed'), 'id_duplicate', message)
  }
}

function nameOf(receipts: Receipts, number: number): string {
  const group = receipts.groupOf(number)
  return whereOfRow(group, number - group.first, 'fixed')
}

/** Follows each receipt to its parent. */
class Family {
  nestedCalls = 0
  readonly #receipts: Receipts
  readonly #table: IdTable
  readonly #findings: Findings
  /** By number: 1 for intents that have an outcome. */
  readonly #hasOutcome: Uint8Array
  #absent = 0
  #firstWithoutParent = ''
  #lastGroup: CheckedGroup | undefined

  constructor(receipts: Receipts, table: IdTable, findings: Findings) {
    this.#receipts = receipts
    this.#table = table
    this.#findings = findings
    this.#hasOutcome = new Uint8Array(receipts.count)
  }

  addGroup(group: CheckedGroup): void {
    const parents = group.fixed.column('parent')
    const traces = group.fixed.column('trace')
    const phases = group.fixed.column('phase')
    for (let row = 0; row < group.count; row++) {
      if (group.broken[row] === 1 || !hasParent(parents, row * 16)) continue
      const parent = this.#table.find(parents, row * 16)
      const isOutcome = phases[row] === outcomePhase
      if (parent < 0) this.#missParent(() => whereOfRow(group, row, 'fixed'))
      else {
        const index = group.indices[row] ?? 0
        this.#follow(parent, isOutcome, { log: group.log, index, traces, traceAt: row * 16 }, () =>
          whereOfRow(group, row, 'fixed'),
        )
      }
    }
  }

  addExport({ log, index, entry, where }: ExportPlace): void {
    if (entry.parentId === undefined) return
    const parent = this.#table.find(latin1Bytes(entry.parentId), 0)
    const child = { log, index, traces: latin1Bytes(entry.traceId), traceAt: 0 }
    if (parent < 0) this.#missParent(() => where)
    else this.#follow(parent, entry.phase === 'outcome', child, () => where)
  }

  /** After the last receipt: what is missing altogether. */
  finish(): void {
    if (this.#absent > 0) {
      const message = `${this.#absent} receipts name a parent that is not in the bundle, this one first.`
      this.#findings.warn(this.#firstWithoutParent, 'parent_absent', message)
    }
    let dangling = 0
    let where = ''
    for (const group of this.#receipts.groups) {
      const phases = group.fixed.column('phase')
      for (let row = 0; row < group.count; row++) {
        if (phases[row] !== intentPhase || group.broken[row] === 1) continue
        if (this.#hasOutcome[group.first + row] === 1) continue
        if (dangling++ === 0) where = whereOfRow(group, row, 'fixed')
      }
    }
    if (dangling === 0) return
    const message = `${dangling} intents have no outcome in the bundle, this one first: still running, or left out.`
    this.#findings.warn(where, 'outcome_absent', message)
  }

  #missParent(where: () => string): void {
    if (this.#absent++ === 0) this.#firstWithoutParent = where()
  }

  #follow(
    parent: number,
    isOutcome: boolean,
    child: { log: number; index: number; traces: Uint8Array; traceAt: number },
    where: () => string,
  ): void {
    const group = this.#groupOf(parent)
    const row = parent - group.first
    const parentName = () => whereOfRow(group, row, 'fixed')
    if (group.fixed.byte('phase', row) !== intentPhase)
      this.#findings.red(where(), 'parent_kind', `Its parent, ${parentName()}, is not an intent.`)
    // Logs count for themselves: which of two entries of different logs came first, no index tells.
    if (group.log === child.log && (group.indices[row] ?? 0) >= child.index)
      this.#findings.red(where(), 'parent_order', `Its parent, ${parentName()}, comes after it.`)
    const traces = group.fixed.column('trace')
    for (let i = 0; i < 16; i++) {
      if (traces[row * 16 + i] === child.traces[child.traceAt + i]) continue
      this.#findings.red(where(), 'parent_trace', `Its trace is not that of its parent, ${parentName()}.`)
      break
    }
    if (!isOutcome) {
      if (mayBeRun(partColumn(group, 'subject'), row)) this.nestedCalls++
      return
    }
    if (this.#hasOutcome[parent] === 1)
      this.#findings.red(where(), 'outcome_duplicate', `${parentName()} already has an outcome.`)
    this.#hasOutcome[parent] = 1
  }

  #groupOf(number: number): CheckedGroup {
    // A parent is seldom far: mostly in the group of the one asked for before.
    const last = this.#lastGroup
    if (last !== undefined && number >= last.first && number < last.first + last.count) return last
    this.#lastGroup = this.#receipts.groupOf(number)
    return this.#lastGroup
  }
}

/** Whether the subject is a run, or not shown. */
export function mayBeRun(subject: PartColumn | undefined, row: number): boolean {
  const place = subject?.places[row] ?? -1
  return place < 0 || subject?.values.kind(place)?.operation === 'plugin.run'
}

function hasParent(parents: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 16; i++) if (parents[i] !== 0) return true
  return false
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
