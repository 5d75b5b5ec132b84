import { Box, Chip, Link as TextLink } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { Link } from 'react-router'
import { useRows } from '../../api/use-rows.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { AnsweredRows } from '../../parts/answered-rows.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Icon } from '../../parts/icons.tsx'
import { Instant } from '../../parts/instant.tsx'
import { MarkingChip } from '../../parts/marking-chip.tsx'
import { Page } from '../../parts/page.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import type { Column } from '../../parts/rows-table.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { OpenCaseDialog } from './open-case-dialog.tsx'

type Case = OutputOf<OperationByName<'case.list'>>['rows'][number]

/** The cases of the organisation, and a dialog that opens another: its address can be linked to. */
export function CasesPage() {
  const cases = useRows('case.list', { limit: 100 })
  const [dialog, setDialog] = useUrlState('open')
  const openCase = (
    <AllowedButton
      operation="case.create"
      variant="contained"
      startIcon={<Icon name="add" />}
      onClick={() => setDialog('yes')}
    >
      Open a case
    </AllowedButton>
  )
  return (
    <Page
      title="Cases"
      lead="Notes, what was found in them, and where each of it comes from. A case's markings bound what may leave it."
      actions={openCase}
    >
      <AnsweredRows read={cases} empty={<EmptyState says="No case has been opened yet." next={openCase} />}>
        {(rows) => <RowsTable caption="Cases" columns={columns} rows={rows} keyOf={({ id }) => id} />}
      </AnsweredRows>
      <OpenCaseDialog open={dialog === 'yes'} onClose={() => setDialog('')} />
    </Page>
  )
}

const columns: readonly Column<Case>[] = [
  {
    head: 'Title',
    cell: ({ id, title, demo }) => (
      <>
        <TextLink component={Link} to={`/cases/${id}`}>
          <UntrustedText text={title} most={160} />
        </TextLink>
        {demo ? <Chip size="small" label="demonstration" variant="outlined" sx={{ ml: 1 }} /> : null}
      </>
    ),
  },
  {
    head: 'Markings',
    cell: ({ tlp, pap }) => (
      <Box component="span" sx={{ display: 'inline-flex', gap: 0.5, flexWrap: 'wrap' }}>
        <MarkingChip value={tlp} />
        <MarkingChip kind="PAP" value={pap} />
      </Box>
    ),
  },
  { head: 'Opened by', cell: ({ openedBy }) => <UntrustedText text={openedBy} most={80} /> },
  { head: 'Opened', cell: ({ openedAt }) => <Instant ms={openedAt} /> },
  { head: 'Notes', cell: ({ notes }) => notes.toLocaleString('en'), numeric: true },
  { head: 'Entities', cell: ({ entities }) => entities.toLocaleString('en'), numeric: true },
]
