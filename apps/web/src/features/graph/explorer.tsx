import { Box, Link as TextLink, Skeleton, Stack, Typography } from '@mui/material'
import type { Answer } from '@switchboard/api'
import { lazy, Suspense, useMemo } from 'react'
import { useReads } from '../../api/use-read.ts'
import { FaultNotice } from '../../parts/answered.tsx'
import { DenialCard } from '../../parts/denial-card.tsx'
import { count } from '../../parts/format.ts'
import { useUrlState } from '../../parts/use-url-state.ts'
import { graphOfNeighbours, joinGraphs } from './graph-model.ts'
import type { KnownGraph } from './graph-model.ts'
import { RelationList } from './relation-list.tsx'
import { SelectedEntity } from './selected-entity.tsx'
import { TypeBadge } from './type-badge.tsx'

// The library that draws is loaded by whoever sees a picture.
const GraphPicture = lazy(async () => ({ default: (await import('./graph-picture.tsx')).GraphPicture }))

/** More would be neither a picture nor a list that anybody reads. */
export const mostEntities = 500
const mostOfAnExpanded = 100

/**
 * A graph to walk through: a picture for the eye and the mouse, and a list that says and does the same. Which entity is
 * selected and which ones were expanded is in the address.
 */
export function Explorer(props: {
  readonly start: KnownGraph
  /** What is selected until somebody selects. */
  readonly centre?: string
  readonly cut?: string | undefined
}) {
  const { start, centre = '', cut } = props
  const [chosen, select] = useUrlState('node')
  const selected = chosen === '' ? centre : chosen
  const [expandedText, setExpanded] = useUrlState('expanded')
  const expanded = useMemo(
    () => expandedText.split('.').filter((id) => /^ent_[0-9a-f]{32}$/.test(id)),
    [expandedText],
  )
  const asked = useReads(
    'graph.neighbours',
    expanded.map((id) => ({ id, limit: mostOfAnExpanded })),
  )
  const answers = asked.map(({ data }) => data)
  // The array is a new one each time; when its answers came says whether they are.
  const answeredAt = asked.map(({ dataUpdatedAt }) => dataUpdatedAt).join(' ')
  const shown = useMemo(
    () => joinGraphs(grown(start, expanded, answers), mostEntities),
    [start, expanded, answeredAt],
  )
  const entity = shown.nodes.find(({ id }) => id === selected)
  const toggle = (id: string) =>
    setExpanded(
      (expanded.includes(id) ? expanded.filter((each) => each !== id) : [...expanded, id]).join('.'),
    )
  const types = [...Map.groupBy(shown.nodes, ({ type }) => type)].toSorted(
    ([, a], [, b]) => b.length - a.length,
  )
  const isFull = expanded.some((id, place) => {
    const answer = answers[place]
    return id === selected && answer?.ok === true && answer.value.rows.length === mostOfAnExpanded
  })

  return (
    <Stack spacing={2}>
      <Typography role="status">
        {count(shown.nodes.length, 'entity', 'entities')}, {count(shown.edges.length, 'relation')}.
        {shown.left === 0
          ? ''
          : ` ${count(shown.left, 'entity is', 'entities are')} left out: at most ${mostEntities} are shown.`}
        {cut === undefined ? '' : ` ${cut}`}
      </Typography>
      {asked.map(({ data, error, refetch }, place) =>
        error !== null ? (
          <FaultNotice key={expanded[place]} fault={error} again={() => void refetch()} />
        ) : data?.ok === false ? (
          <DenialCard key={expanded[place]} denial={data.denial} receiptId={data.receiptId} />
        ) : null,
      )}
      <Box
        component="ul"
        aria-label="Types"
        sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, listStyle: 'none', m: 0, p: 0 }}
      >
        {types.map(([type, of]) => (
          <Box component="li" key={type} sx={{ typography: 'body2', overflowWrap: 'anywhere' }}>
            <TypeBadge type={type} /> {of.length}
          </Box>
        ))}
      </Box>
      <Box
        sx={{
          display: 'grid',
          gap: 2,
          gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 3fr) minmax(0, 2fr)' },
        }}
      >
        <Box>
          <Suspense fallback={<Skeleton variant="rounded" height={420} />}>
            <GraphPicture graph={shown} selected={selected} onSelect={select} />
          </Suspense>
          <Typography variant="body2" color="textSecondary" sx={{ mt: 1 }}>
            The picture says nothing that the list does not:{' '}
            <TextLink href="#relations">go to the list</TextLink>.
          </Typography>
        </Box>
        <SelectedEntity
          entity={entity}
          isCentre={selected === centre}
          graph={shown}
          isExpanded={expanded.includes(selected)}
          cut={
            isFull
              ? `Only ${mostOfAnExpanded} of its neighbours are shown: open the entity for more.`
              : undefined
          }
          onSelect={select}
          onExpand={toggle}
        />
      </Box>
      <RelationList graph={shown} selected={selected} onSelect={select} />
    </Stack>
  )
}

/** The graph with the neighbours of each entity that was expanded, as far as they are known. */
function grown(
  start: KnownGraph,
  expanded: readonly string[],
  answers: readonly (Answer<'graph.neighbours'> | undefined)[],
): readonly KnownGraph[] {
  const graphs: KnownGraph[] = [start]
  for (const [place, id] of expanded.entries()) {
    const answer = answers[place]
    const centre = graphs.flatMap(({ nodes }) => nodes).find((node) => node.id === id)
    if (answer?.ok === true && centre !== undefined) graphs.push(graphOfNeighbours(centre, answer.value.rows))
  }
  return graphs
}
