import { Link as TextLink } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { Link } from 'react-router'
import { duration, money } from './format.ts'
import { Instant } from './instant.tsx'
import { ReceiptChip } from './receipt-chip.tsx'
import { RowsTable } from './rows-table.tsx'
import type { Column } from './rows-table.tsx'
import { StateChip } from './state-chip.tsx'
import { UntrustedText } from './untrusted-text.tsx'

type Run = OutputOf<OperationByName<'run.list'>>['rows'][number]

/** Runs as rows, the same wherever they are listed; the first column leads to the page of each. */
export function RunTable({ caption, rows }: { readonly caption: string; readonly rows: readonly Run[] }) {
  return <RowsTable caption={caption} columns={columns} rows={rows} keyOf={({ id }) => id} />
}

const columns: readonly Column<Run>[] = [
  {
    head: 'Run',
    cell: ({ id, package: name, version }) => (
      <TextLink component={Link} to={`/runs/${id}`} sx={{ overflowWrap: 'anywhere' }}>
        {name}@{version}
      </TextLink>
    ),
  },
  { head: 'State', cell: ({ state }) => <StateChip state={state} /> },
  { head: 'Started', cell: ({ startedAt }) => <Instant ms={startedAt} /> },
  { head: 'By', cell: ({ requestedBy }) => <UntrustedText text={requestedBy} most={60} /> },
  { head: 'Level', cell: ({ level }) => (level === 'none' ? '–' : level) },
  { head: 'Took', numeric: true, cell: took },
  { head: 'Cost', numeric: true, cell: ({ costMicros }) => money(costMicros) },
  {
    head: 'Receipt',
    cell: ({ receiptId }) => (receiptId === null ? 'none yet' : <ReceiptChip id={receiptId} />),
  },
]

function took({ startedAt, endedAt }: Run): string {
  return endedAt === null ? '–' : duration(Math.max(0, endedAt - startedAt) * 1_000)
}
