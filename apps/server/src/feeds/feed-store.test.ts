import assert from 'node:assert/strict'
import { onEachStore } from '../../../../tests/support/stores.ts'
import type { Database, Tx } from '../kernel/db/index.ts'
import {
  acceptBatch,
  activeFeeds,
  beginBatch,
  cursorsOf,
  deleteFeed,
  deleteFeedsOf,
  findFeed,
  hasNoFeedSecrets,
  insertCursors,
  insertFeed,
  leaseFeed,
  listFeeds,
  releaseFeeds,
  updateFeed,
} from './feed-store.ts'
import type { FeedRow } from './feed-store.ts'
import { feedMigrations } from './index.ts'

const feed = (change: Partial<FeedRow> = {}): FeedRow => ({
  id: 'feed_1',
  organisation: 'org_a',
  name: 'siem',
  kind: 'webhook',
  destination: 'https://siem.corp.example/',
  tlp: 'AMBER',
  filter: '{}',
  ca: null,
  secret: null,
  state: 'active',
  reason: 'why not',
  created_by: 'Ana',
  created_at: 1,
  failures: 0,
  error: null,
  retry_at: null,
  accepted_at: null,
  leased_by: null,
  leased_until: null,
  ...change,
})
const cursor = { feed: 'feed_1', organisation: 'org_a', log: 1, next: 0, begin: 7, sending_to: null }

/** Rows of SQLite have no prototype. */
const plain = (rows: readonly (FeedRow | undefined)[]) => rows.map((row) => ({ ...row }))
const write = <T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> =>
  database.writer.transact({ by: 'gate', operation: 'test' }, work)

onEachStore(
  'a name is taken once in an organisation, and an organisation that leaves takes its own feeds alone',
  feedMigrations,
  async (database) => {
    assert.equal(await hasNoFeedSecrets(database.read), true)
    assert.equal(await write(database, (tx) => insertFeed(tx, feed())), true)
    assert.equal(await write(database, (tx) => insertFeed(tx, feed({ id: 'feed_2' }))), false)
    const others = feed({ id: 'feed_3', organisation: 'org_b', secret: 'sealed' })
    assert.equal(await write(database, (tx) => insertFeed(tx, others)), true)
    assert.equal(await hasNoFeedSecrets(database.read), false)
    await write(database, (tx) =>
      insertCursors(tx, [cursor, { ...cursor, feed: 'feed_3', organisation: 'org_b' }]),
    )
    assert.deepEqual(plain(await listFeeds(database.read, 'org_a')), [feed()])
    assert.equal(await findFeed(database.read, 'org_a', 'none'), undefined)
    assert.equal(await write(database, (tx) => deleteFeedsOf(tx, 'org_a')), 1)
    assert.deepEqual(await cursorsOf(database.read, 'feed_1'), [])
    assert.deepEqual(plain(await listFeeds(database.read, 'org_b')), [others])
    await write(database, (tx) => deleteFeed(tx, 'feed_3'))
    assert.deepEqual(await cursorsOf(database.read, 'feed_3'), [])
  },
)

onEachStore(
  'a batch that was begun ends where it was cut until it is accepted, and accepting clears what failed',
  feedMigrations,
  async (database) => {
    await write(database, async (tx) => {
      await insertFeed(tx, feed({ failures: 3, error: 'down', retry_at: 99 }))
      await insertCursors(tx, [cursor])
      await beginBatch(tx, cursor, 40)
      // Of a log that is new to the feed there is no cursor yet.
      await beginBatch(tx, { ...cursor, log: 2, begin: 0 }, 5)
    })
    const rows = async () => (await cursorsOf(database.read, 'feed_1')).toSorted((a, b) => a.log - b.log)
    assert.deepEqual(
      (await rows()).map(({ next, begin, sending_to }) => [next, begin, sending_to]),
      [
        [0, 7, 40],
        [0, 0, 5],
      ],
    )
    await write(database, (tx) => acceptBatch(tx, { feed: 'feed_1', log: 1, to: 40, at: 123 }))
    assert.deepEqual(
      (await rows()).map(({ next, sending_to }) => [next, sending_to]),
      [
        [40, null],
        [0, 5],
      ],
    )
    assert.deepEqual(plain([await findFeed(database.read, 'org_a', 'siem')]), [feed({ accepted_at: 123 })])
  },
)

onEachStore(
  'one server sends a feed at a time: another has it once the lease is over or given up, and nobody a paused one',
  feedMigrations,
  async (database) => {
    await write(database, (tx) => insertFeed(tx, feed()))
    const lease = (by: string, at: number) =>
      write(database, (tx) => leaseFeed(tx, 'feed_1', { by, at, until: at + 100 }))
    assert.equal(await lease('one', 0), true)
    assert.equal(await lease('two', 50), false)
    assert.equal(await lease('one', 90), true)
    assert.equal(await lease('two', 150), false)
    assert.equal(await lease('two', 191), true)
    await write(database, (tx) => releaseFeeds(tx, 'one'))
    assert.equal(await lease('one', 200), false)
    await write(database, (tx) => releaseFeeds(tx, 'two'))
    assert.equal(await lease('one', 200), true)
    await write(database, (tx) => releaseFeeds(tx))
    await write(database, (tx) => updateFeed(tx, 'feed_1', { state: 'paused' }))
    assert.equal(await lease('two', 500), false)
    assert.deepEqual(await activeFeeds(database.read), [])
  },
)
