import assert from 'node:assert/strict'
import fc from 'fast-check'
import { sql } from 'kysely'
import { onEachStore } from '../../../../tests/support/stores.ts'
import type { Database, Tx } from '../kernel/db/index.ts'
import { newId } from '../kernel/ids.ts'
import type { ReceiptId } from '../kernel/ids.ts'
import { createFinops, finopsMigrations } from './index.ts'

const at = Date.UTC(2026, 2, 15)
const limit = 1_000n

/** Steps name reservations by number; one that was refused or never made is settled all the same. */
const micros = fc.bigInt({ min: 0n, max: 600n })
const slot = fc.integer({ min: 0, max: 5 })
const step = fc.oneof(
  fc.record({ kind: fc.constant('reserve' as const), slot, micros }),
  fc.record({ kind: fc.constant('draw' as const), slot, micros }),
  fc.record({ kind: fc.constant('close' as const), slot, micros }),
  fc.record({ kind: fc.constant('spend' as const), slot, micros }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

onEachStore(
  'whatever is reserved, drawn and settled in whatever order, spent and reserved stay within the limit',
  finopsMigrations,
  async (database) => {
    let round = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 24 }),
        fc.integer({ min: 1, max: 6 }),
        async (steps, lanes) => {
          round += 1
          await play(database, `org_${round}`, steps, lanes)
        },
      ),
      { numRuns: database.dialect === 'sqlite' ? 60 : 15 },
    )
  },
)

/** Plays `lanes` steps at a time, so that transactions really overlap, and looks at the account after each batch. */
async function play(
  database: Database,
  organisation: string,
  steps: readonly Step[],
  lanes: number,
): Promise<void> {
  const { reserve, settle } = createFinops({ defaultLimitMicros: limit })
  const ids: ReceiptId[] = Array.from({ length: 6 }, () => newId('rct'))
  const used = new Set<number>()
  const inTx = <T>(work: (tx: Tx) => Promise<T>) =>
    database.writer.transact({ by: 'gate', operation: 'test' }, work)
  const use = { organisation, user: 'usr_a', package: 'p', at, calls: 1, rows: 0, runs: 0, cpuMicros: 0 }
  let charged = 0n

  async function take(one: Step): Promise<void> {
    const id = ids[one.slot] as ReceiptId
    if (one.kind === 'reserve') {
      // A receipt id is reserved for once; the gate makes a new one for each attempt.
      if (used.has(one.slot)) return
      used.add(one.slot)
      await inTx((tx) => reserve(tx, { id, organisation, micros: one.micros, at }))
      return
    }
    const reservation = one.kind === 'spend' ? {} : { reservation: id }
    const settlement = { ...use, ...reservation, micros: one.micros, final: one.kind === 'close' }
    // Awaited first: `charged += await …` would read the sum before others have added to it.
    const { chargedMicros } = await inTx((tx) => settle(tx, settlement))
    charged += chargedMicros
  }
  for (let next = 0; next < steps.length; next += lanes) {
    await Promise.all(steps.slice(next, next + lanes).map(take))
    const account = await readAll(database, organisation)
    assert.ok(account.spent + account.reserved <= limit, `${account.spent} + ${account.reserved} ≤ ${limit}`)
    assert.equal(account.reserved, account.openReservations, 'reserved is the sum of open reservations')
    assert.equal(account.spent, charged, 'spent is what was charged')
    assert.equal(account.spent, account.metered, 'the meters add up to what was spent')
  }
  for (const reservation of ids)
    await inTx((tx) => settle(tx, { ...use, reservation, micros: 0n, calls: 0, final: true }))
  assert.equal(
    (await readAll(database, organisation)).reserved,
    0n,
    'nothing stays reserved once all is closed',
  )
}

async function readAll(database: Database, organisation: string) {
  const total = async (table: 'finops_budgets' | 'finops_reservations' | 'finops_meters', column: string) => {
    const { rows } = await sql<{
      sum: number
    }>`select cast(coalesce(sum(${sql.ref(column)}), 0) as bigint) as sum
      from ${sql.table(table)} where organisation = ${organisation}`.execute(database.read)
    return BigInt(rows[0]?.sum ?? 0)
  }
  return {
    spent: await total('finops_budgets', 'spent_micros'),
    reserved: await total('finops_budgets', 'reserved_micros'),
    openReservations: await total('finops_reservations', 'left_micros'),
    metered: await total('finops_meters', 'cost_micros'),
  }
}
