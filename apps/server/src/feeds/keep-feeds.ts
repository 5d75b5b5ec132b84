import { randomBytes } from 'node:crypto'
import { allow, deny, feedDenials } from '@switchboard/api'
import type { OperationByName, OutputOf } from '@switchboard/api'
import type { Evidence, ReceiptFilter } from '../evidence/index.ts'
import type { Reader } from '../kernel/db/index.ts'
import { handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { newId } from '../kernel/ids.ts'
import type { SecretBox } from '../secrets/index.ts'
import { caProblem, readFeedDestination, shownDestination } from './destination.ts'
import type { OpenedDestinations } from './destination.ts'
import {
  cursorsOf,
  deleteFeed,
  filterOf,
  findFeed,
  insertCursors,
  insertFeed,
  listFeeds,
  updateFeed,
} from './feed-store.ts'
import type { FeedRow } from './feed-store.ts'

export interface KeepDeps {
  readonly source: Evidence['feed']
  readonly opened: OpenedDestinations
  readonly box: Pick<SecretBox, 'seal'>
  /** Says that there may be something to send. */
  readonly wake: () => void
}

type Feed = OutputOf<OperationByName<'feed.list'>>['rows'][number]

const mostFeeds = 20

export function keepFeeds(deps: KeepDeps): readonly Registration[] {
  return [createFeed(deps), listFeedsOperation(deps), pauseFeed(deps), resumeFeed(deps), removeFeed(deps)]
}

/** Where a feed's secret is sealed to. */
export function placeOfSecret(row: Pick<FeedRow, 'organisation' | 'id' | 'destination'>) {
  const { organisation, id, destination } = row
  return { organisation, package: 'feed', name: id, hosts: [destination] }
}

function createFeed({ source, opened, box, wake }: KeepDeps): Registration {
  return handleWrite(operationOf('feed.create'), {
    async run(ctx, input) {
      const { organisation, name: createdBy } = ctx.actor
      const { name, kind, tlp = 'AMBER', begin = 'now', ca, reason } = input
      const to = readFeedDestination(kind, input.to, opened)
      if (!to.ok) return to
      const problem = ca === undefined ? undefined : caProblem(ca)
      if (problem !== undefined) return deny(feedDenials, 'feed_ca_invalid', { rule: problem })
      const existing = await listFeeds(ctx.tx, organisation)
      if (existing.some((row) => row.name === name))
        return deny(feedDenials, 'feed_name_taken', { feed: name })
      if (existing.length >= mostFeeds) return deny(feedDenials, 'feeds_too_many', { most: mostFeeds })

      const id = newId('feed')
      const { url, host, port } = to.value
      const destination = kind === 'webhook' ? url.href : `${host}:${port}`
      const secret = kind === 'webhook' ? `whsec_${randomBytes(32).toString('base64url')}` : undefined
      const row: FeedRow = {
        id,
        organisation,
        name,
        kind,
        destination,
        tlp,
        filter: JSON.stringify(filterFrom(input)),
        ca: ca ?? null,
        secret:
          secret === undefined ? null : box.seal(secret, placeOfSecret({ organisation, id, destination })),
        state: 'active',
        reason,
        created_by: createdBy,
        created_at: ctx.at,
        failures: 0,
        error: null,
        retry_at: null,
        accepted_at: null,
        leased_by: null,
        leased_until: null,
      }
      if (!(await insertFeed(ctx.tx, row))) return deny(feedDenials, 'feed_name_taken', { feed: name })
      const logs = begin === 'now' ? await source.logs(ctx.tx, organisation) : []
      await insertCursors(
        ctx.tx,
        logs.map(({ number, size }) => ({
          feed: id,
          organisation,
          log: number,
          next: 0,
          begin: size,
          sending_to: null,
        })),
      )
      ctx.subject({ target: `${name} to ${kind} ${shownDestination(row)}`.slice(0, 300) })
      ctx.place({ tlp })
      ctx.afterCommit(wake)
      return allow({
        feed: await describe(ctx.tx, row, source),
        ...(secret === undefined ? {} : { secret }),
      })
    },
  })
}

function listFeedsOperation({ source }: KeepDeps): Registration {
  return handleRead(operationOf('feed.list'), {
    async run(ctx) {
      const rows: Feed[] = []
      for (const row of await listFeeds(ctx.read, ctx.actor.organisation))
        rows.push(await describe(ctx.read, row, source))
      ctx.count({ rows: rows.length })
      return allow({ rows })
    },
  })
}

function pauseFeed({ source }: KeepDeps): Registration {
  return handleWrite(operationOf('feed.pause'), {
    async run(ctx, { name }) {
      const row = await findFeed(ctx.tx, ctx.actor.organisation, name)
      if (row === undefined) return deny(feedDenials, 'feed_unknown', { feed: name })
      ctx.subject({ target: name })
      await updateFeed(ctx.tx, row.id, { state: 'paused' })
      return allow(await describe(ctx.tx, { ...row, state: 'paused' }, source))
    },
  })
}

function resumeFeed({ source, wake }: KeepDeps): Registration {
  return handleWrite(operationOf('feed.resume'), {
    async run(ctx, { name }) {
      const row = await findFeed(ctx.tx, ctx.actor.organisation, name)
      if (row === undefined) return deny(feedDenials, 'feed_unknown', { feed: name })
      ctx.subject({ target: name })
      await updateFeed(ctx.tx, row.id, { state: 'active', retry_at: null })
      ctx.afterCommit(wake)
      return allow(await describe(ctx.tx, { ...row, state: 'active', retry_at: null }, source))
    },
  })
}

function removeFeed({ source }: KeepDeps): Registration {
  return handleWrite(operationOf('feed.remove'), {
    async run(ctx, { name }) {
      const row = await findFeed(ctx.tx, ctx.actor.organisation, name)
      if (row === undefined) return deny(feedDenials, 'feed_unknown', { feed: name })
      ctx.subject({ target: name })
      const undelivered = await lagOf(ctx.tx, row, source)
      await deleteFeed(ctx.tx, row.id)
      return allow({ name, undelivered })
    },
  })
}

/** Entries of the organisation's logs that the feed was not yet accepted for. */
export async function lagOf(db: Reader, row: FeedRow, source: Evidence['feed']): Promise<number> {
  const cursors = new Map((await cursorsOf(db, row.id)).map((cursor) => [cursor.log, cursor]))
  return (await source.logs(db, row.organisation)).reduce((sum, { number, size }) => {
    const { next = 0, begin = 0 } = cursors.get(number) ?? {}
    return sum + Math.max(0, size - Math.max(next, begin))
  }, 0)
}

async function describe(db: Reader, row: FeedRow, source: Evidence['feed']): Promise<Feed> {
  return {
    // Made by newId.
    id: row.id,
    name: row.name,
    kind: row.kind,
    to: shownDestination(row),
    state: row.state,
    // Parsed by the schema when the feed was made.
    tlp: row.tlp as Feed['tlp'],
    filter: Object.entries(filterOf(row))
      .map(([member, value]) => `${member}=${String(value)}`)
      .join(' '),
    lag: await lagOf(db, row, source),
    failures: row.failures,
    error: row.error,
    retryAt: row.retry_at,
    acceptedAt: row.accepted_at,
    createdBy: row.created_by,
    createdAt: row.created_at,
    reason: row.reason,
  }
}

function filterFrom(input: {
  operation?: string
  package?: string
  case?: string
  decision?: unknown
}): ReceiptFilter {
  const { operation, package: packageName, case: caseId } = input
  return {
    ...(operation === undefined ? {} : { operation }),
    ...(packageName === undefined ? {} : { package: packageName }),
    ...(caseId === undefined ? {} : { case: caseId }),
    ...(input.decision === undefined ? {} : { decision: input.decision as ReceiptFilter['decision'] }),
  }
}
