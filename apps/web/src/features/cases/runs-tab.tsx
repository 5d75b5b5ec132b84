import { Button } from '@mui/material'
import { Link } from 'react-router'
import { useRows } from '../../api/use-rows.ts'
import { AnsweredRows } from '../../parts/answered-rows.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { RunTable } from '../../parts/run-table.tsx'

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
      {(rows) => <RunTable caption="Runs on this case" rows={rows} />}
    </AnsweredRows>
  )
}
