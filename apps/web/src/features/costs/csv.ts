export interface CsvColumn<Row> {
  readonly head: string
  readonly text: (row: Row) => string | number
}

/**
 * Rows as CSV by RFC 4180. A text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a line
 * break) gets an apostrophe in front, so that a plugin cannot be named into running something at whoever opens the file.
 */
export function csvOf<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ head }) => cell(head)),
    ...rows.map((row) => columns.map(({ text }) => cell(text(row)))),
  ]
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('')
}

function cell(value: string | number): string {
  // A number of ours is one; a text that looks like a negative number may be anybody's.
  if (typeof value === 'number') return String(value)
  const safe =
    /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/u.test(value.trimStart()) || /^[\t\r\n]/.test(value)
      ? `'${value}`
      : value
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
