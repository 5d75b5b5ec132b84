import { Box, Button, Card, CardContent, Link as TextLink, Stack, Typography } from '@mui/material'
import { useEffect, useRef } from 'react'
import { Link } from 'react-router'
import { FactList } from '../../parts/fact-list.tsx'
import { count } from '../../parts/format.ts'
import { MarkingChip } from '../../parts/marking-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { EntityButton } from './entity-button.tsx'
import { relationsOf } from './graph-model.ts'
import type { Entity, KnownGraph, RelationGroup } from './graph-model.ts'
import { MoreOf } from './more-of.tsx'
import { TypeBadge } from './type-badge.tsx'

/** What is known of the selected entity, and what it is related to here, by relation and direction. */
export function SelectedEntity(props: {
  readonly entity: Entity | undefined
  /** Its own page is the one that is open, and its neighbours are there. */
  readonly isCentre: boolean
  readonly graph: KnownGraph
  readonly isExpanded: boolean
  readonly cut?: string | undefined
  readonly onSelect: (id: string) => void
  readonly onExpand: (id: string) => void
}) {
  const { entity, isCentre, graph, isExpanded, cut, onSelect, onExpand } = props
  const heading = useRef<HTMLHeadingElement>(null)
  const shownBefore = useRef(entity?.id)
  useEffect(() => {
    // Whoever selects is led to what they selected; an address that selects leaves the focus at the page's heading.
    if (entity !== undefined && shownBefore.current !== entity.id) heading.current?.focus()
    shownBefore.current = entity?.id
  }, [entity])
  if (entity === undefined)
    return (
      <Card component="section" aria-label="Selected entity">
        <CardContent>
          <Typography color="textSecondary">
            Select an entity, in the picture or in the list, to see what is known of it.
          </Typography>
        </CardContent>
      </Card>
    )
  const { source } = entity
  return (
    <Card component="section" aria-labelledby="selected-entity">
      <CardContent>
        <Stack spacing={1.5} sx={{ alignItems: 'stretch' }}>
          <Typography variant="h2" id="selected-entity" ref={heading} tabIndex={-1} sx={{ outlineOffset: 4 }}>
            <UntrustedText text={entity.name} most={160} />
          </Typography>
          <FactList
            facts={[
              ['Type', <TypeBadge key="type" type={entity.type} />],
              ['Key', <UntrustedText key="key" text={entity.key} most={200} />],
              ['Marking', <MarkingChip key="tlp" value={entity.tlp} />],
              ['Confidence', `${Math.round(entity.confidence * 100)} %`],
              ['Source', <UntrustedText key="source" text={`${source.name} ${source.version}`} most={200} />],
              ['Licence', <UntrustedText key="licence" text={source.licence} most={200} />],
            ]}
          />
          {isCentre ? null : (
            <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
              <Button size="small" variant="outlined" onClick={() => onExpand(entity.id)}>
                {isExpanded ? 'Take its neighbours away' : 'Add its neighbours'}
              </Button>
              <TextLink component={Link} to={`/graph/entities/${entity.id}`}>
                Open this entity
              </TextLink>
            </Stack>
          )}
          {cut === undefined ? null : <Typography variant="body2">{cut}</Typography>}
          {relationsOf(entity.id, graph).map((group) => (
            <Relations key={`${group.relation} ${group.direction}`} group={group} onSelect={onSelect} />
          ))}
        </Stack>
      </CardContent>
    </Card>
  )
}

function Relations({
  group,
  onSelect,
}: {
  readonly group: RelationGroup
  readonly onSelect: (id: string) => void
}) {
  const { relation, direction, others } = group
  return (
    <Box>
      <Typography variant="h3" sx={{ overflowWrap: 'anywhere' }}>
        {direction === 'out' ? `${relation} →` : `← ${relation}`}{' '}
        <Typography component="span" variant="body2" color="textSecondary">
          {direction === 'out' ? 'from here to' : 'to here from'} {count(others.length, 'entity', 'entities')}
        </Typography>
      </Typography>
      <MoreOf rows={others} most={10} keyOf={({ entity }) => entity.id}>
        {({ entity }) => <EntityButton entity={entity} onSelect={onSelect} />}
      </MoreOf>
    </Box>
  )
}
