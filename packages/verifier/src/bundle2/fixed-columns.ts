/** Bytes 4 to 111 of an entry: what a receipt says without its parts. */
export const fixedBytes = 108
export const entryHeadBytes = 4

/** Fields of `fixed`, in the order of the entry's table. */
const widths = {
  id: 16,
  trace: 16,
  parent: 16,
  at: 8,
  phase: 1,
  decision: 1,
  sandbox: 1,
  class: 1,
  calls: 4,
  rows: 4,
  bytesIn: 8,
  bytesOut: 8,
  wallMicros: 8,
  cpuMicros: 8,
  costMicros: 8,
} as const

export type FixedField = keyof typeof widths
export const fixedFields: readonly { readonly name: FixedField; readonly width: number }[] = Object.entries(
  widths,
  // `Object.entries` forgets the key type that `as const` gave.
).map(([name, width]) => ({ name: name as FixedField, width }))

/** The fixed fields of *n* receipts, field by field. */
export class FixedColumns {
  readonly bytes: Uint8Array
  readonly count: number
  readonly #columns: { readonly [field in FixedField]: Uint8Array }
  readonly #view: DataView

  constructor(bytes: Uint8Array, count: number) {
    this.bytes = bytes
    this.count = count
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = 0
    const columns: Partial<Record<FixedField, Uint8Array>> = {}
    for (const { name, width } of fixedFields) {
      columns[name] = bytes.subarray(at, at + width * count)
      at += width * count
    }
    // Every field of `widths` has been set.
    this.#columns = columns as { readonly [field in FixedField]: Uint8Array }
  }

  column(field: FixedField): Uint8Array {
    return this.#columns[field]
  }

  /** One byte of a field that has one. */
  byte(field: 'phase' | 'decision' | 'sandbox' | 'class', row: number): number {
    return this.#columns[field][row] ?? 0
  }

  uint32(field: 'calls' | 'rows', row: number): number {
    return this.#view.getUint32(this.#offset(field) + row * 4)
  }

  /** Larger than 2^53 - 1 comes out inexact; entries are checked for that before anything is added up. */
  uint64(
    field: 'at' | 'bytesIn' | 'bytesOut' | 'wallMicros' | 'cpuMicros' | 'costMicros',
    row: number,
  ): number {
    const at = this.#offset(field) + row * 8
    return this.#view.getUint32(at) * 0x1_0000_0000 + this.#view.getUint32(at + 4)
  }

  /** Writes the row's 108 bytes as they stand in its entry. */
  copyRow(row: number, target: Uint8Array, at: number): void {
    let to = at
    for (const { name, width } of fixedFields) {
      target.set(this.#columns[name].subarray(row * width, (row + 1) * width), to)
      to += width
    }
  }

  #offset(field: FixedField): number {
    return this.#columns[field].byteOffset - this.bytes.byteOffset
  }
}
