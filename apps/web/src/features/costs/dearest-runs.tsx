import { Card, CardContent, Link as MuiLink, Stack, Typography } from '@mui/material'
import { Link } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import { Answered } from '../../parts/answered.tsx'
import { duration, money } from '../../parts/format.ts'
import { Instant } from '../../parts/instant.tsx'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
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
    <Card component="section" aria-labelledby="dearest">
      <CardContent>
        <Answered read={runs}>
          {({ rows }) => (
            <Stack spacing={2}>
              <Stack
                direction="row"
                spacing={2}
                useFlexGap
                sx={{ flexWrap: 'wrap', justifyContent: 'space-between' }}
              >
                <Typography variant="h2" id="dearest">
                  The dearest runs
                </Typography>
                <Downloads name={`runs-${month}`} columns={csvColumns} rows={rows} json={{ month, rows }} />
              </Stack>
              {rows.length === 0 ? (
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
              )}
            </Stack>
          )}
        </Answered>
      </CardContent>
    </Card>
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
