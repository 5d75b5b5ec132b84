import { Box, TextField, Typography } from '@mui/material'
import { useState } from 'react'
import { count } from '../../parts/format.ts'
import { Section } from '../../parts/section.tsx'
import { EntityButton } from './entity-button.tsx'
import { relationsIn } from './graph-model.ts'
import type { Entity, KnownGraph } from './graph-model.ts'
import { MoreOf } from './more-of.tsx'

const mostOfAGroup = 25

/** The graph as a list, by relation, each from where it starts to where it ends: what the picture shows, for everybody. */
export function RelationList(props: {
  readonly graph: KnownGraph
  readonly selected: string
  readonly onSelect: (id: string) => void
}) {
  const { graph, selected, onSelect } = props
  const [typed, setTyped] = useState('')
  const text = typed.trim().toLowerCase()
  const fits = ({ name, key }: Entity) =>
    name.toLowerCase().includes(text) || key.toLowerCase().includes(text)
  const { groups, alone } = relationsIn(graph)
  const shown = groups
    .map(({ relation, rows }) => ({ relation, rows: rows.filter(({ from, to }) => fits(from) || fits(to)) }))
    .filter(({ rows }) => rows.length > 0)
  const shownAlone = alone.filter(fits)
  const button = (entity: Entity) => (
    <EntityButton entity={entity} isSelected={entity.id === selected} onSelect={onSelect} />
  )
  return (
    <Section
      id="relations"
      title="As a list"
      actions={
        <TextField
          size="small"
          type="search"
          label="Find in the list"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      }
    >
      {shown.map(({ relation, rows }) => (
        <Box key={relation}>
          <Typography variant="h3" sx={{ overflowWrap: 'anywhere' }}>
            {relation}{' '}
            <Typography component="span" variant="body2" color="textSecondary">
              {count(rows.length, 'relation')}
            </Typography>
          </Typography>
          <MoreOf rows={rows} most={mostOfAGroup} keyOf={({ from, to }) => `${from.id} ${to.id}`}>
            {({ from, to, confidence }) => (
              <>
                {button(from)} → {button(to)}
                {confidence === 1 ? null : (
                  <Typography component="span" variant="body2" color="textSecondary">
                    {' '}
                    {Math.round(confidence * 100)} % sure
                  </Typography>
                )}
              </>
            )}
          </MoreOf>
        </Box>
      ))}
      {shownAlone.length === 0 ? null : (
        <Box>
          <Typography variant="h3">
            Without a relation here{' '}
            <Typography component="span" variant="body2" color="textSecondary">
              {count(shownAlone.length, 'entity', 'entities')}
            </Typography>
          </Typography>
          <MoreOf rows={shownAlone} most={mostOfAGroup} keyOf={({ id }) => id}>
            {button}
          </MoreOf>
        </Box>
      )}
      {shown.length + shownAlone.length === 0 ? (
        <Typography color="textSecondary">Nothing here has that name.</Typography>
      ) : null}
    </Section>
  )
}
