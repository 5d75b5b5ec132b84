import type { JsonObject } from '../canonical-json.ts'
import type { Decision, SandboxLevel } from '../entry.ts'
import type { PerfCost } from '../manifest.ts'
import type { PartName } from '../part-shapes.ts'
import { countDenials, countOperations, DeedTable, kindOfDeed, type BundleSummary } from '../summary.ts'
import { PackageMentions } from '../verify-totals.ts'
import { decisionNames } from './check-parts.ts'
import { CombinationTable } from './combination-table.ts'
import type { PartColumn } from './group.ts'
import { partColumn, whereOfRow, type CheckedGroup } from './receipts.ts'

const intentPhase = 2
const outcomePhase = 3
const allowedDecision = 1
const sandboxLevels: readonly SandboxLevel[] = ['none', 'development', 'reduced', 'full']
const sums = ['costMicros', 'wallMicros', 'cpuMicros', 'bytesIn', 'bytesOut'] as const

/** Half-open, ms since 1970. */
export interface Period {
  readonly fromAt: number
  readonly toAt: number
}

/** Adds up the receipts of a bundle of version 2: for the manifest's `perf_cost` (check 7), and for people. */
export class Totals2 {
  readonly mentions = new PackageMentions()
  /** Outcomes whose subject is redacted or folded: each might be a run. */
  hiddenOutcomes = 0
  /** Receipts outside of the period, which are there to show where it ends. */
  guards = 0
  readonly #period: Period | undefined
  readonly #sums = { costMicros: 0n, wallMicros: 0n, cpuMicros: 0n, bytesIn: 0n, bytesOut: 0n }
  readonly #deeds = new DeedTable()
  readonly #levels = new Set<SandboxLevel>()
  #receipts = 0
  #calls = 0
  #rows = 0
  #runs = 0
  #entities = 0
  #entitiesOpen = false
  #redactedParts = 0
  #firstAt = Infinity
  #lastAt = -Infinity

  constructor(period: Period | undefined) {
    this.#period = period
  }

  addGroup(group: CheckedGroup): void {
    this.#receipts += group.count
    for (const { openedCount } of group.parts) this.#redactedParts += group.count - openedCount
    const done = this.#rowsToAdd(group)
    for (const name of sums) this.#sums[name] += sumOf(group.fixed.column(name), done)
    this.#addRuns(group, done)
    addDeeds(group, done, this.#deeds)
    this.#addMentions(group)
  }

  /** The sums as the manifest must state them; `runs` counts opened subjects. */
  perfCost(): PerfCost {
    return { calls: this.#calls, rows: this.#rows, runs: this.#runs, ...this.#sums }
  }

  summary(nestedCalls: number, logSize: number | undefined): BundleSummary {
    const deeds = this.#deeds.list()
    const isEmpty = this.#firstAt === Infinity
    return {
      receipts: this.#receipts,
      logSize,
      runs: this.#runs,
      entities: this.#entitiesOpen ? undefined : this.#entities,
      calls: nestedCalls,
      rows: this.#rows,
      costMicros: this.#sums.costMicros,
      sandboxLevels: [...this.#levels].toSorted(),
      operations: countOperations(deeds),
      denied: countDenials(deeds),
      deeds,
      redactedParts: this.#redactedParts,
      firstAt: isEmpty ? undefined : this.#firstAt,
      lastAt: isEmpty ? undefined : this.#lastAt,
    }
  }

  /** Rows that sums and deeds are made of: sound, within the period, and no intents, ascending. */
  #rowsToAdd(group: CheckedGroup): Uint32Array {
    const { fixed, broken, count } = group
    const phases = fixed.column('phase')
    const sandboxes = fixed.column('sandbox')
    const { fromAt, toAt } = this.#period ?? { fromAt: 0, toAt: Infinity }
    const rows = new Uint32Array(count)
    const seenLevels = new Uint8Array(sandboxLevels.length)
    let found = 0
    for (let row = 0; row < count; row++) {
      if (broken[row] === 1) continue
      const at = fixed.uint64('at', row)
      if (at < fromAt || at >= toAt) {
        this.guards++
        continue
      }
      if (at < this.#firstAt) this.#firstAt = at
      if (at > this.#lastAt) this.#lastAt = at
      seenLevels[sandboxes[row] ?? 0] = 1
      if (phases[row] !== intentPhase) rows[found++] = row
    }
    for (const [i, level] of sandboxLevels.entries()) if (seenLevels[i] === 1) this.#levels.add(level)
    return rows.subarray(0, found)
  }

  #addRuns({ fixed, parts }: CheckedGroup, done: Uint32Array): void {
    const subject = parts.find(({ part }) => part === 'subject')
    const phases = fixed.column('phase')
    const decisions = fixed.column('decision')
    for (const row of done) {
      this.#calls += fixed.uint32('calls', row)
      const rows = fixed.uint32('rows', row)
      this.#rows += rows
      const isAllowed = decisions[row] === allowedDecision
      const place = subject?.places[row] ?? -1
      if (place < 0) {
        if (phases[row] === outcomePhase) this.hiddenOutcomes++
        if (isAllowed) this.#entitiesOpen = true
      } else if (subject?.values.kind(place)?.operation === 'plugin.run') {
        if (phases[row] === outcomePhase) this.#runs++
        if (isAllowed) this.#entities += rows
      }
    }
  }

  /** Packages that allowed receipts speak of: each kind of value once, however many receipts share it. */
  #addMentions(group: CheckedGroup): void {
    const decisions = group.fixed.column('decision')
    for (const name of ['subject', 'actor'] as const) {
      const column = partColumn(group, name)
      if (column === undefined) continue
      const { values, places } = column
      const done = new Uint8Array(values.kinds.list.length)
      for (let row = 0; row < group.count; row++) {
        const place: number = places[row] ?? -1
        if (place < 0 || decisions[row] !== allowedDecision) continue
        const kind = values.kindOf[place] ?? 0
        if (done[kind] === 1) continue
        done[kind] = 1
        const value = values.kind(place)?.value
        const mention = name === 'subject' ? value : value?.via
        this.mentions.addFrom(mention, `${whereOfRow(group, row, `${name}/values`)}, part ${name}`)
      }
    }
  }
}

/** Adds up 8-byte numbers exactly: in two halves, each of which a double holds for as many as a group has. */
function sumOf(column: Uint8Array, rows: Uint32Array): bigint {
  const view = new DataView(column.buffer, column.byteOffset, column.byteLength)
  let high = 0
  let low = 0
  for (const row of rows) {
    high += view.getUint32(row * 8)
    low += view.getUint32(row * 8 + 4)
  }
  return BigInt(high) * 0x1_0000_0000n + BigInt(low)
}

const noColumn = { places: new Int32Array(), values: { kindOf: new Uint32Array() } }

/** Counts equal deeds of a group by the kinds of their values, so that few of them are ever described. */
function addDeeds(group: CheckedGroup, rows: Uint32Array, deeds: DeedTable): void {
  const columns = group.parts.filter(({ part }) => part !== 'place' && part !== 'input')
  const decisions = group.fixed.column('decision')
  const table = new CombinationTable(columns.length + 1)
  const { key } = table
  // Indexed loops: this is done for every receipt, and iterators would cost more than what they go over.
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0
    for (let column = 0; column < columns.length; column++) {
      const { places, values } = columns[column] ?? noColumn
      const place = places[row] ?? -1
      key[column] = place < 0 ? -1 : (values.kindOf[place] ?? 0)
    }
    key[columns.length] = decisions[row] ?? 0
    table.add(row, group.fixed.uint64('costMicros', row))
  }
  for (const { row, count, sum } of table.list()) {
    const decision: Decision = decisionNames[decisions[row] ?? 0] ?? 'unknown'
    deeds.add(kindOfDeed(partsOfRow(columns, row), decision), count, sum)
  }
}

function partsOfRow(
  columns: readonly PartColumn[],
  row: number,
): { readonly [name in PartName]?: JsonObject } {
  const parts: { [name in PartName]?: JsonObject } = {}
  for (const { part, places, values } of columns) {
    const place = places[row] ?? -1
    const value = place < 0 ? undefined : values.kind(place)?.value
    if (value !== undefined) parts[part] = value
  }
  return parts
}
