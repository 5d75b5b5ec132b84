import { hash } from 'node:crypto'
import { canonicalJson } from './canonical.ts'
import { packedSection, storedSection } from './container.ts'
import type { Section } from './container.ts'
import {
  commitmentsAt,
  entryBytes,
  fixedBytes,
  fixedFields,
  hashBytes,
  mostGroupReceipts,
  partNames,
} from './entry-fields.ts'
import type { PartName } from './entry-fields.ts'
import { GrowingBytes } from './growing-bytes.ts'
import { createPerfCost } from './perf-cost.ts'
import type { Period, PerfCost } from './perf-cost.ts'

export interface OpenedPart {
  /** 32 bytes. */
  readonly salt: Uint8Array
  /** Canonical JSON of an object. */
  readonly json: string
}

/** What is missing is redacted: its commitment stays in the entry. */
export type OpenedParts = { readonly [name in PartName]?: OpenedPart | undefined }

export interface BundleReceipt {
  readonly index: number
  /** 304 bytes. */
  readonly entry: Uint8Array
  /** SHA256(0x00 ‖ entry). */
  readonly leaf: Uint8Array
  readonly parts: OpenedParts
  /** Whether it is the outcome of a `plugin.run`, which a redacted subject no longer says. */
  readonly isRun?: boolean
}

export interface FoldedReceipt {
  readonly index: number
  /** Bytes 4 to 111 of the entry. */
  readonly fixed: Uint8Array
  readonly leaf: Uint8Array
}

export interface GroupsFacts {
  readonly sections: readonly Section[]
  /** One for each log, in the order given. */
  readonly logs: readonly { readonly count: number; readonly sha256: string }[]
  readonly perfCost: PerfCost
}

/**
 * Writes the groups of a bundle: log after log, in ascending order of index. Only the group under way is held in full.
 *
 * @param period leaves what lies outside of it out of `perfCost`.
 */
export function createGroupWriter(options: { readonly logs: number; readonly period?: Period | undefined }) {
  const sections: Section[] = []
  const perfCost = createPerfCost(options.period)
  const leaves = Array.from({ length: options.logs }, () => new GrowingBytes(hashBytes * 64))
  let groups = 0
  let open: { readonly log: number; readonly columns: Columns } | undefined
  let last = { log: 0, index: -1 }

  function columnsFor(log: number, index: number, form: Columns['form']): Columns {
    if (log < last.log || log >= leaves.length || (log === last.log && index <= last.index))
      throw new RangeError(
        `Receipt ${index} of log ${log} comes behind receipt ${last.index} of log ${last.log}.`,
      )
    last = { log, index }
    if (
      open !== undefined &&
      (open.log !== log || open.columns.form !== form || open.columns.count === mostGroupReceipts)
    )
      flush()
    open ??= { log, columns: form === 'full' ? new FullColumns() : new FoldedColumns() }
    return open.columns
  }

  function flush(): void {
    if (open === undefined) return
    const { log, columns } = open
    const name = `group/${groups}`
    const head = canonicalJson({ count: columns.count, form: columns.form, log })
    sections.push(storedSection(`${name}/head`, Buffer.from(head)), ...columns.sections(name))
    groups += 1
    open = undefined
  }

  return {
    /** @param log the place of the receipt's log in the manifest. */
    add(log: number, receipt: BundleReceipt): void {
      const { index, entry, leaf } = receipt
      if (entry.length !== entryBytes || leaf.length !== hashBytes)
        throw new RangeError(`Receipt ${index} is no entry.`)
      const columns = columnsFor(log, index, 'full')
      if (columns instanceof FullColumns) columns.add(receipt)
      leaves[log]?.append(leaf)
      perfCost.add(entry, 0, receipt.isRun === true)
    },
    /** @param log the place of the receipt's log in the manifest. */
    addFolded(log: number, receipt: FoldedReceipt): void {
      const { index, fixed, leaf } = receipt
      if (fixed.length !== fixedBytes || leaf.length !== hashBytes)
        throw new RangeError(`Receipt ${index} is no folded entry.`)
      const columns = columnsFor(log, index, 'folded')
      if (columns instanceof FoldedColumns) columns.add(receipt)
      leaves[log]?.append(leaf)
      perfCost.add(fixed, -4, false)
    },
    end(): GroupsFacts {
      flush()
      return {
        sections,
        logs: leaves.map((hashes) => ({
          count: hashes.length / hashBytes,
          sha256: hash('sha256', hashes.bytes(), 'hex'),
        })),
        perfCost: perfCost.sums(),
      }
    },
  }
}
export type GroupWriter = ReturnType<typeof createGroupWriter>

type Columns = FullColumns | FoldedColumns

/** Index and fixed fields, which both forms of a group begin with. */
class FixedColumns {
  count = 0
  readonly #index = new GrowingBytes()
  readonly #fields = fixedFields.map(() => new GrowingBytes(1_024))
  #lastIndex = 0

  /** @param shift where byte 0 of the entry would be in `bytes`. */
  protected addFixed(index: number, bytes: Uint8Array, shift: number): void {
    this.#index.appendVarint(this.count === 0 ? index : index - this.#lastIndex)
    this.#lastIndex = index
    for (const [place, field] of fixedFields.entries())
      this.#fields[place]?.append(bytes, field.from + shift, field.to + shift)
    this.count += 1
  }

  protected fixedSections(group: string): readonly Section[] {
    const fixed = Buffer.concat(this.#fields.map((field) => field.bytes()))
    return [packedSection(`${group}/index`, this.#index.bytes()), packedSection(`${group}/fixed`, fixed)]
  }
}

class FoldedColumns extends FixedColumns {
  readonly form = 'folded'
  readonly #leaf = new GrowingBytes(1_024)

  add({ index, fixed, leaf }: FoldedReceipt): void {
    this.addFixed(index, fixed, -4)
    this.#leaf.append(leaf)
  }

  sections(group: string): readonly Section[] {
    // Hashes and salts are as good as random: deflating them only costs time.
    return [...this.fixedSections(group), storedSection(`${group}/leaf`, this.#leaf.bytes())]
  }
}

class FullColumns extends FixedColumns {
  readonly form = 'full'
  readonly #check = new GrowingBytes(1_024)
  readonly #parts = partNames.map(() => new PartColumn())

  add({ index, entry, leaf, parts }: BundleReceipt): void {
    for (const [place, name] of partNames.entries()) {
      const commitmentAt = commitmentsAt + place * hashBytes
      const part = parts[name]
      const column = this.#parts[place]
      if (part === undefined) column?.close(this.count, entry, commitmentAt)
      else column?.open(this.count, part)
    }
    this.#check.append(leaf, 0, 4)
    this.addFixed(index, entry, 0)
  }

  sections(group: string): readonly Section[] {
    return [
      ...this.fixedSections(group),
      storedSection(`${group}/check`, this.#check.bytes()),
      ...this.#parts.flatMap((part, place) => part.sections(`${group}/${partNames[place]}`, this.count)),
    ]
  }
}

/** One part of all receipts of a group. */
export class PartColumn {
  readonly #opened = new GrowingBytes()
  readonly #salt = new GrowingBytes(1_024)
  readonly #values = new GrowingBytes(1_024)
  readonly #value = new GrowingBytes(1_024)
  readonly #commitment = new GrowingBytes(1_024)
  readonly #places = new Map<string, number>()
  #bits = 0

  open(place: number, { salt, json }: OpenedPart): void {
    if (salt.length !== hashBytes) throw new RangeError('A salt has 32 bytes.')
    this.#bit(place, 1)
    this.#salt.append(salt)
    let value = this.#places.get(json)
    if (value === undefined) {
      value = this.#places.size
      this.#places.set(json, value)
      this.#values.appendVarint(Buffer.byteLength(json))
      this.#values.appendText(json)
    }
    this.#value.appendVarint(value)
  }

  /** @param at where the commitment begins in `source`. */
  close(place: number, source: Uint8Array, at = 0): void {
    this.#bit(place, 0)
    this.#commitment.append(source, at, at + hashBytes)
  }

  sections(name: string, count: number): readonly Section[] {
    if (count % 8 !== 0) this.#opened.append(Uint8Array.of(this.#bits))
    return [
      packedSection(`${name}/opened`, this.#opened.bytes()),
      storedSection(`${name}/salt`, this.#salt.bytes()),
      packedSection(`${name}/values`, this.#values.bytes()),
      packedSection(`${name}/value`, this.#value.bytes()),
      storedSection(`${name}/commitment`, this.#commitment.bytes()),
    ]
  }

  #bit(place: number, bit: 0 | 1): void {
    this.#bits |= bit << (place % 8)
    if (place % 8 !== 7) return
    this.#opened.append(Uint8Array.of(this.#bits))
    this.#bits = 0
  }
}
