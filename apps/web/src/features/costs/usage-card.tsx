import { Box, Link as MuiLink, Stack, Typography } from '@mui/material'
import { Link } from 'react-router'
import { duration, money } from '../../parts/format.ts'
import { RowsTable } from '../../parts/rows-table.tsx'
import { Section } from '../../parts/section.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { nameOf, shareSaid } from './cost-words.ts'
import type { By, UsageRow } from './cost-words.ts'
import type { CsvColumn } from './csv.ts'
import { Downloads } from './downloads.tsx'
import { LabelledBar } from './labelled-bar.tsx'

const titles: Readonly<Record<By, string>> = {
  package: 'By plugin',
  user: 'By person',
  organisation: 'All together',
}
const mostBars = 12

/** A month's use, split one way: bars of the cost, and a table with all figures. */
export function UsageCard(props: {
  readonly rows: readonly UsageRow[]
  readonly by: By
  readonly month: string
}) {
  const { rows, by, month } = props
  const total = String(rows.reduce((sum, { costMicros }) => sum + BigInt(costMicros), 0n))
  const largest = rows[0]?.costMicros ?? '0'
  return (
    <Section
      id="usage"
      title={titles[by]}
      actions={
        <Downloads
          name={`usage-${month}-by-${by}`}
          columns={csvColumns(by)}
          rows={rows}
          json={{ month, by, rows }}
        />
      }
    >
      {by === 'organisation' ? null : (
        <Stack spacing={1.5}>
          {rows.slice(0, mostBars).map((row) => (
            <LabelledBar
              key={row.key}
              label={`${visible(nameOf(row, by)).slice(0, 80)}: ${money(row.costMicros)}, ${shareSaid(row.costMicros, total)}`}
              whole={largest}
              parts={[{ name: 'cost', micros: row.costMicros, look: 'solid' }]}
            />
          ))}
          {rows.length > mostBars ? (
            <Typography variant="body2" color="textSecondary">
              The {mostBars} dearest of {rows.length}; all of them are in the table.
            </Typography>
          ) : null}
        </Stack>
      )}
      <UsageTable rows={rows} by={by} />
      <Box>
        <Typography variant="body2" color="textSecondary">
          p50 and p95 are of single runs, replays included: half of them, and 19 in 20, cost or took at most
          this. Time is from asking to outcome.
        </Typography>
      </Box>
    </Section>
  )
}

function UsageTable({ rows, by }: { readonly rows: readonly UsageRow[]; readonly by: By }) {
  return (
    <RowsTable
      caption={`Use ${titles[by].toLowerCase()}`}
      rows={rows}
      keyOf={({ key }) => key}
      columns={[
        {
          head: by === 'user' ? 'Person' : by === 'package' ? 'Plugin' : 'Who',
          cell: (row) =>
            by === 'package' && row.key !== '' ? (
              <MuiLink component={Link} to={`/plugins/${encodeURIComponent(row.key)}`}>
                <UntrustedText text={row.key} most={64} />
              </MuiLink>
            ) : (
              <UntrustedText text={nameOf(row, by)} most={80} />
            ),
        },
        { head: 'Runs', numeric: true, cell: ({ runs }) => runs.toLocaleString('en') },
        { head: 'Calls', numeric: true, cell: ({ calls }) => calls.toLocaleString('en') },
        { head: 'Rows', numeric: true, cell: (row) => row.rows.toLocaleString('en') },
        { head: 'CPU', numeric: true, cell: ({ cpuMicros }) => duration(cpuMicros) },
        { head: 'Cost', numeric: true, cell: ({ costMicros }) => money(costMicros) },
        {
          head: 'Run cost p50',
          numeric: true,
          cell: ({ perRun }) => (perRun === null ? '—' : money(perRun.costMicros.p50)),
        },
        {
          head: 'p95',
          numeric: true,
          cell: ({ perRun }) => (perRun === null ? '—' : money(perRun.costMicros.p95)),
        },
        {
          head: 'Run time p50',
          numeric: true,
          cell: ({ perRun }) => (perRun === null ? '—' : duration(perRun.wallMicros.p50)),
        },
        {
          head: 'Time p95',
          numeric: true,
          cell: ({ perRun }) => (perRun === null ? '—' : duration(perRun.wallMicros.p95)),
        },
      ]}
    />
  )
}

function csvColumns(by: By): readonly CsvColumn<UsageRow>[] {
  return [
    { head: by, text: ({ key }) => key },
    { head: 'name', text: (row) => nameOf(row, by) },
    { head: 'runs', text: ({ runs }) => runs },
    { head: 'calls', text: ({ calls }) => calls },
    { head: 'rows', text: ({ rows }) => rows },
    { head: 'cpu_micros', text: ({ cpuMicros }) => cpuMicros },
    { head: 'cost_micros', text: ({ costMicros }) => costMicros },
    { head: 'run_cost_p50_micros', text: ({ perRun }) => perRun?.costMicros.p50 ?? '' },
    { head: 'run_cost_p95_micros', text: ({ perRun }) => perRun?.costMicros.p95 ?? '' },
    { head: 'run_wall_p50_micros', text: ({ perRun }) => perRun?.wallMicros.p50 ?? '' },
    { head: 'run_wall_p95_micros', text: ({ perRun }) => perRun?.wallMicros.p95 ?? '' },
  ]
}
