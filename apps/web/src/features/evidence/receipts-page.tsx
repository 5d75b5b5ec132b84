import { Button } from '@mui/material'
import { Link, useSearchParams } from 'react-router'
import { useRows } from '../../api/use-rows.ts'
import { AnsweredRows } from '../../parts/answered-rows.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Page } from '../../parts/page.tsx'
import { EvidenceNav } from './evidence-nav.tsx'
import { ReceiptFilterBar } from './receipt-filter-bar.tsx'
import { listCommand, readFilters } from './receipt-filters.ts'
import { ReceiptRows } from './receipt-rows.tsx'

const rowsAPage = 50

/** Receipts, newest first, by what somebody looks for. */
export function ReceiptsPage() {
  const [address] = useSearchParams()
  const { query, problems } = readFilters(address)
  const read = useRows('receipt.list', { ...query, limit: rowsAPage })
  const isFiltered = Object.keys(query).length > 0
  return (
    <Page
      title="Evidence"
      lead="Every effect, denial and failure leaves a receipt in a log that can only grow. Each says what happened and proves it."
    >
      <EvidenceNav />
      <ReceiptFilterBar problems={problems} />
      <AnsweredRows
        read={read}
        empty={
          <EmptyState
            says={
              isFiltered
                ? 'No receipt fits all of these filters.'
                : 'There is no receipt yet. Whatever is done here leaves one.'
            }
            next={
              <Button component={Link} to={isFiltered ? '/evidence' : '/'} variant="contained">
                {isFiltered ? 'Show all receipts' : 'Go to the start'}
              </Button>
            }
          />
        }
      >
        {(rows) => <ReceiptRows caption="Receipts" rows={rows} />}
      </AnsweredRows>
      <CommandLine command={listCommand(query)} />
    </Page>
  )
}
