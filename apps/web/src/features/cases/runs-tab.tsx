import { Button, Link as TextLink } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { Link } from 'react-router'
import { useRows } from '../../api/use-rows.ts'
import { AnsweredRows } from '../../parts/answered-rows.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { money } from '../../parts/format.ts'
import { Instant } from '../../parts/instant.tsx'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import type { Column } from '../../parts/rows-table.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'

type Run = OutputOf<OperationByName<'run.list'>>['rows'][number]

export function RunsTab({ caseId }: { readonly caseId: string }) {
  const runs = useRows('run.list', { case: caseId, limit: 100 })
  return (
    <AnsweredRows
      read={runs}
      empty={
        <EmptyState
          says="No plugin has run on this case yet."
          next={
            <Button component={Link} to="?tab=runs&do=run" variant="contained">
              Choose a plugin to run
            </Button>
          }
        />
      }
    >
      {(rows) => (
        <RowsTable caption="Runs on this case" columns={columns} rows={rows} keyOf={({ id }) => id} />
      )}
    </AnsweredRows>
  )
}

const columns: readonly Column<Run>[] = [
  {
    head: 'Run',
    cell: ({ id, package: name, version }) => (
      <TextLink component={Link} to={`/runs/${id}`}>
        {name} {version}
      </TextLink>
    ),
  },
  { head: 'State', cell: ({ state }) => <StateChip state={state} /> },
  { head: 'By', cell: ({ requestedBy }) => <UntrustedText text={requestedBy} most={80} /> },
  { head: 'Started', cell: ({ startedAt }) => <Instant ms={startedAt} /> },
  { head: 'Sandbox', cell: ({ level }) => level },
  { head: 'Cost', cell: ({ costMicros }) => money(costMicros), numeric: true },
  {
    head: 'Receipt',
    cell: ({ receiptId }) => (receiptId === null ? 'none yet' : <ReceiptChip id={receiptId} />),
  },
]
