import { allow, deny, feedDenials } from '@switchboard/api'
import { handleExternal, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { readFeedDestination } from './destination.ts'
import { testRecord } from './feed-record.ts'
import { findFeed } from './feed-store.ts'
import type { FeedRow } from './feed-store.ts'
import type { SendDeps } from './send-feeds.ts'

/** `feed.test`: one delivery of a record that says nothing, the way that a real one goes. */
export function testFeed({
  opened,
  deliver,
  secretOf,
}: Pick<SendDeps, 'opened' | 'deliver' | 'secretOf'>): Registration {
  return handleExternal<ReturnType<typeof operationOf<'feed.test'>>, FeedRow>(operationOf('feed.test'), {
    async begin(ctx, { name }) {
      const row = await findFeed(ctx.tx, ctx.actor.organisation, name)
      if (row === undefined) return deny(feedDenials, 'feed_unknown', { feed: name })
      ctx.subject({ target: name })
      return allow(row)
    },
    async run(ctx, { name }, row) {
      const to = readFeedDestination(row.kind, row.destination, opened)
      if (!to.ok) {
        const { to: closed, setting } = to.denial.params as { to: string; setting: string }
        return { outcome: deny(feedDenials, 'feed_destination_closed', { to: closed, setting }) }
      }
      const secret = secretOf(row)
      const startedAt = performance.now()
      const delivered = await deliver[row.kind](
        {
          id: ctx.receiptId.slice(4),
          feed: name,
          organisation: row.organisation,
          log: '-',
          records: [testRecord(name, ctx.at)],
          destination: to.value,
          ...(row.ca === null ? {} : { ca: row.ca }),
          ...(secret === undefined ? {} : { secret }),
        },
        ctx.signal,
      )
      if (!delivered.ok)
        return { outcome: deny(feedDenials, 'feed_test_failed', { feed: name, reason: delivered.reason }) }
      const ms = Math.round(performance.now() - startedAt)
      return { outcome: allow({ name, accepted: true, answer: delivered.answer, ms }) }
    },
  })
}
