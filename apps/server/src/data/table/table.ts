import type { BuiltColumns } from './build-columns.ts'
import type { Cell, Column, LookupRefusal } from './column.ts'
import type { TableManifest } from './table-manifest.ts'

export type TableRow = Readonly<Record<string, Cell>>

/** `rowNumber` counts from 1, so that row n is line n + 1 of the CSV file: a citation anybody can follow. */
export type Lookup =
  | { readonly kind: 'found'; readonly row: TableRow; readonly rowNumber: number }
  | { readonly kind: 'absent'; readonly row: null; readonly rowNumber: null }
  | { readonly kind: 'refused'; readonly row: null; readonly rowNumber: null; readonly reason: LookupRefusal }

/** A sorted table in memory. It answers one row at a time and is never handed out whole. */
export class Table {
  readonly rows: number
  /** Memory of the arrays. */
  readonly bytes: number
  readonly #manifest: TableManifest
  readonly #columns: readonly Column[]
  readonly #first: Column
  readonly #last: Column

  /** The columns must be in the manifest's order and sorted by its key: see `openTable`. */
  constructor(built: BuiltColumns, manifest: TableManifest) {
    const named = (name: string) => {
      const column = built.columns[manifest.columns.findIndex((each) => each.name === name)]
      if (column === undefined) throw new RangeError(`no column ${name}`)
      return column
    }
    const { key } = manifest
    this.rows = built.rows
    this.bytes = built.columns
      .flatMap((column) => column.arrays)
      .reduce((sum, array) => sum + array.byteLength, 0)
    this.#manifest = manifest
    this.#columns = built.columns
    this.#first = named(key.kind === 'range' ? key.from : key.column)
    this.#last = named(key.kind === 'range' ? key.to : key.column)
  }

  /** The row whose key is `key`. Any value may be asked; one that cannot be a key is refused with the reason. */
  exact(key: unknown): Lookup {
    return this.#manifest.key.kind === 'exact' ? this.#find(key) : refused('wrong_kind')
  }

  /** The row whose span holds `value`, both ends included. */
  range(value: unknown): Lookup {
    return this.#manifest.key.kind === 'range' ? this.#find(value) : refused('wrong_kind')
  }

  #find(value: unknown): Lookup {
    const parsed = this.#first.needle(value)
    if ('refused' in parsed) return refused(parsed.refused)
    const row = this.#lastNotAfter(parsed.needle)
    // With one key column this says "not smaller", which together with "not greater" is equality.
    if (row < 0 || this.#last.compare(row, parsed.needle) < 0)
      return { kind: 'absent', row: null, rowNumber: null }
    return { kind: 'found', row: this.#row(row), rowNumber: row + 1 }
  }

  #lastNotAfter(needle: unknown): number {
    let low = 0
    let high = this.rows
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#first.compare(middle, needle) <= 0) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  #row(row: number): TableRow {
    const cells = this.#columns.map(
      (column, at) => [this.#manifest.columns[at]?.name ?? '', column.cell(row)] as const,
    )
    return Object.fromEntries(cells)
  }
}

function refused(reason: LookupRefusal): Lookup {
  return { kind: 'refused', row: null, rowNumber: null, reason }
}
