import assert from 'node:assert/strict'
import { onEachStore } from '../../../../tests/support/stores.ts'
import type { Database } from './db/index.ts'
import { enqueue, jobMigrations, startJobs } from './jobs.ts'
import type { Logger } from './log.ts'

const claimMs = 60_000

function worker(
  database: Database,
  work: (payload: unknown) => Promise<void>,
  options: { clock?: () => number; concurrency?: number; kind?: string } = {},
) {
  const errors: unknown[] = []
  const givenUp: unknown[] = []
  // Of a logger the worker uses `error` alone.
  const log = { error: (facts: unknown) => void errors.push(facts) } as unknown as Logger
  const { clock = () => 1_000, concurrency = 2, kind = 'k' } = options
  const started = startJobs({
    kind,
    read: database.read,
    writer: database.writer,
    clock,
    log,
    concurrency,
    pollMs: 60_000,
    work,
    giveUp: (_tx, payload) => Promise.resolve(void givenUp.push(payload)),
  })
  return { ...started, errors, givenUp }
}
function queue(database: Database, payloads: readonly unknown[], kind = 'k'): Promise<void> {
  return database.writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
    for (const payload of payloads) await enqueue(tx, { kind, payload, at: 1 })
  })
}
async function waiting(database: Database) {
  return await database.read
    .selectFrom('jobs')
    .select(['kind', 'attempts', 'claimed_until'])
    .orderBy('id')
    .execute()
}
async function untilEmpty(database: Database): Promise<void> {
  while ((await waiting(database)).length > 0) await pause()
}
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3))

onEachStore(
  'jobs are done oldest first, at most so many at once, and then they are gone',
  jobMigrations,
  async (database) => {
    await queue(database, [1, 2, 3, 4, 5])
    await queue(database, ['other'], 'of another kind')
    const begun: unknown[] = []
    const two = Promise.withResolvers<void>()
    let running = 0
    let most = 0
    const jobs = worker(database, async (payload) => {
      begun.push(payload)
      running += 1
      most = Math.max(most, running)
      if (running === 2) two.resolve()
      await two.promise
      running -= 1
    })
    while ((await waiting(database)).length > 1) await pause()
    await jobs.stop()
    assert.deepEqual([begun.map(Number).toSorted((a, b) => a - b), most], [[1, 2, 3, 4, 5], 2])
    assert.deepEqual(begun[0], 1)
    assert.deepEqual(
      (await waiting(database)).map(({ kind, attempts }) => [kind, attempts]),
      [['of another kind', 0]],
    )
  },
)

onEachStore('two workers never do the same job', jobMigrations, async (database) => {
  await queue(
    database,
    Array.from({ length: 20 }, (_, i) => i),
  )
  const done: unknown[] = []
  const work = async (payload: unknown): Promise<void> => {
    done.push(payload)
    await pause()
  }
  const workers = [worker(database, work), worker(database, work)]
  // A claim that was lost to the other ends a turn; being woken starts the next.
  while ((await waiting(database)).length > 0) {
    for (const each of workers) each.wake()
    await pause()
  }
  for (const each of workers) await each.stop()
  assert.deepEqual(
    done.map(Number).toSorted((a, b) => a - b),
    Array.from({ length: 20 }, (_, i) => i),
  )
})

onEachStore(
  'a job whose worker died is taken again when its claim has lapsed, and given up after three attempts',
  jobMigrations,
  async (database) => {
    await queue(database, ['deadly'])
    let at = 1_000
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const begun = Promise.withResolvers<void>()
      // As a killed process leaves it: claimed, and never heard of again.
      const dying = worker(
        database,
        () => {
          begun.resolve()
          return new Promise<never>(() => {})
        },
        { clock: () => at },
      )
      await begun.promise
      void dying.stop()
      assert.deepEqual(
        (await waiting(database)).map(({ attempts }) => attempts),
        [attempt],
      )
      const early = worker(database, () => assert.fail('it is claimed'), { clock: () => at + claimMs })
      await early.stop()
      at += claimMs + 1
    }
    const late = worker(database, () => assert.fail('it was given up'), { clock: () => at })
    // Nor does its payload stay behind.
    await untilEmpty(database)
    await late.stop()
    assert.deepEqual(late.givenUp, ['deadly'])
  },
)

onEachStore(
  'a job that fails is told, keeps its attempt and does not stop the others',
  jobMigrations,
  async (database) => {
    await queue(database, ['bad', 'good', 'good'])
    const done: unknown[] = []
    const jobs = worker(
      database,
      async (payload) => {
        if (payload === 'bad') throw new Error('no')
        done.push(payload)
      },
      { concurrency: 1 },
    )
    while (done.length < 2) await pause()
    await jobs.stop()
    assert.deepEqual([done, jobs.errors.length], [['good', 'good'], 1])
    assert.deepEqual(
      (await waiting(database)).map(({ attempts }) => attempts),
      [1],
    )
  },
)

onEachStore(
  'a job that fails for the third time is given up with its payload, and not before',
  jobMigrations,
  async (database) => {
    await queue(database, ['bad'])
    let at = 1_000
    for (const left of [1, 1, 0]) {
      const failing = worker(database, () => Promise.reject(new Error('no')), { clock: () => at })
      while (failing.errors.length === 0) await pause()
      await failing.stop()
      assert.deepEqual([failing.givenUp.length, (await waiting(database)).length], [1 - left, left])
      at += claimMs + 1
    }
  },
)

onEachStore('stopping takes no new jobs and waits for those under way', jobMigrations, async (database) => {
  await queue(database, [1, 2])
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const done: unknown[] = []
  const jobs = worker(
    database,
    async (payload) => {
      begun.resolve()
      await release.promise
      done.push(payload)
    },
    { concurrency: 1 },
  )
  await begun.promise
  const stopped = jobs.stop()
  release.resolve()
  await stopped
  jobs.wake()
  // As long as it takes somebody who is not stopped to do one.
  await queue(database, ['other'], 'other')
  const other = worker(database, () => Promise.resolve(), { kind: 'other' })
  while ((await waiting(database)).length > 1) await pause()
  await other.stop()
  assert.deepEqual(done, [1])
  assert.deepEqual(
    (await waiting(database)).map(({ kind, attempts }) => [kind, attempts]),
    [['k', 0]],
  )
})

onEachStore(
  'a job is there exactly when the transaction that called for it is',
  jobMigrations,
  async (database) => {
    const failing = database.writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
      await enqueue(tx, { kind: 'k', payload: 1, at: 1 })
      throw new Error('rolled back')
    })
    await assert.rejects(() => failing, /rolled back/)
    assert.deepEqual(await waiting(database), [])
    await queue(database, [{ deep: ['value', 'ü🦓'] }])
    const payloads: unknown[] = []
    const jobs = worker(database, async (payload) => void payloads.push(payload))
    await untilEmpty(database)
    await jobs.stop()
    assert.deepEqual(payloads, [{ deep: ['value', 'ü🦓'] }])
  },
)
