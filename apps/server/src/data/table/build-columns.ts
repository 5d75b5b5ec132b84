import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Column } from './column.ts'
import { columnBuilder } from './column-builder.ts'
import { readCsv, type TableProblem } from './read-csv.ts'
import type { TableManifest } from './table-manifest.ts'

export const mostRows = 16_777_216

// Half a million rows take about a second; a server must go on answering meanwhile.
const rowsPerTurn = 16_384

export interface BuiltColumns {
  readonly rows: number
  /** In the manifest's order. */
  readonly columns: readonly Column[]
}

/** Reads a CSV file into columns and proves the order that binary search relies on. */
export async function buildColumns(
  csv: Uint8Array,
  manifest: TableManifest,
): Promise<BuiltColumns | { readonly problem: TableProblem }> {
  const names = manifest.columns.map((column) => column.name)
  const builders = manifest.columns.map((column) => columnBuilder(column.type))
  let line = 0
  for (const cells of readCsv(csv)) {
    if ('code' in cells) return { problem: cells }
    line++
    if (line === 1) {
      if (cells.join('\n') === names.join('\n')) continue
      return problem('header_differs', line, `the header must be ${names.join(',')}`)
    }
    if (line > mostRows + 1) return problem('too_many_rows', line, `more than ${mostRows} rows`)
    if (cells.length !== names.length) {
      return problem('row_malformed', line, `${cells.length} cells where the header has ${names.length}`)
    }
    for (const [at, builder] of builders.entries()) {
      const wrong = builder.push(cells[at] ?? '')
      if (wrong !== null)
        return problem('cell_invalid', line, `${names[at]}: "${excerpt(cells[at] ?? '')}" ${wrong}`)
    }
    if (line % rowsPerTurn === 0) await nextTurn()
  }
  if (line === 0) return problem('header_differs', 1, `the header must be ${names.join(',')}`)
  const columns = builders.map((builder) => builder.finish())
  return findDisorder(columns, line - 1, manifest) ?? { rows: line - 1, columns }
}

function findDisorder(columns: readonly Column[], rows: number, { columns: named, key }: TableManifest) {
  const columnOf = (name: string) => columns[named.findIndex((column) => column.name === name)]
  const from = columnOf(key.kind === 'range' ? key.from : key.column)
  const to = columnOf(key.kind === 'range' ? key.to : key.column)
  if (from === undefined || to === undefined) return null
  for (let row = 0; row < rows; row++) {
    const start = from.needleAt(row)
    const spelt = `${from.cell(row)}`
    if (key.kind === 'range' && to.compare(row, start) < 0) {
      return problem('range_reversed', row + 2, `${spelt} is after its end ${to.cell(row)}`)
    }
    if (row === 0) continue
    const before = `line ${row + 1}`
    if (from.compare(row - 1, start) > 0)
      return problem('not_sorted', row + 2, `${spelt} must come before ${before}`)
    if (to.compare(row - 1, start) < 0) continue
    if (key.kind === 'exact')
      return problem('key_duplicated', row + 2, `${excerpt(spelt)} is also the key of ${before}`)
    return problem(
      'ranges_overlap',
      row + 2,
      `${spelt} lies inside the range of ${before}, which ends at ${to.cell(row - 1)}`,
    )
  }
  return null
}

function problem(
  code: TableProblem['code'],
  line: number,
  detail: string,
): { readonly problem: TableProblem } {
  return { problem: { code, line, detail } }
}

function excerpt(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
