import { Paper, Stack, Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { useRead } from '../../api/use-read.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Answered } from '../../parts/answered.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FactList } from '../../parts/fact-list.tsx'
import { count } from '../../parts/format.ts'
import { Instant } from '../../parts/instant.tsx'
import { MarkingChip } from '../../parts/marking-chip.tsx'
import { Permitted } from '../../parts/permitted.tsx'
import { Section } from '../../parts/section.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { FeedActions } from './feed-actions.tsx'

const refreshMs = 10_000

type Feed = OutputOf<OperationByName<'feed.list'>>['rows'][number]

/** Where receipts are sent, how far behind each receiver is, and why. */
export function FeedsCard() {
  return (
    <Section id="feeds" title="Where receipts are sent">
      <Permitted operation="feed.list">
        <EveryFeed />
      </Permitted>
    </Section>
  )
}

function EveryFeed() {
  const read = useRead('feed.list', {}, { refreshMs })
  const add = (
    <AllowedButton operation="feed.create" to="/do/feed.create" variant="outlined" size="small">
      Send receipts to a SIEM
    </AllowedButton>
  )
  return (
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
  )
}

function Feeds({ rows }: { readonly rows: readonly Feed[] }) {
  return (
    <Stack component="ul" aria-label="Feeds" spacing={2} sx={{ listStyle: 'none', m: 0, p: 0 }}>
      {rows.map((feed) => (
        <Paper key={feed.id} component="li" variant="outlined" sx={{ p: 1.5 }}>
          <Stack spacing={1.5}>
            <Stack direction="row" spacing={1} useFlexGap sx={{ alignItems: 'center', flexWrap: 'wrap' }}>
              <Typography variant="h3">{feed.name}</Typography>
              <StateChip state={feed.state} />
              <MarkingChip value={feed.tlp} />
            </Stack>
            <FactList
              facts={[
                ['To', <UntrustedText key="to" text={feed.to} most={200} />],
                ['By', feed.kind === 'webhook' ? 'signed requests (webhook)' : 'syslog over TLS'],
                [
                  'Limited to',
                  feed.filter === '' ? undefined : <UntrustedText key="filter" text={feed.filter} />,
                ],
                [
                  'Behind',
                  feed.lag === 0 ? 'nothing waits' : `${count(feed.lag, 'receipt')} not delivered yet`,
                ],
                [
                  'Last accepted',
                  feed.acceptedAt === null ? 'never' : <Instant key="accepted" ms={feed.acceptedAt} />,
                ],
                ['Trouble', <Trouble key="trouble" feed={feed} />],
                ['Why', <UntrustedText key="why" text={feed.reason} />],
              ]}
            />
            <FeedActions name={feed.name} state={feed.state} />
          </Stack>
        </Paper>
      ))}
    </Stack>
  )
}

function Trouble({ feed }: { readonly feed: Feed }) {
  if (feed.error === null) return 'none'
  return (
    <>
      <UntrustedText text={feed.error} most={300} />
      {feed.retryAt === null ? null : (
        <Typography variant="caption" component="div" color="textSecondary">
          {count(feed.failures, 'time')} in a row; again at <Instant ms={feed.retryAt} />
        </Typography>
      )}
    </>
  )
}
