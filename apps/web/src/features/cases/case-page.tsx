import { useParams } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Answered } from '../../parts/answered.tsx'
import { Instant } from '../../parts/instant.tsx'
import { Page } from '../../parts/page.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { UrlTabs } from '../../parts/url-tabs.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { CaseHeader } from './case-header.tsx'
import { EntitiesTab } from './entities-tab.tsx'
import type { FoundCase } from './found-case.ts'
import { NeighbourhoodTab } from './neighbourhood-tab.tsx'
import { NotesTab } from './notes-tab.tsx'
import { RunPluginDialog } from './run-plugin-dialog.tsx'
import { RunsTab } from './runs-tab.tsx'
import { TimelineTab } from './timeline-tab.tsx'

export function CasePage() {
  const { id = '' } = useParams()
  const read = useRead('case.read', { id })
  if (read.data?.ok === true)
    return <Answered read={read}>{(found) => <WholeCase key={found.id} found={found} />}</Answered>
  return (
    <Page title="A case">
      <Answered read={read}>{() => null}</Answered>
    </Page>
  )
}

function WholeCase({ found }: { readonly found: FoundCase }) {
  const [dialog, setDialog] = useUrlState('do')
  return (
    <Page
      title={visible(found.title)}
      lead={
        <>
          Opened{' '}
          {found.openedBy === undefined ? null : (
            <>
              by <UntrustedText text={found.openedBy} most={80} />{' '}
            </>
          )}
          at <Instant ms={found.openedAt} />
        </>
      }
      actions={
        <>
          <AllowedButton operation="plugin.run" variant="contained" onClick={() => setDialog('run')}>
            Run a plugin on this case
          </AllowedButton>
          <AllowedButton
            operation="evidence.export"
            variant="outlined"
            to={`/evidence/bundle?case=${found.id}`}
          >
            Build the evidence bundle
          </AllowedButton>
        </>
      }
    >
      <CaseHeader found={found} dialog={dialog} onDialog={setDialog} />
      <UrlTabs
        label="Parts of the case"
        tabs={[
          {
            value: 'notes',
            label: `Notes (${found.notes.length})`,
            content: () => <NotesTab found={found} />,
          },
          {
            value: 'entities',
            label: `Entities (${found.entities.length})`,
            content: () => <EntitiesTab found={found} />,
          },
          { value: 'timeline', label: 'Timeline', content: () => <TimelineTab caseId={found.id} /> },
          {
            value: 'neighbourhood',
            label: 'Neighbourhood',
            content: () => <NeighbourhoodTab found={found} />,
          },
          { value: 'runs', label: 'Runs', content: () => <RunsTab caseId={found.id} /> },
        ]}
      />
      {dialog === 'run' ? <RunPluginDialog found={found} onClose={() => setDialog('')} /> : null}
    </Page>
  )
}
