import { formatId, type Entry } from './entry.ts'
import type { Findings } from './findings.ts'
import type { Receipt } from './receipt-reader.ts'

interface Seen {
  readonly entry: Entry
  readonly where: string
  /** Of the opened subject. */
  readonly operation: string | undefined
  outcome: boolean
}

const runOperation = 'plugin.run'

/** What all receipts of a bundle must be to one another: order, unique ids, parents. */
export class ReceiptSet {
  readonly indices: number[] = []
  readonly leaves: Uint8Array[] = []
  /** Receipts, outcomes left out, whose parent is the intent of a run, or an intent whose subject is redacted. */
  nestedCalls = 0
  readonly #findings: Findings
  readonly #seen = new Map<string, Seen>()
  #parentsAbsent = 0
  #firstWithoutParent = ''
  #lastIndex = -1

  constructor(findings: Findings) {
    this.#findings = findings
  }

  add(receipt: Receipt): void {
    const { index, entry, where } = receipt
    if (index <= this.#lastIndex) {
      this.#findings.red(
        where,
        'index_order',
        `Index ${index} follows index ${this.#lastIndex}; indices ascend.`,
      )
    }
    this.#lastIndex = Math.max(index, this.#lastIndex)
    this.indices.push(index)
    this.leaves.push(receipt.leaf)
    if (entry === undefined) return
    const twin = this.#seen.get(entry.id)
    if (twin !== undefined) {
      this.#findings.red(
        where,
        'id_duplicate',
        `Receipt id ${formatId(entry.id)} is also that of ${twin.where}.`,
      )
      return
    }
    this.#checkParent(entry, where)
    const operation = receipt.parts.subject?.operation
    this.#seen.set(entry.id, {
      entry,
      where,
      operation: typeof operation === 'string' ? operation : undefined,
      outcome: false,
    })
  }

  /** After the last receipt: what is missing altogether. */
  finish(): void {
    if (this.#parentsAbsent > 0) {
      const message = `${this.#parentsAbsent} receipts name a parent that is not in the bundle, this one first.`
      this.#findings.warn(this.#firstWithoutParent, 'parent_absent', message)
    }
    const dangling = [...this.#seen.values()].filter((seen) => seen.entry.phase === 'intent' && !seen.outcome)
    const [first] = dangling
    if (first === undefined) return
    const message = `${dangling.length} intents have no outcome in the bundle, this one first: still running, or left out.`
    this.#findings.warn(first.where, 'outcome_absent', message)
  }

  #checkParent(entry: Entry, where: string): void {
    if (entry.parentId === undefined) return
    const parent = this.#seen.get(entry.parentId)
    if (parent === undefined) {
      if (this.#parentsAbsent++ === 0) this.#firstWithoutParent = where
      return
    }
    if (parent.entry.phase !== 'intent') {
      this.#findings.red(where, 'parent_kind', `Its parent, ${parent.where}, is not an intent.`)
    }
    if (parent.entry.traceId !== entry.traceId) {
      this.#findings.red(where, 'parent_trace', `Its trace is not that of its parent, ${parent.where}.`)
    }
    if (entry.phase !== 'outcome') {
      if (parent.operation === undefined || parent.operation === runOperation) this.nestedCalls++
      return
    }
    if (parent.outcome)
      this.#findings.red(where, 'outcome_duplicate', `${parent.where} already has an outcome.`)
    parent.outcome = true
  }
}
