import { Alert, Button, Stack } from '@mui/material'
import { Link, useParams } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Page } from '../../parts/page.tsx'
import { UrlTabs } from '../../parts/url-tabs.tsx'
import { ChangesTab } from './changes-tab.tsx'
import { LogTab } from './log-tab.tsx'
import { ProvenanceTab } from './provenance-tab.tsx'
import { ReplayTab } from './replay-tab.tsx'
import { ResultTab } from './result-tab.tsx'
import { RunActions } from './run-actions.tsx'
import { RunFacts } from './run-facts.tsx'
import { RunRefusal } from './run-refusal.tsx'
import { isFinalDetail } from './run-state.ts'
import type { RunDetail } from './run-state.ts'
import { TraceTab } from './trace-tab.tsx'

const followMs = 1_000

/** `/runs/:id?tab&line`: a run as a trace, with its log, its result and what it proposes. */
export function RunPage() {
  const { id = '' } = useParams()
  const detail = useRead('run.detail', { id }, { refreshMs: followMs, isFinal: isFinalDetail })
  const run = detail.data?.ok === true ? detail.data.value.run : undefined
  return (
    <Page
      title={run === undefined ? 'Run' : `${run.package}@${run.version}`}
      lead={`Run ${id.slice(0, 60)}`}
      actions={run === undefined ? null : <RunActions key={id} run={run} />}
    >
      <Answered read={detail}>{(value) => <Trace key={id} detail={value} />}</Answered>
      {detail.data?.ok === false ? (
        <EmptyState
          says="Here is what there is:"
          next={
            <Button component={Link} to="/runs" variant="outlined">
              Show all runs
            </Button>
          }
        />
      ) : null}
    </Page>
  )
}

function Trace({ detail }: { readonly detail: RunDetail }) {
  const { run, levelNotice, denial } = detail
  return (
    <Stack spacing={3}>
      <RunFacts run={run} />
      {levelNotice === undefined ? null : (
        <Alert severity="warning" variant="outlined">
          {levelNotice}
        </Alert>
      )}
      <RunRefusal run={run} denial={denial} />
      <UrlTabs
        label="Parts of the run"
        tabs={[
          { value: 'trace', label: 'Calls', content: () => <TraceTab detail={detail} /> },
          { value: 'log', label: 'Log', content: () => <LogTab run={run.id} /> },
          { value: 'result', label: 'Result', content: () => <ResultTab detail={detail} /> },
          { value: 'changes', label: 'Proposed changes', content: () => <ChangesTab run={run} /> },
          { value: 'provenance', label: 'Provenance', content: () => <ProvenanceTab run={run} /> },
          { value: 'replay', label: 'Replay', content: () => <ReplayTab run={run} /> },
        ]}
      />
    </Stack>
  )
}
