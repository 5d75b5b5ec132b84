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
  /**
   * `name`: worth nothing unless whole, and never left out. `fact`: left out when there is no room, widest first.
   * `prose`: shortened. `detail`: digests and keys, the first to go.
   */
  readonly kind: 'name' | 'fact' | 'prose' | 'detail'
}

/** As much of prose as a digest or key must leave room for, and as a fact must. */
const comfortable = { detail: 40, fact: 24 }
const shortest = 16

/** A table that fits `width` as far as it can: details go first, then the widest facts, then prose is shortened. */
export function printTable(columns: readonly Column[], width: number): string {
  const kept = columns.filter((column) => column.cells.some((cell) => cell !== ''))
  for (;;) {
    const at = leastNeeded(kept)
    const kind = kept[at]?.kind === 'detail' ? 'detail' : 'fact'
    if (at === -1 || total(kept, comfortable[kind]) <= width) break
    kept.splice(at, 1)
  }
  const prose = proseWidth(kept, width)
  const rows = (kept[0]?.cells ?? []).map((_, row) =>
    kept.map((column) => shorten(column.cells[row] ?? '', widthOf(column, prose))),
  )
  return alignColumns([kept.map((column) => column.title.toUpperCase()), ...rows])
    .map((line) => `${line}\n`)
    .join('')
}

/** The last detail; without one, the fact that takes most room: a yes or no is small and says much. */
function leastNeeded(columns: readonly Column[]): number {
  const detail = columns.findLastIndex((column) => column.kind === 'detail')
  if (detail !== -1) return detail
  const widths = columns.map((column) => (column.kind === 'fact' ? widthOf(column, 0) : 0))
  const widest = Math.max(...widths)
  return widest === 0 ? -1 : widths.lastIndexOf(widest)
}

/** As wide as every prose column may be for the table to fit. */
function proseWidth(columns: readonly Column[], width: number): number {
  let prose = Math.max(shortest, ...columns.map((column) => widthOf(column, Infinity)))
  while (prose > shortest && total(columns, prose) > width) prose -= 1
  return prose
}

function widthOf(column: Column, prose: number): number {
  const full = Math.max(column.title.length, ...column.cells.map((cell) => cell.length))
  return column.kind === 'prose' ? Math.min(full, prose) : full
}

function total(columns: readonly Column[], prose: number): number {
  return columns.reduce((sum, column) => sum + widthOf(column, prose) + gap, -gap)
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}
