import { Box, Link as TextLink, Stack, Typography } from '@mui/material'
import { useMemo } from 'react'
import { Link, useParams } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { useRows } from '../../api/use-rows.ts'
import { AnsweredRows } from '../../parts/answered-rows.tsx'
import { Answered } from '../../parts/answered.tsx'
import { CitationChips } from '../../parts/citation-chips.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FactList } from '../../parts/fact-list.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { MarkingChip } from '../../parts/marking-chip.tsx'
import { Page } from '../../parts/page.tsx'
import { Section } from '../../parts/section.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { ChoiceFilter } from '../../parts/url-filter.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { Explorer, mostEntities } from './explorer.tsx'
import { graphOfNeighbours } from './graph-model.ts'
import type { Entity, Neighbour } from './graph-model.ts'
import { TypeBadge } from './type-badge.tsx'

const longestTitle = 120

/** One entity: what is known of it and from where, what it is next to, and the cases it is in. */
export function EntityPage() {
  const { id = '' } = useParams()
  const read = useRead('graph.entity', { id })
  if (read.data?.ok === true)
    return <Answered read={read}>{(entity) => <WholeEntity key={entity.id} entity={entity} />}</Answered>
  return (
    <Page title="An entity">
      <Answered read={read}>{() => null}</Answered>
    </Page>
  )
}

function WholeEntity({ entity }: { readonly entity: Entity }) {
  const { name, source, properties, citations = [] } = entity
  const isLong = name.length > longestTitle
  return (
    <Page
      title={visible(isLong ? `${name.slice(0, longestTitle)}…` : name)}
      lead={<TypeBadge type={entity.type} />}
    >
      <Box
        sx={{
          display: 'grid',
          gap: 2,
          gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'repeat(2, minmax(0, 1fr))' },
        }}
      >
        <Section id="facts" title="What is known of it">
          <FactList
            facts={[
              ['Whole name', isLong ? <UntrustedText key="name" text={name} /> : undefined],
              ['Key', <UntrustedText key="key" text={entity.key} />],
              ['Marking', <MarkingChip key="tlp" value={entity.tlp} />],
              ['Confidence', `${Math.round(entity.confidence * 100)} %`],
              ['Source', <UntrustedText key="source" text={source.name} />],
              ['Version', <UntrustedText key="version" text={source.version} />],
              ['Licence', <UntrustedText key="licence" text={source.licence} />],
              [
                'Found at',
                citations.length === 0 ? undefined : <CitationChips key="at" citations={citations} />,
              ],
            ]}
          />
        </Section>
        <Section id="properties" title="Properties">
          {Object.keys(properties).length === 0 ? (
            <Typography color="textSecondary">None are recorded.</Typography>
          ) : (
            <JsonView value={properties} />
          )}
        </Section>
      </Box>
      <CasesOf entity={entity} />
      <Neighbours entity={entity} />
    </Page>
  )
}

function CasesOf({ entity }: { readonly entity: Entity }) {
  const cases = useRows('case.list', { entity: entity.id, limit: 20 })
  return (
    <Section id="cases-of" title="Cases it is in">
      <AnsweredRows
        read={cases}
        empty={<Typography color="textSecondary">It is attached to no case.</Typography>}
      >
        {(rows) => (
          <Stack component="ul" spacing={0.5} sx={{ listStyle: 'none', m: 0, p: 0 }}>
            {rows.map(({ id, title, tlp }) => (
              <Box component="li" key={id} sx={{ display: 'flex', gap: 1, alignItems: 'center' }}>
                <TextLink component={Link} to={`/cases/${id}`} sx={{ minWidth: 0 }}>
                  <UntrustedText text={title} most={160} />
                </TextLink>
                <MarkingChip value={tlp} />
              </Box>
            ))}
          </Stack>
        )}
      </AnsweredRows>
    </Section>
  )
}

function Neighbours({ entity }: { readonly entity: Entity }) {
  const [relation] = useUrlState('relation')
  // One more than is shown, to know whether there are more.
  const limit = mostEntities + 1
  const all = useRead('graph.neighbours', { id: entity.id, limit })
  const narrowed = useRead(
    'graph.neighbours',
    { id: entity.id, limit, type: relation },
    { when: relation !== '' },
  )
  const known = all.data?.ok === true ? all.data.value.rows.map((row) => row.relation) : []
  const relations = [...new Set([...known, ...(relation === '' ? [] : [relation])])].toSorted()
  return (
    <Box component="section" aria-labelledby="neighbours">
      <Stack spacing={2}>
        <Typography variant="h2" id="neighbours">
          Next to it
        </Typography>
        <Box>
          <ChoiceFilter
            name="relation"
            label="Relation"
            all="Every relation"
            choices={relations.map((value) => ({ value, label: value }))}
          />
        </Box>
        <Answered read={relation === '' ? all : narrowed}>
          {({ rows }) =>
            rows.length === 0 ? (
              <EmptyState says="Nothing is related to it." />
            ) : (
              <Around entity={entity} rows={rows} isNarrowed={relation !== ''} />
            )
          }
        </Answered>
      </Stack>
    </Box>
  )
}

function Around(props: {
  readonly entity: Entity
  readonly rows: readonly Neighbour[]
  readonly isNarrowed: boolean
}) {
  const { entity, rows, isNarrowed } = props
  const start = useMemo(() => graphOfNeighbours(entity, rows.slice(0, mostEntities - 1)), [entity, rows])
  const more = `There are more than these ${mostEntities - 1} relations.`
  return (
    <Explorer
      start={start}
      centre={entity.id}
      cut={
        rows.length < mostEntities ? undefined : isNarrowed ? more : `${more} Choose one kind to see others.`
      }
    />
  )
}
