import type { JsonObject } from '../canonical-json.ts'
import type { Decision, SandboxLevel } from '../entry.ts'
import { ExactSum } from '../exact-sum.ts'
import type { PerfCost } from '../manifest.ts'
import type { PartName } from '../part-shapes.ts'
import { countDenials, countOperations, DeedTable, kindOfDeed, type BundleSummary } from '../summary.ts'
import { PackageMentions } from '../verify-totals.ts'
import { decisionNames } from './check-parts.ts'
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
  readonly #sums = new Map(sums.map((name) => [name, new ExactSum()]))
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
    const subject = partColumn(group, 'subject')
    const deeds = new GroupDeeds(group)
    for (let row = 0; row < group.count; row++) {
      if (group.broken[row] === 1) continue
      const at = group.fixed.uint64('at', row)
      if (this.#period !== undefined && (at < this.#period.fromAt || at >= this.#period.toAt)) {
        this.guards++
        continue
      }
      if (at < this.#firstAt) this.#firstAt = at
      if (at > this.#lastAt) this.#lastAt = at
      this.#levels.add(sandboxLevels[group.fixed.byte('sandbox', row)] ?? 'none')
      const phase = group.fixed.byte('phase', row)
      if (phase === intentPhase) continue
      this.#addAmounts(group, row)
      this.#addRun(group, row, subject, phase)
      deeds.add(row)
    }
    deeds.addTo(this.#deeds)
    this.#addMentions(group)
  }

  /** The sums as the manifest must state them; `runs` counts opened subjects. */
  perfCost(): PerfCost {
    const total = (name: (typeof sums)[number]) => this.#sums.get(name)?.total() ?? 0n
    return {
      calls: this.#calls,
      rows: this.#rows,
      runs: this.#runs,
      costMicros: total('costMicros'),
      wallMicros: total('wallMicros'),
      cpuMicros: total('cpuMicros'),
      bytesIn: total('bytesIn'),
      bytesOut: total('bytesOut'),
    }
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
      costMicros: this.perfCost().costMicros,
      sandboxLevels: [...this.#levels].toSorted(),
      operations: countOperations(deeds),
      denied: countDenials(deeds),
      deeds,
      redactedParts: this.#redactedParts,
      firstAt: isEmpty ? undefined : this.#firstAt,
      lastAt: isEmpty ? undefined : this.#lastAt,
    }
  }

  #addAmounts({ fixed }: CheckedGroup, row: number): void {
    this.#calls += fixed.uint32('calls', row)
    this.#rows += fixed.uint32('rows', row)
    for (const [name, sum] of this.#sums) sum.add(fixed.uint64(name, row))
  }

  #addRun({ fixed }: CheckedGroup, row: number, subject: PartColumn | undefined, phase: number): void {
    const isAllowed = fixed.byte('decision', row) === allowedDecision
    const place = subject?.places[row] ?? -1
    if (place < 0) {
      if (phase === outcomePhase) this.hiddenOutcomes++
      if (isAllowed) this.#entitiesOpen = true
    } else if (subject?.values.kind(place)?.operation === 'plugin.run') {
      if (phase === outcomePhase) this.#runs++
      if (isAllowed) this.#entities += fixed.uint32('rows', row)
    }
  }

  /** Packages that allowed receipts speak of: each kind of value once, however many receipts share it. */
  #addMentions(group: CheckedGroup): void {
    for (const name of ['subject', 'actor'] as const) {
      const column = partColumn(group, name)
      if (column === undefined) continue
      const { values } = column
      const done = new Uint8Array(values.kinds.list.length)
      for (let row = 0; row < group.count; row++) {
        const place: number = column.places[row] ?? -1
        if (place < 0 || group.fixed.byte('decision', row) !== allowedDecision) continue
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

/** Counts deeds of one group by the kinds of their values, so that few of them are ever described. */
class GroupDeeds {
  readonly #group: CheckedGroup
  readonly #columns: readonly PartColumn[]
  readonly #counts = new Map<number | string, { row: number; count: number; cost: ExactSum }>()
  readonly #keysFitNumber: boolean

  constructor(group: CheckedGroup) {
    this.#group = group
    this.#columns = group.parts.filter(({ part }) => part !== 'place' && part !== 'input')
    const combinations = this.#columns.reduce(
      (product, { values }) => product * (values.kinds.list.length + 1),
      8,
    )
    this.#keysFitNumber = combinations <= Number.MAX_SAFE_INTEGER
  }

  add(row: number): void {
    const key = this.#keysFitNumber ? this.#numberKey(row) : this.#textKey(row)
    const known = this.#counts.get(key)
    const deed = known ?? { row, count: 0, cost: new ExactSum() }
    if (known === undefined) this.#counts.set(key, deed)
    deed.count++
    deed.cost.add(this.#group.fixed.uint64('costMicros', row))
  }

  addTo(deeds: DeedTable): void {
    const group = this.#group
    for (const { row, count, cost } of this.#counts.values()) {
      const decision: Decision = decisionNames[group.fixed.byte('decision', row)] ?? 'unknown'
      const parts: { [name in PartName]?: JsonObject } = {}
      for (const { part, places, values } of this.#columns) {
        const place = places[row] ?? -1
        const value = place < 0 ? undefined : values.kind(place)?.value
        if (value !== undefined) parts[part] = value
      }
      deeds.add(kindOfDeed(parts, decision), count, cost.total())
    }
  }

  #numberKey(row: number): number {
    let key = this.#group.fixed.byte('decision', row)
    for (const column of this.#columns)
      key = key * (column.values.kinds.list.length + 1) + kindAt(column, row) + 1
    return key
  }

  #textKey(row: number): string {
    const kinds = this.#columns.map((column) => kindAt(column, row))
    return [this.#group.fixed.byte('decision', row), ...kinds].join()
  }
}

/** -1: not opened. */
function kindAt({ places, values }: PartColumn, row: number): number {
  const place = places[row] ?? -1
  return place < 0 ? -1 : (values.kindOf[place] ?? 0)
}
