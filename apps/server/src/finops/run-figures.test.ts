import assert from 'node:assert/strict'
import fc from 'fast-check'
import { performDirectly } from '../../../../tests/support/perform-directly.ts'
import { onEachStore } from '../../../../tests/support/stores.ts'
import type { Database } from '../kernel/db/index.ts'
import type { Actor } from '../kernel/handler.ts'
import { newId } from '../kernel/ids.ts'
import { createFinops, finopsMigrations } from './index.ts'

const march = Date.UTC(2026, 2, 15)
const april = Date.UTC(2026, 3, 1)

interface Ended {
  readonly organisation?: string
  readonly package?: string
  readonly user?: string
  readonly at?: number
  /** What calls drew while it ran, and what it cost itself. */
  readonly calls?: readonly bigint[]
  readonly micros: bigint
  readonly wallMicros: number
}

/** Runs as the gate settles them: calls draw from the reservation, the end closes it and names the run. */
async function endRuns(database: Database, runs: readonly Ended[]): Promise<readonly string[]> {
  const finops = createFinops()
  const ids: string[] = []
  for (const run of runs) {
    const { organisation = 'org_a', user = 'usr_a', at = march } = run
    const id = newId('rct')
    const name = newId('run')
    ids.push(name)
    const use = { organisation, user, package: run.package ?? 'one', at, calls: 0, rows: 0, cpuMicros: 0 }
    await database.writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
      await finops.reserve(tx, { id, organisation, micros: 10_000n, at })
      for (const micros of run.calls ?? [])
        await finops.settle(tx, { ...use, reservation: id, runs: 0, calls: 1, micros, final: false })
      const ended = { run: name, wallMicros: run.wallMicros }
      await finops.settle(tx, { ...use, reservation: id, runs: 1, micros: run.micros, final: true, ended })
    })
  }
  return ids
}

function asking(database: Database, organisation = 'org_a') {
  const actor: Actor = {
    organisation: organisation as Actor['organisation'],
    user: 'usr_fin',
    name: 'fin',
    roles: ['finops'],
    demo: false,
    kind: 'user',
  }
  const nameOf = (_db: unknown, _organisation: string, user: string) =>
    Promise.resolve(user === 'usr_gone' ? undefined : `name of ${user}`)
  const { registrations } = createFinops({ nameOf })
  return async (operation: string, input: object, at = march) => {
    const answer = await performDirectly(database, { registrations, operation, actor, input, at })
    assert.ok(answer.ok)
    return (answer.value as { rows: Record<string, unknown>[] }).rows
  }
}

onEachStore(
  'half and nineteen in twenty of the runs cost and took at most what is said, with what their calls drew',
  finopsMigrations,
  async (database) => {
    const runs = Array.from({ length: 20 }, (_, place) => ({
      calls: [5n, 0n],
      micros: BigInt(100 - place),
      wallMicros: 1_000 * place + 1,
    }))
    await endRuns(database, [...runs, { package: 'two', user: 'usr_gone', micros: 7n, wallMicros: 9 }])
    const ask = asking(database)
    const figures = async (by: string) =>
      (await ask('usage.read', { by })).map(({ key, name, perRun }) => [key, name, perRun])
    const twenty = {
      runs: 20,
      costMicros: { p50: '95', p95: '104' },
      wallMicros: { p50: 10_000, p95: 19_000 },
    }
    const single = { runs: 1, costMicros: { p50: '7', p95: '7' }, wallMicros: { p50: 1_000, p95: 1_000 } }
    assert.deepEqual(await figures('package'), [
      ['one', 'one', twenty],
      ['two', 'two', single],
    ])
    assert.deepEqual(await figures('user'), [
      ['usr_a', 'name of usr_a', twenty],
      ['usr_gone', 'usr_gone', single],
    ])
    const [all] = await figures('organisation')
    assert.deepEqual((all?.[2] as { runs?: number } | undefined)?.runs, 21)
  },
)

onEachStore(
  'runs under way, of other months and of others count in no quantile',
  finopsMigrations,
  async (database) => {
    await endRuns(database, [
      { micros: 1n, wallMicros: 1, at: april },
      { micros: 2n, wallMicros: 2, organisation: 'org_b' },
    ])
    const finops = createFinops()
    await database.writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
      const id = newId('rct')
      await finops.reserve(tx, { id, organisation: 'org_a', micros: 100n, at: march })
      const use = { organisation: 'org_a', user: 'usr_a', package: 'one', at: march, rows: 0, cpuMicros: 0 }
      await finops.settle(tx, { ...use, reservation: id, runs: 0, calls: 1, micros: 3n, final: false })
    })
    const ask = asking(database)
    assert.deepEqual(
      (await ask('usage.read', {})).map(({ key, perRun }) => [key, perRun]),
      [['one', null]],
    )
    assert.deepEqual(await ask('usage.runs', {}), [])
    assert.equal((await ask('usage.runs', { month: '2026-04' })).length, 1)
  },
)

onEachStore(
  'the dearest runs come first, and of one plugin or person only',
  finopsMigrations,
  async (database) => {
    const [cheap, dear] = await endRuns(database, [
      { micros: 1n, wallMicros: 5 },
      { micros: 9n, wallMicros: 5, package: 'two', user: 'usr_b' },
    ])
    const ask = asking(database)
    const listed = async (input: object) =>
      (await ask('usage.runs', input)).map(({ run, name, costMicros }) => [run, name, costMicros])
    const first = [dear, 'name of usr_b', '9']
    assert.deepEqual(await listed({}), [first, [cheap, 'name of usr_a', '1']])
    assert.deepEqual(await listed({ limit: 1 }), [first])
    assert.deepEqual(await listed({ package: 'two' }), [first])
    assert.deepEqual(await listed({ user: 'usr_b' }), [first])
  },
)

onEachStore(
  'whatever runs cost, the quantiles are those of the sorted list',
  finopsMigrations,
  async (database) => {
    let round = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 45 }),
        async (costs) => {
          round += 1
          const organisation = `org_${round}`
          await endRuns(
            database,
            costs.map((cost) => ({ organisation, micros: BigInt(cost), wallMicros: (51 - cost) * 1_000 })),
          )
          const [row] = await asking(database, organisation)('usage.read', { by: 'organisation' })
          const perRun = row?.['perRun'] as { costMicros: { p50: string; p95: string }; wallMicros: object }
          assert.deepEqual(
            [perRun.costMicros.p50, perRun.costMicros.p95],
            [rank(costs, 0.5), rank(costs, 0.95)].map(String),
          )
          const walls = costs.map((cost) => (51 - cost) * 1_000)
          assert.deepEqual(perRun.wallMicros, { p50: rank(walls, 0.5), p95: rank(walls, 0.95) })
        },
      ),
      { numRuns: database.dialect === 'sqlite' ? 25 : 5 },
    )
  },
)

/** Nearest rank: the smallest value that at least this share of all is not above. */
function rank(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  // In hundredths, since 0.95 × 20 is a little more than 19 in binary.
  return sorted[Math.ceil((Math.round(share * 100) * sorted.length) / 100) - 1] ?? Number.NaN
}
