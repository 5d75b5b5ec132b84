import { Card, CardContent, Stack, Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { useRead } from '../../api/use-read.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import { AllowedButton, refusalOf } from '../../parts/allowed-button.tsx'
import { Answered } from '../../parts/answered.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Instant } from '../../parts/instant.tsx'
import { MarkingChip } from '../../parts/marking-chip.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { FeedActions } from './feed-actions.tsx'

const refreshMs = 10_000

export type Feed = OutputOf<OperationByName<'feed.list'>>['rows'][number]

/** Where receipts are sent, how far behind each receiver is, and why. */
export function FeedsCard() {
  const permission = usePermissions()?.get('feed.list')
  const read = useRead('feed.list', {}, { when: permission?.may === true, refreshMs })
  const add = (
    <AllowedButton operation="feed.create" to="/do/feed.create" variant="outlined" size="small">
      Send receipts to a SIEM
    </AllowedButton>
  )
  return (
    <Card component="section" aria-labelledby="feeds">
      <CardContent>
        <Stack spacing={2}>
          <Typography variant="h2" id="feeds">
            Where receipts are sent
          </Typography>
          {permission?.may === false ? (
            <Typography variant="body2">{refusalOf(permission.roles)}</Typography>
          ) : (
            <Answered read={read}>
              {({ rows }) =>
                rows.length === 0 ? (
                  <EmptyState says="They are sent nowhere: each stays on this server." next={add} />
                ) : (
                  <>
                    <Feeds rows={rows} />
                    {add}
                  </>
                )
              }
            </Answered>
          )}
        </Stack>
      </CardContent>
    </Card>
  )
}

function Feeds({ rows }: { readonly rows: readonly Feed[] }) {
  return (
    <RowsTable
      caption="Feeds"
      rows={rows}
      keyOf={({ id }) => id}
      columns={[
        { head: 'Feed', cell: ({ name, kind }) => `${name}, ${kind}` },
        { head: 'To', cell: ({ to }) => <UntrustedText text={to} most={200} /> },
        { head: 'Up to', cell: ({ tlp }) => <MarkingChip value={tlp} /> },
        { head: 'State', cell: ({ state }) => <StateChip state={state} /> },
        { head: 'Behind', numeric: true, cell: ({ lag }) => lag.toLocaleString('en') },
        {
          head: 'Last accepted',
          cell: ({ acceptedAt }) => (acceptedAt === null ? 'never' : <Instant ms={acceptedAt} />),
        },
        { head: 'Trouble', cell: (feed) => <Trouble feed={feed} /> },
        { head: 'Do', cell: (feed) => <FeedActions feed={feed} /> },
      ]}
    />
  )
}

function Trouble({ feed }: { readonly feed: Feed }) {
  if (feed.error === null) return 'none'
  return (
    <>
      <UntrustedText text={feed.error} most={300} />
      {feed.retryAt === null ? null : (
        <Typography variant="caption" component="div" color="textSecondary">
          {feed.failures} times in a row; again at <Instant ms={feed.retryAt} />
        </Typography>
      )}
    </>
  )
}
