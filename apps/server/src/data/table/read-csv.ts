import { isUtf8 } from 'node:buffer'

/** Why a table was refused, with the place: `line` counts from 1, and line 1 is the header. */
export interface TableProblem {
  readonly code:
    | 'manifest_invalid'
    | 'not_utf8'
    | 'header_differs'
    | 'row_malformed'
    | 'cell_invalid'
    | 'too_many_rows'
    | 'range_reversed'
    | 'ranges_overlap'
    | 'not_sorted'
    | 'key_duplicated'
  readonly line: number
  readonly detail: string
}

const lineFeed = 10
const longestCell = 65_536

/**
 * Reads CSV (RFC 4180) in the strict form of data packages: UTF-8 without a byte order mark, lines ended by a line feed
 * (the last one too), no line feed inside quotes. Row n is therefore line n + 1 of the file, for any reader.
 *
 * Yields the cells of each line, header included, or a problem as the last thing.
 */
export function* readCsv(bytes: Uint8Array): Generator<readonly string[] | TableProblem> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!isUtf8(buffer)) return yield { code: 'not_utf8', line: 1, detail: 'the file is not UTF-8' }
  let line = 0
  for (let at = 0; at < buffer.length;) {
    line++
    const end = buffer.indexOf(lineFeed, at)
    if (end < 0) return yield malformed(line, 'the last line is not ended by a line feed')
    const cells = splitLine(buffer.toString('utf8', at, end))
    if (typeof cells === 'string') return yield malformed(line, cells)
    yield cells
    at = end + 1
  }
}

function malformed(line: number, detail: string): TableProblem {
  return { code: 'row_malformed', line, detail }
}

/** @returns the cells, or what is wrong in words. */
function splitLine(text: string): readonly string[] | string {
  if (text.includes('\r')) return 'a carriage return'
  if (text.includes('\0')) return 'a NUL character'
  const cells = text.includes('"') ? splitQuoted(text) : text.split(',')
  if (typeof cells === 'string') return cells
  return cells.some((cell) => cell.length > longestCell)
    ? `a cell of more than ${longestCell} characters`
    : cells
}

function splitQuoted(text: string): readonly string[] | string {
  const cells: string[] = []
  let at = 0
  for (;;) {
    let end: number
    if (text[at] === '"') {
      const close = closingQuote(text, at + 1)
      if (close < 0) return 'a quote that is not closed on its line'
      cells.push(text.slice(at + 1, close).replaceAll('""', '"'))
      end = close + 1
      if (end < text.length && text[end] !== ',') return 'text after a closing quote'
    } else {
      const comma = text.indexOf(',', at)
      end = comma < 0 ? text.length : comma
      const cell = text.slice(at, end)
      if (cell.includes('"')) return 'a quote inside an unquoted cell'
      cells.push(cell)
    }
    if (end === text.length) return cells
    at = end + 1
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = from; ; at += 2) {
    at = text.indexOf('"', at)
    if (at < 0 || text[at + 1] !== '"') return at
  }
}

/** Writes one line as `readCsv` wants it: quotes only where a comma or a quote needs them. */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(csvCell).join(',')}\n`
}

function csvCell(cell: string | number): string {
  const text = String(cell)
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
