import { Stack } from '@mui/material'
import { useState } from 'react'
import { duration, money } from '../../parts/format.ts'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { ShowMore } from '../../parts/show-more.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import type { Run, Span } from './run-state.ts'
import { SpanDenial } from './span-denial.tsx'

const pageRows = 200

/** The calls as a table: the twin of the bars. */
export function SpanTable({ run, spans }: { readonly run: Run; readonly spans: readonly Span[] }) {
  const [shown, setShown] = useState(pageRows)
  const numbered = spans.slice(0, shown).map((span, place) => ({ ...span, number: place + 1 }))
  return (
    <Stack spacing={2}>
      <RowsTable
        caption="Calls of the run, in their order"
        columns={[
          { head: 'Call', cell: ({ number, operation }) => `${number} · ${operation}` },
          {
            head: 'After',
            numeric: true,
            cell: ({ startedAt }) => duration(Math.max(0, startedAt - run.startedAt) * 1_000),
          },
          { head: 'Took', numeric: true, cell: ({ wallMicros }) => duration(wallMicros) },
          { head: 'Rows', numeric: true, cell: ({ rows }) => rows.toLocaleString('en') },
          { head: 'Cost', numeric: true, cell: ({ costMicros }) => money(costMicros) },
          {
            head: 'Decision',
            cell: (span) => (
              <Stack spacing={0.5} sx={{ alignItems: 'flex-start' }}>
                <StateChip state={span.decision} />
                <SpanDenial run={run} span={span} />
              </Stack>
            ),
          },
          { head: 'Receipt', cell: ({ receiptId }) => <ReceiptChip id={receiptId} /> },
        ]}
        rows={numbered}
        keyOf={({ number }) => String(number)}
      />
      <ShowMore all={spans.length} shown={shown} onMore={() => setShown(shown + pageRows)} />
    </Stack>
  )
}
