import { Box, Chip, CircularProgress, Link as TextLink, Stack, Typography } from '@mui/material'
import { Link } from 'react-router'
import { duration } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import type { AttackRow } from './attack-report.ts'

const mostReceipts = 3

/** What was tried, what blocked it, how long that took, and the receipts that say so. */
export function AttackTable({ rows }: { readonly rows: readonly AttackRow[] }) {
  return (
    <RowsTable
      caption="What was tried, and what blocked it"
      rows={rows}
      keyOf={({ key }) => key}
      columns={[
        { head: 'Tried', cell: ({ tried }) => <Typography variant="body2">{tried}</Typography> },
        { head: 'Outcome', cell: ({ state }) => <AttackState state={state} /> },
        { head: 'What blocked it', cell: (row) => <Blocker row={row} /> },
        {
          head: 'Took',
          cell: ({ tookMicros, isShared }) =>
            tookMicros === undefined ? '' : `${duration(tookMicros)}${isShared ? ' in all' : ''}`,
          numeric: true,
        },
        { head: 'Proof', cell: (row) => <Proof row={row} /> },
      ]}
    />
  )
}

function AttackState({ state }: { readonly state: AttackRow['state'] }) {
  if (state === 'waiting') return <Chip size="small" variant="outlined" label="not tried" />
  if (state === 'running')
    return (
      <Chip
        size="small"
        variant="outlined"
        color="info"
        icon={<CircularProgress size={14} />}
        label="under way"
      />
    )
  return state === 'blocked' ? (
    <Chip size="small" variant="outlined" color="success" icon={<Icon name="shield" />} label="blocked" />
  ) : (
    <Chip size="small" color="error" icon={<Icon name="warning" />} label="not blocked" />
  )
}

function Blocker({ row }: { readonly row: AttackRow }) {
  return (
    <Box sx={{ maxWidth: '60ch' }}>
      <Typography variant="body2">{row.blocker}</Typography>
      {row.said.length === 0 ? null : (
        <Box component="details" sx={{ typography: 'body2', color: 'text.secondary' }}>
          <Box component="summary" sx={{ cursor: 'pointer' }}>
            Word for word
          </Box>
          <Box component="ul" sx={{ m: 0, pl: 2.5 }}>
            {row.said.map((said) => (
              <li key={said}>
                <UntrustedText text={said} most={300} />
              </li>
            ))}
          </Box>
        </Box>
      )}
    </Box>
  )
}

function Proof({ row }: { readonly row: AttackRow }) {
  return (
    <Stack spacing={0.5} sx={{ alignItems: 'flex-start' }}>
      {row.receipts.slice(0, mostReceipts).map((id) => (
        <ReceiptChip key={id} id={id} />
      ))}
      {row.receipts.length > mostReceipts ? (
        <Typography variant="body2" color="textSecondary">
          and {row.receipts.length - mostReceipts} more in the run
        </Typography>
      ) : null}
      {row.run === undefined ? null : (
        <TextLink component={Link} to={`/runs/${row.run}`} variant="body2">
          its run
        </TextLink>
      )}
    </Stack>
  )
}
