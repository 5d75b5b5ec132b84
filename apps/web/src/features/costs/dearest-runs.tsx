import { Link as MuiLink, Typography } from '@mui/material'
import { Link } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import { Answered } from '../../parts/answered.tsx'
import { duration, money } from '../../parts/format.ts'
import { Instant } from '../../parts/instant.tsx'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { Section } from '../../parts/section.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import type { RunCost } from './cost-words.ts'
import type { CsvColumn } from './csv.ts'
import { Downloads } from './downloads.tsx'

const mostRuns = 20

/** The single runs that cost most in a month, each with its page and its receipt. */
export function DearestRuns({ month }: { readonly month: string }) {
  const runs = useRead('usage.runs', { month, limit: mostRuns })
  const mayOpen = usePermissions()?.get('run.detail')?.may === true
  return (
    <Section
      id="dearest"
      title="The dearest runs"
      actions={
        runs.data?.ok === true ? (
          <Downloads
            name={`runs-${month}`}
            columns={csvColumns}
            rows={runs.data.value.rows}
            json={{ month, rows: runs.data.value.rows }}
          />
        ) : null
      }
    >
      <Answered read={runs}>
        {({ rows }) =>
          rows.length === 0 ? (
            <Typography color="textSecondary">
              No run of this month has ended since single runs are metered.
            </Typography>
          ) : (
            <RowsTable
              caption="The dearest runs"
              rows={rows}
              keyOf={({ receipt }) => receipt}
              columns={[
                {
                  head: 'Run',
                  cell: ({ run, receipt, package: of }) =>
                    run !== null && mayOpen ? (
                      <MuiLink component={Link} to={`/runs/${run}`}>
                        <UntrustedText text={of} most={64} /> …{receipt.slice(-8)}
                      </MuiLink>
                    ) : (
                      <UntrustedText text={of} most={64} />
                    ),
                },
                { head: 'By', cell: ({ name }) => <UntrustedText text={name} most={80} /> },
                { head: 'When', cell: ({ at }) => <Instant ms={at} /> },
                { head: 'Took', numeric: true, cell: ({ wallMicros }) => duration(wallMicros) },
                { head: 'Cost', numeric: true, cell: ({ costMicros }) => money(costMicros) },
                { head: 'Receipt', cell: ({ receipt }) => <ReceiptChip id={receipt} /> },
              ]}
            />
          )
        }
      </Answered>
    </Section>
  )
}

const csvColumns: readonly CsvColumn<RunCost>[] = [
  { head: 'run', text: ({ run }) => run ?? '' },
  { head: 'receipt', text: ({ receipt }) => receipt },
  { head: 'package', text: (row) => row.package },
  { head: 'user', text: ({ user }) => user },
  { head: 'name', text: ({ name }) => name },
  { head: 'at', text: ({ at }) => new Date(at).toISOString() },
  { head: 'wall_micros', text: ({ wallMicros }) => wallMicros },
  { head: 'cost_micros', text: ({ costMicros }) => costMicros },
]
