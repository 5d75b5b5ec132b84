import assert from 'node:assert/strict'
import { onEachStore } from '../../../../tests/support/stores.ts'
import type { Database, Tx } from '../kernel/db/index.ts'
import { newId } from '../kernel/ids.ts'
import { createFinops, finopsMigrations } from './index.ts'

const at = Date.UTC(2026, 2, 15)
const organisation = 'org_a'
const use = { runs: 0, calls: 0, rows: 0, cpuMicros: 0, organisation, user: 'usr_a', at }

function inTx<T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return database.writer.transact({ by: 'gate', operation: 'test' }, work)
}

onEachStore(
  'a reservation over what is left is denied with the numbers',
  finopsMigrations,
  async (database) => {
    const { reserve } = createFinops({ defaultLimitMicros: 100n })
    const first = await inTx(database, (tx) =>
      reserve(tx, { id: newId('rct'), organisation, micros: 60n, at }),
    )
    assert.deepEqual(first, { ok: true, value: undefined })
    const second = await inTx(database, (tx) =>
      reserve(tx, { id: newId('rct'), organisation, micros: 41n, at }),
    )
    assert.equal(second.ok, false)
    assert.deepEqual(!second.ok && [second.denial.code, second.denial.params], [
      'budget_exceeded',
      { scope: 'organisation', neededMicros: '41', leftMicros: '40', limitMicros: '100' },
    ])
    const another = await inTx(database, (tx) =>
      reserve(tx, { id: newId('rct'), organisation: 'org_b', micros: 100n, at }),
    )
    assert.equal(another.ok, true, 'another organisation has its own budget')
  },
)

onEachStore(
  'of many that ask at once only as many get money as there is',
  finopsMigrations,
  async (database) => {
    const { reserve } = createFinops({ defaultLimitMicros: 70n })
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        inTx(database, (tx) => reserve(tx, { id: newId('rct'), organisation, micros: 10n, at })),
      ),
    )
    assert.equal(answers.filter((answer) => answer.ok).length, 7)
    const account = await database.read.selectFrom('finops_budgets').selectAll().executeTakeFirstOrThrow()
    assert.equal(account.reserved_micros, 70)
  },
)

onEachStore(
  'a settled reservation gives back what it did not use, once',
  finopsMigrations,
  async (database) => {
    const { reserve, settle } = createFinops({ defaultLimitMicros: 100n })
    const reservation = newId('rct')
    await inTx(database, (tx) => reserve(tx, { id: reservation, organisation, micros: 60n, at }))
    const draw = { ...use, reservation, micros: 15n, calls: 1, final: false }
    assert.deepEqual(await inTx(database, (tx) => settle(tx, draw)), { chargedMicros: 15n })
    const close = { ...use, reservation, micros: 5n, runs: 1, final: true }
    assert.deepEqual(await inTx(database, (tx) => settle(tx, close)), { chargedMicros: 5n })
    assert.deepEqual(await inTx(database, (tx) => settle(tx, close)), { chargedMicros: 0n })
    assert.deepEqual(await inTx(database, (tx) => settle(tx, draw)), { chargedMicros: 0n })

    const account = await database.read.selectFrom('finops_budgets').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual([account.spent_micros, account.reserved_micros], [20, 0])
    const meter = await database.read.selectFrom('finops_meters').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual([meter.runs, meter.calls, meter.cost_micros], [1, 1, 20])
  },
)

onEachStore(
  'two that close the same reservation at once meter it once',
  finopsMigrations,
  async (database) => {
    const { reserve, settle } = createFinops({ defaultLimitMicros: 100n })
    const reservation = newId('rct')
    await inTx(database, (tx) => reserve(tx, { id: reservation, organisation, micros: 60n, at }))
    const close = { ...use, reservation, micros: 40n, runs: 1, final: true }
    const charged = await Promise.all([1, 2, 3].map(() => inTx(database, (tx) => settle(tx, close))))
    assert.equal(
      charged.reduce((sum, answer) => sum + answer.chargedMicros, 0n),
      40n,
    )
    const meter = await database.read.selectFrom('finops_meters').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual([meter.runs, meter.cost_micros], [1, 40])
  },
)

onEachStore('what exceeds reservation and budget is not charged', finopsMigrations, async (database) => {
  const { reserve, settle } = createFinops({ defaultLimitMicros: 100n })
  const reservation = newId('rct')
  await inTx(database, (tx) => reserve(tx, { id: reservation, organisation, micros: 60n, at }))
  await inTx(database, (tx) => reserve(tx, { id: newId('rct'), organisation, micros: 30n, at }))
  const answer = await inTx(database, (tx) => settle(tx, { ...use, reservation, micros: 500n, final: true }))
  assert.deepEqual(answer, { chargedMicros: 70n })
  const account = await database.read.selectFrom('finops_budgets').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual([account.spent_micros, account.reserved_micros], [70, 30])
})

onEachStore(
  'a run over the end of a month is booked in the month that reserved for it',
  finopsMigrations,
  async (database) => {
    const { reserve, settle } = createFinops({ defaultLimitMicros: 100n })
    const reservation = newId('rct')
    const before = Date.UTC(2026, 2, 31, 23, 59, 59, 999)
    await inTx(database, (tx) => reserve(tx, { id: reservation, organisation, micros: 60n, at: before }))
    await inTx(database, (tx) =>
      settle(tx, { ...use, reservation, micros: 9n, runs: 1, at: before + 1, final: true }),
    )
    const meter = await database.read.selectFrom('finops_meters').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual([meter.month, meter.cost_micros], ['2026-03', 9])
  },
)
