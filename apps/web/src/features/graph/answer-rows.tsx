import { Box, Link as TextLink, Typography } from '@mui/material'
import { Link } from 'react-router'
import { JsonView } from '../../parts/json-view.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { EntityTable } from './entity-table.tsx'
import type { Entity } from './graph-model.ts'

interface Path {
  readonly entities: readonly Entity[]
  readonly relations: readonly { readonly type: string; readonly from?: string; readonly to?: string }[]
}

/** What a query returned: a number, a path, or entities. */
export function AnswerRows({ rows }: { readonly rows: readonly unknown[] }) {
  const [first] = rows
  if (first === undefined) return <Typography>Nothing fits.</Typography>
  if (has(first, 'count') && typeof first.count === 'number')
    return (
      <Typography sx={{ fontSize: '1.6rem', fontWeight: 650 }}>{first.count.toLocaleString('en')}</Typography>
    )
  // The catalogue says of rows only that they are JSON; of these two the server's answers are made.
  if (has(first, 'path')) return <PathRow path={first.path as Path} />
  if (rows.every((row) => has(row, 'entity')))
    return (
      <EntityTable caption="Answer" rows={rows.map((row) => (row as { readonly entity: Entity }).entity)} />
    )
  return <JsonView value={rows} />
}

function PathRow({ path: { entities, relations } }: { readonly path: Path }) {
  return (
    <Box component="ol" aria-label="Path" sx={{ m: 0, pl: 3 }}>
      {entities.map(({ id, key, name, type }, place) => {
        const relation = relations[place]
        return (
          <li key={id}>
            <TextLink component={Link} to={`/graph/entities/${id}`}>
              <UntrustedText text={name} most={120} />
            </TextLink>{' '}
            <Typography component="span" variant="body2" color="textSecondary">
              {type}
            </Typography>
            {relation === undefined ? null : (
              <Typography variant="body2" sx={{ overflowWrap: 'anywhere' }}>
                {relation.from === key ? `${relation.type} ↓` : `↑ ${relation.type}`}
              </Typography>
            )}
          </li>
        )
      })}
    </Box>
  )
}

function has<Name extends string>(value: unknown, name: Name): value is Readonly<Record<Name, unknown>> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
}
