import { Link as TextLink, Stack, Typography } from '@mui/material'
import { Link } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { count } from '../../parts/format.ts'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { Section } from '../../parts/section.tsx'
import { ReceiptRows } from './receipt-rows.tsx'
import type { ReceiptRow } from './receipt-rows.tsx'

const mostOfTrace = 200

/** What led to this receipt, and what it led to: its parent, its children, and what else the same request left. */
export function ReceiptFamily({ receipt }: { readonly receipt: ReceiptRow }) {
  const read = useRead('receipt.list', { trace: receipt.trace, limit: mostOfTrace })
  return (
    <Section id="family" title="What it belongs to">
      {receipt.parent === null ? (
        <Typography variant="body2">It has no parent: somebody asked for it directly.</Typography>
      ) : (
        <Stack direction="row" spacing={1} sx={{ alignItems: 'center' }}>
          <Typography variant="body2">
            {receipt.phase === 'outcome' ? 'The intent it ends:' : 'Within:'}
          </Typography>
          <ReceiptChip id={receipt.parent} />
        </Stack>
      )}
      <Answered read={read}>
        {({ rows, next }) => {
          const children = rows.filter(({ parent }) => parent === receipt.id)
          const others = rows.length - 1
          return (
            <>
              {children.length === 0 ? (
                <Typography variant="body2">It led to no other receipt.</Typography>
              ) : (
                <>
                  <Typography variant="body2">It led to {count(children.length, 'receipt')}:</Typography>
                  <ReceiptRows caption="Receipts that it led to" rows={children} />
                </>
              )}
              {others > 0 ? (
                <TextLink component={Link} to={`/evidence?trace=${receipt.trace}`} variant="body2">
                  {next === undefined ? count(others, 'other receipt') : `More than ${others} other receipts`}{' '}
                  of the same request
                </TextLink>
              ) : null}
            </>
          )
        }}
      </Answered>
    </Section>
  )
}
