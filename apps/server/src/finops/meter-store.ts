import { sql } from 'kysely'
import { prepared } from '../kernel/db/index.ts'
import type { Reader, Tx } from '../kernel/db/index.ts'
import { toColumn } from './micros.ts'
import type { Month } from './month.ts'

declare module '../kernel/db/tables.ts' {
  interface Tables {
    finops_meters: {
      organisation: string
      month: string
      /** Empty for use without a package. */
      package: string
      user_id: string
      runs: number
      calls: number
      rows: number
      cpu_micros: number
      cost_micros: number
    }
  }
}

export interface Use {
  readonly runs: number
  readonly calls: number
  readonly rows: number
  readonly cpuMicros: number
}

export async function addToMeter(
  tx: Tx,
  meter: { organisation: string; month: Month; package: string; user: string },
  use: Use & { readonly costMicros: bigint },
): Promise<void> {
  const { runs, calls, rows, cpuMicros } = use
  await add(tx, { ...meter, runs, calls, rows, cpuMicros, cost: toColumn(use.costMicros) })
}

interface Addition extends Use {
  organisation: string
  month: Month
  package: string
  user: string
  cost: number
}
const add = prepared((tx: Tx, of: Addition) =>
  tx
    .insertInto('finops_meters')
    .values({
      organisation: of.organisation,
      month: of.month,
      package: of.package,
      user_id: of.user,
      runs: of.runs,
      calls: of.calls,
      rows: of.rows,
      cpu_micros: of.cpuMicros,
      cost_micros: of.cost,
    })
    .onConflict((conflict) =>
      conflict.columns(['organisation', 'month', 'package', 'user_id']).doUpdateSet({
        runs: sql<number>`finops_meters.runs + ${of.runs}`,
        calls: sql<number>`finops_meters.calls + ${of.calls}`,
        rows: sql<number>`finops_meters.rows + ${of.rows}`,
        cpu_micros: sql<number>`finops_meters.cpu_micros + ${of.cpuMicros}`,
        cost_micros: sql<number>`finops_meters.cost_micros + ${of.cost}`,
      }),
    ),
)

/** The month's meters, summed by package, by user, or in one row; the dearest first. */
export async function readMeters(
  db: Reader,
  organisation: string,
  month: Month,
  by: 'package' | 'user' | 'organisation',
): Promise<(Use & { key: string; costMicros: bigint })[]> {
  const column = { package: 'package', user: 'user_id', organisation: 'organisation' } as const
  const rows = await db
    .selectFrom('finops_meters')
    .select((eb) => [
      eb.ref(column[by]).as('key'),
      // PostgreSQL sums bigint to numeric, which would arrive as text.
      sql<number>`cast(sum(runs) as bigint)`.as('runs'),
      sql<number>`cast(sum(calls) as bigint)`.as('calls'),
      sql<number>`cast(sum(rows) as bigint)`.as('rows'),
      sql<number>`cast(sum(cpu_micros) as bigint)`.as('cpuMicros'),
      sql<number>`cast(sum(cost_micros) as bigint)`.as('costMicros'),
    ])
    .where('organisation', '=', organisation)
    .where('month', '=', month)
    .groupBy(column[by])
    .orderBy('costMicros', 'desc')
    .orderBy('key')
    .execute()
  return rows.map((row) => ({ ...row, costMicros: BigInt(row.costMicros) }))
}
