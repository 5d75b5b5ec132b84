import { Chip, Link as TextLink, Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { Link } from 'react-router'
import { money } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { Instant } from '../../parts/instant.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'

export type ReceiptRow = OutputOf<OperationByName<'receipt.list'>>['rows'][number]

/** Receipts as sentences, each with how it ended, when, what it cost and where in the log it is. */
export function ReceiptRows({
  caption,
  rows,
}: {
  readonly caption: string
  readonly rows: readonly ReceiptRow[]
}) {
  return (
    <RowsTable
      caption={caption}
      rows={rows}
      keyOf={({ id }) => id}
      columns={[
        { head: 'What happened', cell: (row) => <Sentence row={row} /> },
        { head: 'Decision', cell: ({ decision }) => <StateChip state={decision} /> },
        { head: 'When', cell: ({ at }) => <Instant ms={at} /> },
        { head: 'Cost', numeric: true, cell: ({ costMicros }) => money(costMicros) },
        { head: 'In the log', numeric: true, cell: ({ index }) => <LogPlace index={index} /> },
      ]}
    />
  )
}

function Sentence({ row }: { readonly row: ReceiptRow }) {
  return (
    <>
      <TextLink component={Link} to={`/evidence/receipts/${row.id}`}>
        <UntrustedText text={row.sentence} most={300} />
      </TextLink>
      <Typography variant="caption" component="div" color="textSecondary">
        <code>{row.operation}</code>
        {row.phase === 'effect' ? '' : `, ${row.phase}`}
      </Typography>
    </>
  )
}

/** The index in the log; a receipt that has none yet is pending, which lasts a moment. */
export function LogPlace({ index }: { readonly index: number | null }) {
  if (index !== null) return `#${index.toLocaleString('en')}`
  return <Chip size="small" variant="outlined" color="info" icon={<Icon name="clock" />} label="pending" />
}
