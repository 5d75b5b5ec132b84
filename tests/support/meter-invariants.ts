import type { Reader } from '../../apps/server/src/kernel/db/index.ts'
import type { Broken, Receipts } from './read-receipts.ts'

interface Sums {
  runs: number
  calls: number
  rows: number
  cpu_micros: number
  cost_micros: number
}

/** Meters and budgets are the sums over receipts: nothing metered twice, nothing forgotten, nothing left set aside. */
export async function checkMeters(db: Reader, receipts: Receipts): Promise<Broken> {
  const broken: Broken = []
  const meters = await db.selectFrom('finops_meters').selectAll().execute()
  const budgets = await db.selectFrom('finops_budgets').selectAll().execute()
  const organisations = new Set(
    (await db.selectFrom('identity_organisations').select('id').execute()).map(({ id }) => id as string),
  )

  for (const organisation of organisations) {
    const expected = sumsOf(receipts.filter((receipt) => receipt.organisation === organisation))
    const metered = emptySums()
    for (const meter of meters) if (meter.organisation === organisation) add(metered, meter)
    for (const [name, value] of Object.entries(expected)) {
      const have = metered[name as keyof Sums]
      if (have !== value)
        broken.push(`${organisation}: ${name} is metered ${have}, the receipts say ${value}`)
    }
    const spent = budgets
      .filter((row) => row.organisation === organisation)
      .reduce((sum, row) => sum + row.spent_micros, 0)
    if (spent !== expected.cost_micros)
      broken.push(`${organisation}: spent ${spent}, the receipts say ${expected.cost_micros}`)
  }
  for (const { organisation, month, reserved_micros: reserved } of budgets) {
    if (reserved !== 0) broken.push(`${organisation} ${month}: ${reserved} micros are still reserved`)
  }
  for (const { id, left_micros: left, closed_at: closedAt } of await db
    .selectFrom('finops_reservations')
    .selectAll()
    .execute()) {
    if (closedAt === null || left !== 0) broken.push(`reservation ${id} was not returned (${left} left)`)
  }
  return broken
}

/** Of the receipts: nested calls are metered as calls, finished runs as runs; what is unknown is not metered. */
function sumsOf(receipts: Receipts): Sums {
  const sums = emptySums()
  for (const receipt of receipts) {
    const isRun =
      receipt.operation === 'plugin.run' && receipt.phase === 'outcome' && receipt.decision !== 'unknown'
    // An intent tells what is about to be done; its outcome, what was.
    const isCall = receipt.nested && receipt.phase !== 'intent' && receipt.decision !== 'unknown'
    add(sums, {
      runs: isRun ? 1 : 0,
      calls: isCall ? 1 : 0,
      rows: receipt.nested ? receipt.rows : 0,
      cpu_micros: receipt.nested || isRun ? receipt.cpuMicros : 0,
      cost_micros: receipt.cost_micros,
    })
  }
  return sums
}

function emptySums(): Sums {
  return { runs: 0, calls: 0, rows: 0, cpu_micros: 0, cost_micros: 0 }
}
function add(sums: Sums, more: Sums): void {
  for (const name of Object.keys(sums) as (keyof Sums)[]) sums[name] += more[name]
}
