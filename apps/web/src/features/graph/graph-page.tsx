import { Button, Stack, Typography } from '@mui/material'
import { Link } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { EntityFilters } from '../../parts/entity-filters.tsx'
import { Page } from '../../parts/page.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { visible } from '../../parts/visible.ts'
import { AskGraph } from './ask-graph.tsx'
import { EntityTable } from './entity-table.tsx'

const mostFound = 100

/** Finds entities by words, and answers questions in plain English after showing what it would read. */
export function GraphPage() {
  const [q] = useUrlState('q')
  return (
    <Page
      title="Graph"
      lead="What your organisation knows, each entity with its source, its licence and what it is next to."
    >
      <AskGraph />
      <Stack component="section" aria-labelledby="search" spacing={2}>
        <Typography variant="h2" id="search">
          Search by words
        </Typography>
        {q.trim() === '' ? (
          <>
            <EntityFilters types={[]} />
            <EmptyState
              says="Type part of a name or a key: an address, a domain, an organisation."
              next={
                <Button component={Link} to="/cases" variant="outlined">
                  See the entities of a case
                </Button>
              }
            />
          </>
        ) : (
          <Found q={q.trim().slice(0, 500)} />
        )}
      </Stack>
    </Page>
  )
}

function Found({ q }: { readonly q: string }) {
  const [asked] = useUrlState('type')
  // An address can say anything; what cannot be the name of a type is no filter.
  const type = /^[a-z][a-z0-9_-]{0,62}$/.test(asked) ? asked : ''
  const all = useRead('graph.search', { q, limit: mostFound })
  const narrowed = useRead('graph.search', { q, type, limit: mostFound }, { when: type !== '' })
  const known = all.data?.ok === true ? all.data.value.rows.map((row) => row.type) : []
  const types = [...new Set([...known, ...(type === '' ? [] : [type])])].toSorted()
  return (
    <>
      <EntityFilters types={types} />
      <Answered read={type === '' ? all : narrowed}>
        {({ rows }) =>
          rows.length === 0 ? (
            <EmptyState
              says={`Nothing is called ${visible(q.slice(0, 80))}. Fewer words, or a part of the key, find more.`}
            />
          ) : (
            <>
              <Typography variant="body2" color="textSecondary" role="status">
                {rows.length < mostFound
                  ? `${rows.length} found, best match first.`
                  : `The ${mostFound} best matches; more words narrow them down.`}
              </Typography>
              <EntityTable rows={rows} caption="Entities found" />
            </>
          )
        }
      </Answered>
    </>
  )
}
