import { Button } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { useMemo } from 'react'
import { Link } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Explorer } from '../graph/explorer.tsx'
import type { FoundCase } from './found-case.ts'

type Relations = OutputOf<OperationByName<'case.relations'>>

/** The entities of the case and how they hang together, to walk on from. */
export function NeighbourhoodTab({ found }: { readonly found: FoundCase }) {
  const relations = useRead('case.relations', { id: found.id, limit: 1_000 })
  if (found.entities.length === 0)
    return (
      <EmptyState
        says="A neighbourhood needs entities, and none is attached yet."
        next={
          <Button component={Link} to="?tab=neighbourhood&do=run" variant="contained">
            Choose a plugin to run
          </Button>
        }
      />
    )
  return <Answered read={relations}>{(value) => <Whole found={found} relations={value} />}</Answered>
}

function Whole({ found, relations }: { readonly found: FoundCase; readonly relations: Relations }) {
  const start = useMemo(
    () => ({ nodes: found.entities.map(({ entity }) => entity), edges: relations.rows }),
    [found.entities, relations.rows],
  )
  return (
    <Explorer
      start={start}
      cut={relations.cut ? 'The case has more relations than were looked at.' : undefined}
    />
  )
}
