import { Link as MuiLink, Stack, Typography } from '@mui/material'
import { Link } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { useRows } from '../../api/use-rows.ts'
import { AnsweredRows } from '../../parts/answered-rows.tsx'
import { Answered } from '../../parts/answered.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { count, duration, money } from '../../parts/format.ts'
import { Permitted } from '../../parts/permitted.tsx'
import { RunTable } from '../../parts/run-table.tsx'

/** What a package did and what that cost. */
export function RunsPanel({ id }: { readonly id: string }) {
  return (
    <Stack spacing={3}>
      <Stack component="section" aria-labelledby="cost" spacing={1}>
        <Typography variant="h2" id="cost">
          Cost this month
        </Typography>
        <Permitted operation="usage.read">
          <Cost id={id} />
        </Permitted>
      </Stack>
      <Stack component="section" aria-labelledby="runs" spacing={1}>
        <Typography variant="h2" id="runs">
          Runs
        </Typography>
        <Permitted operation="run.list">
          <Runs id={id} />
        </Permitted>
      </Stack>
    </Stack>
  )
}

function Cost({ id }: { readonly id: string }) {
  const usage = useRead('usage.read', { by: 'package' })
  return (
    <Answered read={usage}>
      {({ month, rows }) => {
        const row = rows.find(({ key }) => key === id)
        return (
          <Typography>
            {row === undefined
              ? `Nothing in ${month}.`
              : `${money(row.costMicros)} in ${month}: ${count(row.runs, 'run')}, ${count(row.calls, 'call')}, ${count(row.rows, 'row')}, ${duration(row.cpuMicros)} of computing.`}{' '}
            <MuiLink component={Link} to={`/costs?month=${month}&by=package`}>
              All costs of {month}
            </MuiLink>
          </Typography>
        )
      }}
    </Answered>
  )
}

function Runs({ id }: { readonly id: string }) {
  const runs = useRows('run.list', { package: id, limit: 50 })
  return (
    <>
      <AnsweredRows
        read={runs}
        empty={<EmptyState says="It has not run yet, or its runs went with an uninstall." />}
      >
        {(rows) => <RunTable caption={`Runs of ${id}`} rows={rows} />}
      </AnsweredRows>
      <CommandLine command={`npx switchboard run list --package ${id}`} />
    </>
  )
}
