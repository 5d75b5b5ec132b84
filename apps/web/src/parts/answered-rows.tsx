import { Box, Button } from '@mui/material'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { Answer, ClientFault, OperationByName, OutputOf } from '@switchboard/api'
import type { ReactNode } from 'react'
import type { PagedOperation } from '../api/use-rows.ts'
import { FaultNotice } from './answered.tsx'
import { DenialCard } from './denial-card.tsx'
import { PageSkeleton } from './page-skeleton.tsx'
import { StillWaiting } from './still-waiting.tsx'

type RowOf<N extends PagedOperation> =
  OutputOf<OperationByName<N>> extends { readonly rows: readonly (infer Row)[] } ? Row : never

/** Rows that come page by page, in their four states, with a button for more. `empty` says the next step. */
export function AnsweredRows<N extends PagedOperation>(props: {
  readonly read: UseInfiniteQueryResult<InfiniteData<Answer<N>>, ClientFault>
  readonly empty: ReactNode
  readonly children: (rows: readonly RowOf<N>[]) => ReactNode
}) {
  const { data, error, refetch, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = props.read
  const again = () => void refetch()
  if (data === undefined) {
    if (error !== null) return <FaultNotice fault={error} again={again} />
    if (!isPending) return null
    return (
      <>
        <StillWaiting />
        <PageSkeleton />
      </>
    )
  }
  const rows: RowOf<N>[] = []
  for (const page of data.pages) {
    if (!page.ok) return <DenialCard denial={page.denial} receiptId={page.receiptId} />
    rows.push(...(page.value as { readonly rows: readonly RowOf<N>[] }).rows)
  }
  return (
    <>
      {error === null ? null : <FaultNotice fault={error} again={again} />}
      {rows.length === 0 ? props.empty : props.children(rows)}
      {hasNextPage ? (
        <Box sx={{ mt: 2 }}>
          <Button variant="outlined" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </Box>
      ) : null}
    </>
  )
}
