const gap = 2

/** Rows as lines whose columns begin at the same place; the last column is never padded. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = widthsOf(rows)
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd((widths[at] ?? 0) + gap)))
      .join('')
      .trimEnd(),
  )
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  return rows.reduce<number[]>(
    (widths, row) => row.map((cell, at) => Math.max(widths[at] ?? 0, cell.length)),
    [],
  )
}

export interface Column {
  readonly title: string
  readonly cells: readonly string[]
  /** Prose may be shortened; an id or a name is worth nothing unless whole. */
  readonly shortens: boolean
}

const shortest = 16

/** A table that fits `width` as far as it can: prose is shortened first, then columns from the right are left out. */
export function printTable(columns: readonly Column[], width: number): string {
  const kept = columns.filter((column) => column.cells.some((cell) => cell !== ''))
  const widths = kept.map((column) =>
    Math.max(column.title.length, ...column.cells.map((cell) => cell.length)),
  )
  const total = () => widths.reduce((sum, one) => sum + one + gap, -gap)
  while (total() > width) {
    const widest = widestProse(kept, widths)
    if (widest !== undefined) widths[widest] = Math.max(shortest, (widths[widest] ?? 0) - (total() - width))
    else if (kept.length > 1) {
      kept.pop()
      widths.pop()
    } else break
  }
  const rows = (kept[0]?.cells ?? []).map((_, row) =>
    kept.map((column, at) => shorten(column.cells[row] ?? '', widths[at] ?? 0)),
  )
  return alignColumns([kept.map((column) => column.title.toUpperCase()), ...rows])
    .map((line) => `${line}\n`)
    .join('')
}

function widestProse(columns: readonly Column[], widths: readonly number[]): number | undefined {
  const candidates = columns.flatMap((column, at) =>
    column.shortens && (widths[at] ?? 0) > shortest ? [at] : [],
  )
  return candidates.toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0]
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}
