import { Link as TextLink } from '@mui/material'
import { Link } from 'react-router'
import { MarkingChip } from '../../parts/marking-chip.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import type { Column } from '../../parts/rows-table.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { sourceOf } from './graph-model.ts'
import type { Entity } from './graph-model.ts'
import { TypeBadge } from './type-badge.tsx'

export function EntityTable({
  rows,
  caption,
}: {
  readonly rows: readonly Entity[]
  readonly caption: string
}) {
  return <RowsTable caption={caption} columns={columns} rows={rows} keyOf={({ id }) => id} />
}

const columns: readonly Column<Entity>[] = [
  {
    head: 'Name',
    cell: ({ id, name }) => (
      <TextLink component={Link} to={`/graph/entities/${id}`}>
        <UntrustedText text={name} most={120} />
      </TextLink>
    ),
  },
  { head: 'Type', cell: ({ type }) => <TypeBadge type={type} /> },
  { head: 'Key', cell: ({ key }) => <UntrustedText text={key} most={80} /> },
  { head: 'TLP', cell: ({ tlp }) => <MarkingChip value={tlp} /> },
  {
    head: 'Source and licence',
    cell: (entity) => <UntrustedText text={sourceOf(entity)} most={160} />,
  },
]
