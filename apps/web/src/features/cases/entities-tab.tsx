import { Button, Link as TextLink, Stack, Typography } from '@mui/material'
import { Link } from 'react-router'
import { CitationChips } from '../../parts/citation-chips.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { EntityFilters } from '../../parts/entity-filters.tsx'
import { count } from '../../parts/format.ts'
import { MarkingChip } from '../../parts/marking-chip.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import type { Column } from '../../parts/rows-table.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { sourceOf } from '../graph/graph-model.ts'
import { TypeBadge } from '../graph/type-badge.tsx'
import type { FoundCase } from './found-case.ts'

type Attached = FoundCase['entities'][number]
const mostShown = 200

/** What was attached to the case: which entity, how sure, from where, under which licence, and the run that found it. */
export function EntitiesTab({ found }: { readonly found: FoundCase }) {
  const [text] = useUrlState('q')
  const [type] = useUrlState('type')
  const [all, setAll] = useUrlState('all')
  if (found.entities.length === 0)
    return (
      <EmptyState
        says="Nothing is attached yet. Run a plugin that finds indicators in the notes, and accept what it proposes."
        next={
          <Button component={Link} to="?tab=entities&do=run" variant="contained">
            Choose a plugin to run
          </Button>
        }
      />
    )
  const wanted = text.toLowerCase()
  const types = [...new Set(found.entities.map(({ entity }) => entity.type))].toSorted()
  const fitting = found.entities.filter(
    ({ entity }) =>
      (type === '' || entity.type === type) &&
      (entity.name.toLowerCase().includes(wanted) || entity.key.toLowerCase().includes(wanted)),
  )
  const shown = all === 'yes' ? fitting : fitting.slice(0, mostShown)
  return (
    <Stack spacing={2}>
      <EntityFilters types={types} />
      <Typography variant="body2" color="textSecondary" role="status">
        {fitting.length === found.entities.length
          ? count(fitting.length, 'entity', 'entities')
          : `${fitting.length} of ${count(found.entities.length, 'entity', 'entities')}`}
      </Typography>
      {shown.length === 0 ? (
        <EmptyState says="None of the case's entities fits." />
      ) : (
        <RowsTable
          caption="Entities of the case"
          columns={columns}
          rows={shown}
          keyOf={({ entity }) => entity.id}
        />
      )}
      {shown.length < fitting.length ? (
        <Button variant="outlined" sx={{ alignSelf: 'flex-start' }} onClick={() => setAll('yes')}>
          Show all {fitting.length}
        </Button>
      ) : null}
    </Stack>
  )
}

const columns: readonly Column<Attached>[] = [
  {
    head: 'Name',
    cell: ({ entity }) => (
      <TextLink
        component={Link}
        to={`/graph/entities/${entity.id}`}
        title={visible(entity.key.slice(0, 200))}
      >
        <UntrustedText text={entity.name} most={120} />
      </TextLink>
    ),
  },
  { head: 'Type', cell: ({ entity }) => <TypeBadge type={entity.type} /> },
  { head: 'Confidence', cell: ({ entity }) => `${Math.round(entity.confidence * 100)} %`, numeric: true },
  { head: 'TLP', cell: ({ entity }) => <MarkingChip value={entity.tlp} /> },
  {
    head: 'Source and licence',
    cell: ({ entity }) => <UntrustedText text={sourceOf(entity)} most={200} />,
  },
  {
    head: 'Found at',
    cell: ({ citations }) => (citations.length === 0 ? 'not cited' : <CitationChips citations={citations} />),
  },
  {
    head: 'Found by',
    cell: ({ run }) =>
      run === null ? (
        'a person'
      ) : (
        <TextLink component={Link} to={`/runs/${run}`}>
          run {run.slice(4, 12)}…
        </TextLink>
      ),
  },
]
