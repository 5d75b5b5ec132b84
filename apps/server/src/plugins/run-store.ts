import { prepared } from '../kernel/db/index.ts'
import type { MigrationStep, Reader, Tx } from '../kernel/db/index.ts'
import { textPlace } from '../kernel/subject-place.ts'
import type { SubjectPlace } from '../kernel/subject-place.ts'

export type RunState = 'queued' | 'running' | 'succeeded' | 'denied' | 'failed' | 'cancelled' | 'unknown'

export interface RunRow {
  id: string
  organisation: string
  package: string
  version: string
  digest: string
  /** The installation's canary: the residue scan of an uninstall searches for it. */
  canary: string
  state: RunState
  case_id: string | null
  input: string
  result: string | null
  denial: string | null
  requested_by: string
  requested_by_name: string
  started_at: number
  ended_at: number | null
  usage: string | null
  spans: string
  cost_micros: number
  level: string
  /** The strictest marking of what it was given: its case, and what it read. */
  tlp: string
  intent: string | null
  receipt: string | null
}
export interface RunLogRow {
  organisation: string
  run: string
  line: number
  stream: string
  text: string
  at: number
}
interface AcceptedRow {
  organisation: string
  run: string
  /** `e1`, `r1` … of the proposal. */
  row: string
  case_id: string
}

declare module '../kernel/db/tables.ts' {
  interface Tables {
    runs: RunRow
    run_logs: RunLogRow
    run_accepted: AcceptedRow
  }
}

export const runMigrations: readonly MigrationStep[] = [
  {
    name: 'plugins/0001-runs',
    async up(db, types) {
      await db.schema
        .createTable('runs')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('package', 'text', (c) => c.notNull())
        .addColumn('version', 'text', (c) => c.notNull())
        .addColumn('digest', 'text', (c) => c.notNull())
        .addColumn('canary', 'text', (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('case_id', 'text')
        .addColumn('input', 'text', (c) => c.notNull())
        .addColumn('result', 'text')
        .addColumn('denial', 'text')
        .addColumn('requested_by', 'text', (c) => c.notNull())
        .addColumn('requested_by_name', 'text', (c) => c.notNull())
        .addColumn('started_at', types.integer, (c) => c.notNull())
        .addColumn('ended_at', types.integer)
        .addColumn('usage', 'text')
        .addColumn('spans', 'text', (c) => c.notNull())
        .addColumn('cost_micros', types.integer, (c) => c.notNull())
        .addColumn('level', 'text', (c) => c.notNull())
        .addColumn('intent', 'text')
        .addColumn('receipt', 'text')
        .execute()
      await db.schema.createIndex('runs_organisation').on('runs').columns(['organisation', 'id']).execute()
      await db.schema.createIndex('runs_intent').on('runs').column('intent').execute()
      await db.schema
        .createTable('run_logs')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('run', 'text', (c) => c.notNull())
        .addColumn('line', types.integer, (c) => c.notNull())
        .addColumn('stream', 'text', (c) => c.notNull())
        .addColumn('text', 'text', (c) => c.notNull())
        .addColumn('at', types.integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('run_logs_key', ['run', 'line'])
        .execute()
      await db.schema
        .createTable('run_accepted')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('run', 'text', (c) => c.notNull())
        .addColumn('row', 'text', (c) => c.notNull())
        .addColumn('case_id', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('run_accepted_key', ['run', 'row'])
        .execute()
    },
  },
  {
    name: 'plugins/0002-marking',
    async up(db) {
      await db.schema
        .alterTable('runs')
        .addColumn('tlp', 'text', (c) => c.notNull().defaultTo('CLEAR'))
        .execute()
      await db
        .updateTable('runs')
        .from('cases')
        .set((c) => ({ tlp: c.ref('cases.tlp') }))
        .whereRef('cases.id', '=', 'runs.case_id')
        .execute()
    },
  },
]

export async function insertRun(tx: Tx, row: RunRow): Promise<void> {
  await addRun(tx, row)
}

const addRun = prepared((tx: Tx, row: RunRow) =>
  tx.insertInto('runs').values({
    id: row.id,
    organisation: row.organisation,
    package: row.package,
    version: row.version,
    digest: row.digest,
    canary: row.canary,
    state: row.state,
    case_id: row.case_id,
    input: row.input,
    result: row.result,
    denial: row.denial,
    requested_by: row.requested_by,
    requested_by_name: row.requested_by_name,
    started_at: row.started_at,
    ended_at: row.ended_at,
    usage: row.usage,
    spans: row.spans,
    cost_micros: row.cost_micros,
    level: row.level,
    tlp: row.tlp,
    intent: row.intent,
    receipt: row.receipt,
  }),
)

/**
 * Starts a queued run of that user; false when it has been started, cancelled or belongs to somebody else, or when what
 * would run is not what was queued.
 */
export async function startQueued(
  tx: Tx,
  start: {
    readonly organisation: string
    readonly user: string
    readonly run: string
    readonly digest: string
    readonly input: string
    readonly intent: string
    readonly at: number
  },
): Promise<boolean> {
  const result = await tx
    .updateTable('runs')
    .set({ state: 'running', intent: start.intent, started_at: start.at })
    .where('organisation', '=', start.organisation)
    .where('id', '=', start.run)
    .where('requested_by', '=', start.user)
    .where('digest', '=', start.digest)
    .where('input', '=', start.input)
    .where('state', '=', 'queued')
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** Ends a queued run that was refused before it began. */
export async function refuseQueued(
  tx: Tx,
  refused: { organisation: string; user: string; run: string; package: string; denial: string; at: number },
): Promise<void> {
  await tx
    .updateTable('runs')
    .set({ state: 'denied', denial: refused.denial, ended_at: refused.at })
    .where('organisation', '=', refused.organisation)
    .where('id', '=', refused.run)
    .where('requested_by', '=', refused.user)
    .where('package', '=', refused.package)
    .where('state', '=', 'queued')
    .execute()
}

/** False when the run is gone: its package was uninstalled meanwhile. */
export async function endRun(tx: Tx, organisation: string, run: string, end: EndOfRun): Promise<boolean> {
  const result = await finishRun(tx, { ...end, organisation, id: run })
  return result.numAffectedRows === 1n
}

type EndOfRun = Pick<
  RunRow,
  'state' | 'result' | 'denial' | 'ended_at' | 'usage' | 'spans' | 'cost_micros' | 'level' | 'tlp' | 'receipt'
>
const finishRun = prepared((tx: Tx, end: EndOfRun & Pick<RunRow, 'organisation' | 'id'>) =>
  tx
    .updateTable('runs')
    .set({
      state: end.state,
      result: end.result,
      denial: end.denial,
      ended_at: end.ended_at,
      usage: end.usage,
      spans: end.spans,
      cost_micros: end.cost_micros,
      level: end.level,
      tlp: end.tlp,
      receipt: end.receipt,
    })
    .where('organisation', '=', end.organisation)
    .where('id', '=', end.id),
)

export async function endByIntent(tx: Tx, intent: string, state: RunState, at: number): Promise<void> {
  await tx
    .updateTable('runs')
    .set({ state, ended_at: at })
    .where('intent', '=', intent)
    .where('state', '=', 'running')
    .execute()
}

/** Cancels a run that has not started; false when it has. */
export async function cancelQueued(tx: Tx, organisation: string, run: string, at: number): Promise<boolean> {
  const result = await tx
    .updateTable('runs')
    .set({ state: 'cancelled', ended_at: at })
    .where('organisation', '=', organisation)
    .where('id', '=', run)
    .where('state', '=', 'queued')
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function findRun(
  db: Reader | Tx,
  organisation: string,
  id: string,
): Promise<RunRow | undefined> {
  return await db
    .selectFrom('runs')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Whether nothing more will be written about the run; one that is not there has ended. */
export async function hasEnded(db: Reader, id: string): Promise<boolean> {
  const row = await db.selectFrom('runs').select('state').where('id', '=', id).executeTakeFirst()
  return row?.state !== 'queued' && row?.state !== 'running'
}

/** What a list shows of a run; inputs and results may be megabytes each. */
export type RunListRow = Pick<
  RunRow,
  | 'id'
  | 'package'
  | 'version'
  | 'state'
  | 'requested_by_name'
  | 'started_at'
  | 'ended_at'
  | 'case_id'
  | 'cost_micros'
  | 'level'
  | 'receipt'
>

/** Newest first; ids sort by creation. */
export async function listRuns(
  db: Reader,
  organisation: string,
  page: {
    package?: string | undefined
    case?: string | undefined
    state?: RunState | undefined
    by?: string | undefined
    limit: number
    before?: string | undefined
  },
): Promise<readonly RunListRow[]> {
  let query = db
    .selectFrom('runs')
    .select([
      'id',
      'package',
      'version',
      'state',
      'requested_by_name',
      'started_at',
      'ended_at',
      'case_id',
      'cost_micros',
      'level',
      'receipt',
    ])
    .where('organisation', '=', organisation)
  if (page.package !== undefined) query = query.where('package', '=', page.package)
  if (page.case !== undefined) query = query.where('case_id', '=', page.case)
  if (page.state !== undefined) query = query.where('state', '=', page.state)
  if (page.by !== undefined) query = query.where('requested_by', '=', page.by)
  if (page.before !== undefined) query = query.where('id', '<', page.before)
  return await query.orderBy('id', 'desc').limit(page.limit).execute()
}

/** Newest first. */
export async function runsOfPackage(tx: Tx, organisation: string, name: string): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('runs')
    .select('id')
    .where('organisation', '=', organisation)
    .where('package', '=', name)
    .orderBy('id', 'desc')
    .execute()
  return rows.map(({ id }) => id)
}

/** The cases that runs were performed on, or that results of theirs were accepted into. */
export async function casesOfRuns(
  db: Reader | Tx,
  organisation: string,
  which: { readonly run: string } | { readonly package: string },
): Promise<readonly string[]> {
  let of = db.selectFrom('runs').where('runs.organisation', '=', organisation)
  of = 'run' in which ? of.where('runs.id', '=', which.run) : of.where('runs.package', '=', which.package)
  const on = await of.select('runs.case_id').distinct().where('runs.case_id', 'is not', null).execute()
  const accepted = await of
    .innerJoin('run_accepted', 'run_accepted.run', 'runs.id')
    .select('run_accepted.case_id')
    .distinct()
    .execute()
  return [...new Set([...on, ...accepted].flatMap((row) => row.case_id ?? []))]
}

export async function insertLog(tx: Tx, rows: readonly RunLogRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += 200) {
    await tx
      .insertInto('run_logs')
      .values(rows.slice(start, start + 200))
      .execute()
  }
}

/** Lines of a run that the caller has been allowed to see. */
export async function logAfter(
  db: Reader,
  run: string,
  after: number,
  limit: number,
): Promise<readonly RunLogRow[]> {
  return await db
    .selectFrom('run_logs')
    .selectAll()
    .where('run', '=', run)
    .where('line', '>', after)
    .orderBy('line')
    .limit(limit)
    .execute()
}

export async function acceptedRows(
  db: Reader | Tx,
  organisation: string,
  run: string,
): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('run_accepted')
    .select('row')
    .where('organisation', '=', organisation)
    .where('run', '=', run)
    .execute()
  return new Set(rows.map((row) => row.row))
}

export async function insertAccepted(tx: Tx, rows: readonly AcceptedRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += 200) {
    await tx
      .insertInto('run_accepted')
      .values(rows.slice(start, start + 200))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

export async function deleteAccepted(tx: Tx, organisation: string, run: string): Promise<number> {
  const result = await tx
    .deleteFrom('run_accepted')
    .where('organisation', '=', organisation)
    .where('run', '=', run)
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Everything kept of the runs of a package, or of all packages; answers how many runs. */
export async function deleteRunsOf(tx: Tx, organisation: string, packageName?: string): Promise<number> {
  let runs = tx.selectFrom('runs').select('id').where('organisation', '=', organisation)
  if (packageName !== undefined) runs = runs.where('package', '=', packageName)
  const ids = (await runs.execute()).map((row) => row.id)
  for (let start = 0; start < ids.length; start += 500) {
    const some = ids.slice(start, start + 500)
    await tx.deleteFrom('run_logs').where('run', 'in', some).execute()
    await tx.deleteFrom('run_accepted').where('run', 'in', some).execute()
    await tx.deleteFrom('runs').where('id', 'in', some).execute()
  }
  return ids.length
}

export async function resultsOf(
  db: Reader,
  organisation: string,
  runs: readonly string[],
): Promise<readonly { run: string; result: string }[]> {
  if (runs.length === 0) return []
  const rows = await db
    .selectFrom('runs')
    .select(['id', 'result'])
    .where('organisation', '=', organisation)
    .where('id', 'in', runs)
    .orderBy('id')
    .execute()
  return rows.flatMap(({ id, result }) => (result === null ? [] : [{ run: id, result }]))
}

/** Where runs keep people. */
export const runPlaces: readonly SubjectPlace[] = [
  textPlace({
    place: 'runs',
    table: 'runs',
    id: 'id',
    case: 'case_id',
    texts: { input: 'empty object', result: 'null', denial: 'null', spans: 'empty list' },
    names: ['requested_by_name'],
  }),
  textPlace({
    place: 'logs of runs',
    table: 'run_logs',
    id: 'run',
    caseOfRun: 'run',
    texts: { text: 'delete row' },
  }),
]
