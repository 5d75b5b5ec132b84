import { Type } from 'typebox'
import { operation } from '../operation.ts'
import { CaseId, closed, Id, Instant, Json, Tlp } from '../schema.ts'
import { feedDenials as d } from './denials.ts'

const FeedName = Type.String({
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$',
  description: 'The name of a feed, such as siem.',
})
const FeedId = Id('feed', 'A feed.')
const Kind = Type.Union([Type.Literal('webhook'), Type.Literal('syslog')], {
  description: 'webhook: signed POST requests. syslog: RFC 5424 messages over TLS.',
})
const Reason = Type.String({ minLength: 3, maxLength: 500, description: 'Why; it is kept with the receipt.' })
const Decision = Type.Union(
  ['allowed', 'denied', 'parked', 'failed', 'unknown'].map((decision) => Type.Literal(decision)),
  { description: 'Only receipts that ended so.' },
)

const Feed = closed(
  {
    id: FeedId,
    name: FeedName,
    kind: Kind,
    to: Type.String({ description: 'The host; what is behind it may be a secret, and is not shown again.' }),
    state: Type.Union([Type.Literal('active'), Type.Literal('paused')]),
    tlp: Tlp,
    filter: Type.String({ description: 'What it is limited to; empty for everything.' }),
    lag: Type.Integer({ description: 'Receipts that have their place in a log and were not delivered yet.' }),
    failures: Type.Integer({ description: 'Attempts in a row that failed.' }),
    error: Type.Union([Type.String(), Type.Null()], { description: 'Why the last of them failed.' }),
    retryAt: Type.Union([Instant, Type.Null()]),
    acceptedAt: Type.Union([Instant, Type.Null()], { description: 'When something was last accepted.' }),
    createdBy: Type.String(),
    createdAt: Instant,
    reason: Type.String(),
  },
  { title: 'Feed' },
)

export const feedCreate = operation({
  name: 'feed.create',
  summary: 'Send receipts to a SIEM',
  description:
    "Sends your organisation's receipts as they come, in the order of each log and at least once, to a receiver that the operator opened (feedDestinations). The answer holds the webhook's secret, once.",
  effect: 'write',
  input: closed({
    name: FeedName,
    kind: Kind,
    to: Type.String({
      minLength: 1,
      maxLength: 2_000,
      description: 'https://HOST[:PORT]/PATH for a webhook, HOST[:PORT] for syslog.',
    }),
    tlp: Type.Optional(
      Type.Union([...Tlp.anyOf], {
        default: 'AMBER',
        description: 'Of receipts marked stricter only id and leaf hash are sent.',
      }),
    ),
    begin: Type.Optional(
      Type.Union([Type.Literal('now'), Type.Literal('start')], {
        default: 'now',
        description: 'start: with the first receipt there is.',
      }),
    ),
    operation: Type.Optional(Type.String({ maxLength: 64, description: 'Only receipts of this operation.' })),
    package: Type.Optional(Type.String({ maxLength: 64, description: 'Only receipts of this package.' })),
    case: Type.Optional(CaseId),
    decision: Type.Optional(Decision),
    ca: Type.Optional(
      Type.String({
        maxLength: 65_536,
        description: 'The only CAs that the receiver may have its certificate from, in PEM.',
      }),
    ),
    reason: Reason,
  }),
  output: closed({
    feed: Feed,
    secret: Type.Optional(
      Type.String({ description: 'Signs what the webhook is sent. Shown once; keep it with the receiver.' }),
    ),
  }),
  denials: {
    feed_name_taken: d.feed_name_taken,
    feeds_too_many: d.feeds_too_many,
    feed_destination_invalid: d.feed_destination_invalid,
    feed_destination_closed: d.feed_destination_closed,
    feed_ca_invalid: d.feed_ca_invalid,
  },
  secretOutput: true,
  rest: { method: 'POST', path: '/feeds' },
  graphql: { kind: 'mutation', field: 'feedCreate' },
  cli: { command: 'feed create', positional: ['name'] },
})
export const feedList = operation({
  name: 'feed.list',
  summary: 'List feeds, how far behind each is, and why',
  description: 'Feeds of your organisation, by name.',
  effect: 'read',
  input: closed({}),
  output: closed({ rows: Type.Array(Feed) }),
  denials: {},
  rest: { method: 'GET', path: '/feeds' },
  graphql: { kind: 'query', field: 'feeds' },
  cli: { command: 'feed list' },
})
export const feedPause = operation({
  name: 'feed.pause',
  summary: 'Stop a feed for a while',
  description: 'What comes meanwhile is kept and sent when the feed is resumed.',
  effect: 'write',
  input: closed({ name: FeedName, reason: Reason }),
  output: Feed,
  denials: { feed_unknown: d.feed_unknown },
  rest: { method: 'POST', path: '/feeds/{name}/pause' },
  graphql: { kind: 'mutation', field: 'feedPause' },
  cli: { command: 'feed pause', positional: ['name'] },
})
export const feedResume = operation({
  name: 'feed.resume',
  summary: 'Let a feed go on, at once',
  description: 'Goes on where it stopped. Of a feed that waits after failures, the wait is over.',
  effect: 'write',
  input: closed({ name: FeedName }),
  output: Feed,
  denials: { feed_unknown: d.feed_unknown },
  rest: { method: 'POST', path: '/feeds/{name}/resume' },
  graphql: { kind: 'mutation', field: 'feedResume' },
  cli: { command: 'feed resume', positional: ['name'] },
})
export const feedRemove = operation({
  name: 'feed.remove',
  summary: 'Remove a feed',
  description: 'Nothing more is sent, and where it stopped is forgotten.',
  effect: 'write',
  input: closed({ name: FeedName, reason: Reason }),
  output: closed({ name: FeedName, undelivered: Type.Integer() }),
  denials: { feed_unknown: d.feed_unknown },
  rest: { method: 'DELETE', path: '/feeds/{name}' },
  graphql: { kind: 'mutation', field: 'feedRemove' },
  cli: { command: 'feed remove', positional: ['name'] },
})
export const feedTest = operation({
  name: 'feed.test',
  summary: 'Send one record that says it is a test',
  description: 'Connects, sends and waits for acceptance as a delivery would; nothing of a log is sent.',
  effect: 'external',
  input: closed({ name: FeedName }),
  output: closed({
    name: FeedName,
    accepted: Type.Boolean(),
    answer: Type.String({ description: 'How the receiver took it.' }),
    ms: Type.Integer(),
  }),
  denials: {
    feed_unknown: d.feed_unknown,
    feed_destination_closed: d.feed_destination_closed,
    feed_test_failed: d.feed_test_failed,
  },
  rest: { method: 'POST', path: '/feeds/{name}/test' },
  graphql: { kind: 'mutation', field: 'feedTest' },
  cli: { command: 'feed test', positional: ['name'] },
})
export const feedRead = operation({
  name: 'feed.read',
  summary: 'Read records of the evidence logs, page by page',
  description:
    'What feeds send, for who fetches it: records in the order of each log, after a cursor. GET /evidence/feed streams the same as lines.',
  effect: 'read',
  input: closed({
    after: Type.Optional(
      Type.String({ maxLength: 400, description: 'Cursor of the last record that you kept.' }),
    ),
    tlp: Type.Optional(
      Type.Union([...Tlp.anyOf], {
        default: 'AMBER',
        description: 'Of receipts marked stricter only id and leaf hash are shown.',
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 500 })),
  }),
  output: closed({
    records: Type.Array(Json, { description: 'See docs/reference/feed.md.' }),
    cursor: Type.String({ description: 'Give it as `after` to go on.' }),
    more: Type.Boolean({ description: 'False when you have all there is now.' }),
  }),
  denials: { feed_cursor_invalid: d.feed_cursor_invalid, feed_cursor_ahead: d.feed_cursor_ahead },
  rest: { method: 'GET', path: '/evidence/feed/page' },
  graphql: { kind: 'query', field: 'feedRecords' },
  cli: { command: 'feed read' },
})
