import type { Decision, SandboxLevel } from '../entry.ts'
import { ExactSum } from '../exact-sum.ts'
import type { PerfCost } from '../manifest.ts'
import { countDenials, countOperations, DeedTable, kindOfDeed, type BundleSummary } from '../summary.ts'
import { PackageMentions } from '../verify-totals.ts'
import { decisionNames } from './check-parts.ts'
import type { PartColumn } from './group.ts'
import { partColumn, valueOfRow, whereOfRow, type CheckedGroup } from './receipts.ts'

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
    } else if (subject?.values.value(place)?.operation === 'plugin.run') {
      if (phase === outcomePhase) this.#runs++
      if (isAllowed) this.#entities += fixed.uint32('rows', row)
    }
  }

  /** Packages that allowed receipts speak of: each value once, however many receipts share it. */
  #addMentions(group: CheckedGroup): void {
    for (const name of ['subject', 'actor'] as const) {
      const column = partColumn(group, name)
      if (column === undefined) continue
      const done = new Uint8Array(column.values.count)
      for (let row = 0; row < group.count; row++) {
        const place = column.places[row] ?? -1
        if (place < 0 || done[place] === 1 || group.fixed.byte('decision', row) !== allowedDecision) continue
        done[place] = 1
        const value = column.values.value(place)
        const mention = name === 'subject' ? value : value?.via
        this.mentions.addFrom(mention, `${whereOfRow(group, row, `${name}/values`)}, part ${name}`)
      }
    }
  }
}

/** Counts equal deeds of one group by the places of their values, so that few of them are ever described. */
class GroupDeeds {
  readonly #group: CheckedGroup
  readonly #columns: readonly (PartColumn | undefined)[]
  readonly #output: PartColumn | undefined
  readonly #counts = new Map<number | string, { row: number; count: number; cost: ExactSum }>()
  readonly #keysFitNumber: boolean

  constructor(group: CheckedGroup) {
    this.#group = group
    this.#columns = (['actor', 'subject', 'policy'] as const).map((part) => partColumn(group, part))
    this.#output = partColumn(group, 'output')
    const combinations = [...this.#columns, this.#output].reduce(
      (product, column) => product * ((column?.values.count ?? 0) + 1),
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
    for (const { row, count, cost } of this.#counts.values()) {
      const group = this.#group
      const decision: Decision = decisionNames[group.fixed.byte('decision', row)] ?? 'unknown'
      const actor = valueOfRow(group, row, 'actor')
      const subject = valueOfRow(group, row, 'subject')
      const policy = valueOfRow(group, row, 'policy')
      const output = this.#outputPlace(row) < 0 ? undefined : valueOfRow(group, row, 'output')
      const parts = {
        ...(actor && { actor }),
        ...(subject && { subject }),
        ...(policy && { policy }),
        ...(output && { output }),
      }
      deeds.add(kindOfDeed(parts, decision), count, cost.total())
    }
  }

  #numberKey(row: number): number {
    let key = this.#group.fixed.byte('decision', row)
    for (const column of this.#columns)
      key = key * ((column?.values.count ?? 0) + 1) + (column?.places[row] ?? -1) + 1
    return key * ((this.#output?.values.count ?? 0) + 1) + this.#outputPlace(row) + 1
  }

  #textKey(row: number): string {
    const places = this.#columns.map((column) => column?.places[row] ?? -1)
    return [this.#group.fixed.byte('decision', row), ...places, this.#outputPlace(row)].join()
  }

  /** A digest has no code of a denial or fault to tell deeds apart by: as if it were not shown. */
  #outputPlace(row: number): number {
    const place = this.#output?.places[row] ?? -1
    return place >= 0 && this.#output?.values.isDigest[place] === 1 ? -1 : place
  }
}
