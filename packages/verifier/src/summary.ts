import type { Json } from './canonical-json.ts'
import type { Decision, SandboxLevel } from './entry.ts'
import { ExactSum } from './exact-sum.ts'
import type { PerfCost } from './manifest.ts'
import type { OpenedParts } from './part-shapes.ts'
import type { Receipt } from './receipt-reader.ts'
import { isObject, isText, isTexts } from './shape.ts'

/** Everything the same person did with the same operation, package, rules and decision. `undefined`: redacted, or none. */
export interface Deed {
  readonly organisation: string | undefined
  readonly user: string | undefined
  /** What the person was called at the time. */
  readonly name: string | undefined
  /** The package whose code made the call, `name version`. */
  readonly via: string | undefined
  readonly operation: string | undefined
  /** `name version` of the package acted on. */
  readonly package: string | undefined
  readonly rules: readonly string[] | undefined
  readonly decision: Decision
  /** Code of the denial or fault. */
  readonly code: string | undefined
  readonly count: number
  readonly costMicros: bigint
}

/** What the receipts themselves say; nothing in it is copied from the manifest. Intents are not counted, but for `receipts`. */
export interface BundleSummary {
  readonly receipts: number
  /** Size of the log at the bundle's checkpoint. */
  readonly logSize: number | undefined
  readonly runs: number
  /** Rows of allowed runs; `undefined` while redacted subjects leave it open. */
  readonly entities: number | undefined
  /** Receipts nested under runs. */
  readonly calls: number
  readonly rows: number
  readonly costMicros: bigint
  readonly sandboxLevels: readonly SandboxLevel[]
  readonly operations: readonly { readonly name: string; readonly count: number }[]
  readonly denied: readonly { readonly operation: string; readonly code: string; readonly count: number }[]
  readonly deeds: readonly Deed[]
  readonly redactedParts: number
  /** Times of the first and last receipt, ms since 1970. */
  readonly firstAt: number | undefined
  readonly lastAt: number | undefined
}

/** Adds up receipts: for the manifest's `perf_cost`, and for people. */
export class SummaryBuilder {
  /** Outcomes whose subject is redacted: each might be a run. */
  redactedOutcomes = 0
  readonly #sums = {
    costMicros: new ExactSum(),
    wallMicros: new ExactSum(),
    cpuMicros: new ExactSum(),
    bytesIn: new ExactSum(),
    bytesOut: new ExactSum(),
  }
  #receipts = 0
  #calls = 0
  #rows = 0
  #runs = 0
  #entities = 0
  #entitiesOpen = false
  #redactedParts = 0
  #firstAt: number | undefined
  #lastAt: number | undefined
  readonly #levels = new Set<SandboxLevel>()
  readonly #deeds = new DeedTable()

  add(receipt: Receipt): void {
    const { entry, parts } = receipt
    this.#receipts++
    this.#redactedParts += receipt.redactedParts
    if (entry === undefined) return
    this.#levels.add(entry.sandboxLevel)
    this.#firstAt = Math.min(entry.at, this.#firstAt ?? entry.at)
    this.#lastAt = Math.max(entry.at, this.#lastAt ?? entry.at)
    if (entry.phase === 'intent') return
    this.#calls += entry.calls
    this.#rows += entry.rows
    for (const name of ['costMicros', 'wallMicros', 'cpuMicros', 'bytesIn', 'bytesOut'] as const) {
      this.#sums[name].add(entry[name])
    }
    if (parts.subject === undefined) {
      if (entry.phase === 'outcome') this.redactedOutcomes++
      if (entry.decision === 'allowed') this.#entitiesOpen = true
    } else if (parts.subject.operation === 'plugin.run') {
      if (entry.phase === 'outcome') this.#runs++
      if (entry.decision === 'allowed') this.#entities += entry.rows
    }
    this.#addDeed(receipt, entry.decision, entry.costMicros)
  }

  /** The sums as the manifest must state them; `runs` counts opened subjects. */
  perfCost(): PerfCost {
    return {
      calls: this.#calls,
      rows: this.#rows,
      runs: this.#runs,
      costMicros: this.#sums.costMicros.total(),
      wallMicros: this.#sums.wallMicros.total(),
      cpuMicros: this.#sums.cpuMicros.total(),
      bytesIn: this.#sums.bytesIn.total(),
      bytesOut: this.#sums.bytesOut.total(),
    }
  }

  summary(nestedCalls: number, logSize: number | undefined): BundleSummary {
    const deeds = this.#deeds.list()
    return {
      receipts: this.#receipts,
      logSize,
      runs: this.#runs,
      entities: this.#entitiesOpen ? undefined : this.#entities,
      calls: nestedCalls,
      rows: this.#rows,
      costMicros: this.#sums.costMicros.total(),
      sandboxLevels: [...this.#levels].toSorted(),
      operations: countOperations(deeds),
      denied: countDenials(deeds),
      deeds,
      redactedParts: this.#redactedParts,
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
    }
  }

  #addDeed(receipt: Receipt, decision: Decision, costMicros: number): void {
    this.#deeds.add(kindOfDeed(receipt.parts, decision), 1, costMicros)
  }
}

/** A deed without how often it was done and what that cost. */
export type KindOfDeed = Omit<Deed, 'count' | 'costMicros'>

export function kindOfDeed({ actor, subject, policy, output }: OpenedParts, decision: Decision): KindOfDeed {
  return {
    organisation: text(actor?.organisation),
    user: text(actor?.user),
    name: text(actor?.name),
    via: packageText(actor?.via),
    operation: text(subject?.operation),
    package: packageText(subject),
    rules: isTexts(policy?.rules) ? policy.rules : undefined,
    decision,
    code: codeOf(output?.denial) ?? codeOf(output?.fault),
  }
}

/** Counts deeds of the same kind together. */
export class DeedTable {
  readonly #deeds = new Map<string, { kind: KindOfDeed; count: number; cost: ExactSum }>()

  /** @param costMicros of all `count` together. */
  add(kind: KindOfDeed, count: number, costMicros: number | bigint): void {
    const key = JSON.stringify(Object.values(kind))
    const deed = this.#deeds.get(key) ?? { kind, count: 0, cost: new ExactSum() }
    deed.count += count
    deed.cost.add(costMicros)
    this.#deeds.set(key, deed)
  }

  list(): readonly Deed[] {
    return [...this.#deeds.values()].map(({ kind, count, cost }) => ({
      ...kind,
      count,
      costMicros: cost.total(),
    }))
  }
}

export function countOperations(deeds: readonly Deed[]): BundleSummary['operations'] {
  const counts = new Map<string, number>()
  for (const { operation = '(redacted)', count } of deeds)
    counts.set(operation, (counts.get(operation) ?? 0) + count)
  return [...counts].map(([name, count]) => ({ name, count })).toSorted((a, b) => b.count - a.count)
}

export function countDenials(deeds: readonly Deed[]): BundleSummary['denied'] {
  const counts = new Map<string, BundleSummary['denied'][number]>()
  for (const { operation = '(redacted)', code = '(redacted)', decision, count } of deeds) {
    if (decision !== 'denied') continue
    const key = `${operation} ${code}`
    counts.set(key, { operation, code, count: count + (counts.get(key)?.count ?? 0) })
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count)
}

function text(value: Json | undefined): string | undefined {
  return isText(value) ? value : undefined
}

function packageText(value: Json | undefined): string | undefined {
  if (!isObject(value) || !isText(value.package)) return undefined
  return isText(value.version) ? `${value.package} ${value.version}` : value.package
}

function codeOf(value: Json | undefined): string | undefined {
  return isObject(value) ? text(value.code) : undefined
}
