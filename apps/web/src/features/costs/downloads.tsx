import { Button, Stack } from '@mui/material'
import { Icon } from '../../parts/icons.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { csvOf } from './csv.ts'
import type { CsvColumn } from './csv.ts'

/** What a table shows, as a file: for spreadsheets and for programs. */
export function Downloads<Row>(props: {
  /** Of the file, without its ending. */
  readonly name: string
  readonly columns: readonly CsvColumn<Row>[]
  readonly rows: readonly Row[]
  readonly json: unknown
}) {
  const { name, columns, rows, json } = props
  const save = (ending: 'csv' | 'json', text: string) =>
    saveFile(
      `${name}.${ending}`,
      new TextEncoder().encode(text),
      ending === 'csv' ? 'text/csv' : 'application/json',
    )
  return (
    <Stack direction="row" spacing={1}>
      <Button
        size="small"
        startIcon={<Icon name="download" />}
        onClick={() => save('csv', csvOf(columns, rows))}
      >
        Download as CSV
      </Button>
      <Button
        size="small"
        startIcon={<Icon name="download" />}
        onClick={() => save('json', `${JSON.stringify(json, undefined, 2)}\n`)}
      >
        Download as JSON
      </Button>
    </Stack>
  )
}
