import { sql } from 'kysely'
import type { Reader } from '../kernel/db/index.ts'
import type { ReceiptId } from '../kernel/ids.ts'
import type { Month } from './month.ts'

interface Quantiles {
  readonly p50: number
  readonly p95: number
}
export interface RunFigures {
  readonly runs: number
  readonly costMicros: Quantiles
  /** In whole milliseconds, begun ones counted. */
  readonly wallMicros: Quantiles
}

const groups = { package: 'package', user: 'user_id', organisation: 'organisation' } as const

/**
 * What half and what nineteen in twenty of a month's ended runs cost and took at most, by package, user, or of all.
 * Exact, by nearest rank: each cost is that of a run there was, and so is each duration, rounded up to a millisecond.
 *
 * Reads every ended run of the month, in the index alone, and counts equal values there: linear in the runs, while what
 * comes out is as long as there are different values. Of 100,000 runs in SQLite each of the two counts took half a second
 * on two cores that ten others wanted; ranking all of them by a window took four times as long.
 */
export async function readRunFigures(
  db: Reader,
  organisation: string,
  month: Month,
  by: keyof typeof groups,
): Promise<ReadonlyMap<string, RunFigures>> {
  const group = sql.ref(groups[by])
  const costs = await countValues(db, organisation, month, group, sql`charged_micros`)
  // Of microseconds hardly two are equal; nobody compares runs below a millisecond.
  const walls = await countValues(db, organisation, month, group, sql`(wall_micros + 999) / 1000 * 1000`)
  const figures = new Map<string, RunFigures>()
  for (const [key, counted] of costs) {
    const costMicros = quantilesOf(counted)
    figures.set(key, { runs: total(counted), costMicros, wallMicros: quantilesOf(walls.get(key) ?? []) })
  }
  return figures
}

interface Counted {
  readonly value: number
  readonly times: number
}

/** How often each value came, the smallest first, by group. */
async function countValues(
  db: Reader,
  organisation: string,
  month: Month,
  group: ReturnType<typeof sql.ref>,
  value: ReturnType<typeof sql>,
): Promise<ReadonlyMap<string, readonly Counted[]>> {
  const { rows } = await sql<Counted & { key: string }>`
    select ${group} as key, ${value} as value, count(*) as times
    from finops_reservations
    where organisation = ${organisation} and month = ${month} and wall_micros is not null
    group by 1, 2 order by 1, 2`.execute(db)
  const counted = new Map<string, Counted[]>()
  for (const { key, value: of, times } of rows) {
    const all = counted.get(key) ?? []
    all.push({ value: of, times })
    counted.set(key, all)
  }
  return counted
}

function quantilesOf(counted: readonly Counted[]): Quantiles {
  const runs = total(counted)
  const atRank = (rank: number): number => {
    let seen = 0
    for (const { value, times } of counted) {
      seen += times
      if (seen >= rank) return value
    }
    return 0
  }
  // In whole numbers, so that no rounding chooses the rank.
  return { p50: atRank(Math.ceil(runs / 2)), p95: atRank(Math.ceil((runs * 19) / 20)) }
}

function total(counted: readonly Counted[]): number {
  return counted.reduce((sum, { times }) => sum + times, 0)
}

interface RunCost {
  readonly receipt: ReceiptId
  readonly run: string | null
  readonly package: string
  readonly user: string
  readonly at: number
  readonly costMicros: number
  readonly wallMicros: number
}

/** The month's ended runs, the dearest first: read in the order of the index, as many as are asked for. */
export async function dearestRuns(
  db: Reader,
  organisation: string,
  month: Month,
  asked: { package?: string | undefined; user?: string | undefined; limit: number },
): Promise<readonly RunCost[]> {
  let query = db
    .selectFrom('finops_reservations')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('month', '=', month)
    .where('wall_micros', 'is not', null)
  if (asked.package !== undefined) query = query.where('package', '=', asked.package)
  if (asked.user !== undefined) query = query.where('user_id', '=', asked.user)
  const rows = await query
    .orderBy('charged_micros', 'desc')
    .orderBy('wall_micros', 'desc')
    .limit(asked.limit)
    .execute()
  return rows.map((row) => ({
    receipt: row.id,
    run: row.run,
    package: row.package ?? '',
    user: row.user_id ?? '',
    at: row.reserved_at,
    costMicros: row.charged_micros,
    wallMicros: row.wall_micros ?? 0,
  }))
}
