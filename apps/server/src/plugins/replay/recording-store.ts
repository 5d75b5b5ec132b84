import type { ExpressionBuilder, SelectQueryBuilder } from 'kysely'
import { besideOthers, inTurn, prepared } from '../../kernel/db/index.ts'
import type { MigrationStep, Reader, Tables, Tx } from '../../kernel/db/index.ts'

export interface RecordingRow {
  organisation: string
  run: string
  package: string
  case_id: string | null
  /** The installation's canary: the residue scan of an uninstall searches for it. */
  canary: string
  recorded_at: number
  /** SHA-256 of the body's text; the run's receipt commits to it. */
  sha256: string
  /** The body, packed; null when a rule withheld it. */
  body: Uint8Array | null
  /** Where the rule struck, such as `answer 3 (data.lookup)`, and its name; null when the body is there. */
  withheld_at: string | null
  withheld_by: string | null
  bytes: number
}
export interface RecordedAnswerRow {
  organisation: string
  /** Of the JSON text exactly as the plugin was given it. */
  sha256: string
  /** The text, packed. */
  content: Uint8Array
  bytes: number
}
interface AnswerUseRow {
  organisation: string
  run: string
  sha256: string
}

declare module '../../kernel/db/tables.ts' {
  interface Tables {
    run_recordings: RecordingRow
    recorded_answers: RecordedAnswerRow
    recorded_answer_uses: AnswerUseRow
  }
}

export const recordingMigrations: readonly MigrationStep[] = [
  {
    name: 'plugins/0002-recordings',
    async up(db, types) {
      await db.schema
        .createTable('run_recordings')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('run', 'text', (c) => c.notNull())
        .addColumn('package', 'text', (c) => c.notNull())
        .addColumn('case_id', 'text')
        .addColumn('canary', 'text', (c) => c.notNull())
        .addColumn('recorded_at', types.integer, (c) => c.notNull())
        .addColumn('sha256', 'text', (c) => c.notNull())
        .addColumn('withheld_at', 'text')
        .addColumn('withheld_by', 'text')
        .addColumn('bytes', types.integer, (c) => c.notNull())
        .addColumn('body', types.bytes)
        .addPrimaryKeyConstraint('run_recordings_key', ['organisation', 'run'])
        .execute()
      await db.schema
        .createIndex('run_recordings_age')
        .on('run_recordings')
        .columns(['organisation', 'recorded_at'])
        .execute()
      await db.schema
        .createTable('recorded_answers')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('sha256', 'text', (c) => c.notNull())
        .addColumn('bytes', types.integer, (c) => c.notNull())
        .addColumn('content', types.bytes, (c) => c.notNull())
        .addPrimaryKeyConstraint('recorded_answers_key', ['organisation', 'sha256'])
        .execute()
      await db.schema
        .createTable('recorded_answer_uses')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('run', 'text', (c) => c.notNull())
        .addColumn('sha256', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('recorded_answer_uses_key', ['organisation', 'run', 'sha256'])
        .execute()
      // Whether anybody else uses an answer is asked before it is erased.
      await db.schema
        .createIndex('recorded_answer_uses_answer')
        .on('recorded_answer_uses')
        .columns(['organisation', 'sha256'])
        .execute()
    },
  },
]

/** Recorders may work side by side, but none beside an erasure: it would take an answer that one of them found there. */
const claimOf = (organisation: string): string => `recordings of ${organisation}`
/** Answers are up to 8 MiB: a statement holds few of them. */
const rowsPerStatement = 50
/** Up to so many are cheaper one by one, by statements that are built once. */
const fewAnswers = 8

export async function insertRecording(
  tx: Tx,
  row: RecordingRow,
  answers: readonly Omit<RecordedAnswerRow, 'organisation'>[],
): Promise<void> {
  const { organisation, run } = row
  await addRecording(tx, row)
  if (answers.length === 0) return
  await besideOthers(tx, claimOf(organisation))
  if (answers.length <= fewAnswers) {
    for (const { sha256, bytes, content } of answers) {
      await addAnswer(tx, { organisation, sha256, bytes, content })
      await addUse(tx, { organisation, run, sha256 })
    }
    return
  }
  for (let start = 0; start < answers.length; start += rowsPerStatement) {
    const some = answers.slice(start, start + rowsPerStatement)
    await tx
      .insertInto('recorded_answers')
      .values(some.map((answer) => ({ organisation, ...answer })))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    await tx
      .insertInto('recorded_answer_uses')
      .values(some.map(({ sha256 }) => ({ organisation, run, sha256 })))
      .execute()
  }
}

const addRecording = prepared((tx: Tx, row: RecordingRow) =>
  tx.insertInto('run_recordings').values({
    organisation: row.organisation,
    run: row.run,
    package: row.package,
    case_id: row.case_id,
    canary: row.canary,
    recorded_at: row.recorded_at,
    sha256: row.sha256,
    body: row.body,
    withheld_at: row.withheld_at,
    withheld_by: row.withheld_by,
    bytes: row.bytes,
  }),
)
const addAnswer = prepared((tx: Tx, row: RecordedAnswerRow) =>
  tx
    .insertInto('recorded_answers')
    .values({ organisation: row.organisation, sha256: row.sha256, bytes: row.bytes, content: row.content })
    .onConflict((conflict) => conflict.doNothing()),
)
const addUse = prepared((tx: Tx, { organisation, run, sha256 }: AnswerUseRow) =>
  tx.insertInto('recorded_answer_uses').values({ organisation, run, sha256 }),
)

export async function findRecording(
  db: Reader,
  organisation: string,
  run: string,
): Promise<RecordingRow | undefined> {
  return await db
    .selectFrom('run_recordings')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('run', '=', run)
    .executeTakeFirst()
}

/** The packed texts of a run's answers, by the digest under which they were recorded. */
export async function answersOf(
  db: Reader,
  organisation: string,
  run: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const rows = await db
    .selectFrom('recorded_answer_uses')
    .innerJoin('recorded_answers', (join) =>
      join
        .onRef('recorded_answers.organisation', '=', 'recorded_answer_uses.organisation')
        .onRef('recorded_answers.sha256', '=', 'recorded_answer_uses.sha256'),
    )
    .select(['recorded_answers.sha256', 'recorded_answers.content'])
    .where('recorded_answer_uses.organisation', '=', organisation)
    .where('recorded_answer_uses.run', '=', run)
    .execute()
  return new Map(rows.map(({ sha256, content }) => [sha256, content]))
}

export interface Erased {
  readonly recordings: number
  readonly answers: number
  readonly bytes: number
}

/** What to leave alone: recordings of these packages, and of runs on these cases or accepted into them. */
export interface Except {
  readonly packages: readonly string[]
  readonly cases: readonly string[]
}

/** Which recordings to erase; each word narrows. */
export interface RecordingFilter {
  readonly run?: string
  readonly case?: string
  readonly package?: string
  readonly before?: number
  readonly except?: Except
  /** The oldest so many. */
  readonly limit?: number
}

/** Erases recordings, and the answers that none of the others uses. */
export async function eraseRecordings(tx: Tx, organisation: string, which: RecordingFilter): Promise<Erased> {
  await inTurn(tx, claimOf(organisation))
  let chosen = tx
    .selectFrom('run_recordings')
    .select(['run', 'bytes'])
    .where('organisation', '=', organisation)
    .orderBy('recorded_at')
  if (which.run !== undefined) chosen = chosen.where('run', '=', which.run)
  if (which.case !== undefined) chosen = chosen.where('case_id', '=', which.case)
  if (which.package !== undefined) chosen = chosen.where('package', '=', which.package)
  if (which.before !== undefined) chosen = chosen.where('recorded_at', '<', which.before)
  if (which.except !== undefined) chosen = leaveAlone(chosen, organisation, which.except)
  if (which.limit !== undefined) chosen = chosen.limit(which.limit)
  const rows = await chosen.execute()
  const erased = { recordings: rows.length, answers: 0, bytes: rows.reduce((sum, row) => sum + row.bytes, 0) }
  for (let start = 0; start < rows.length; start += 500) {
    const runs = rows.slice(start, start + 500).map((row) => row.run)
    const used = await tx
      .deleteFrom('recorded_answer_uses')
      .where('organisation', '=', organisation)
      .where('run', 'in', runs)
      .returning('sha256')
      .execute()
    await tx
      .deleteFrom('run_recordings')
      .where('organisation', '=', organisation)
      .where('run', 'in', runs)
      .execute()
    const gone = await eraseUnused(tx, organisation, [...new Set(used.map((use) => use.sha256))])
    erased.answers += gone.answers
    erased.bytes += gone.bytes
  }
  return erased
}

function leaveAlone<O>(
  rows: SelectQueryBuilder<Tables, 'run_recordings', O>,
  organisation: string,
  { packages, cases }: Except,
): SelectQueryBuilder<Tables, 'run_recordings', O> {
  const others = packages.length === 0 ? rows : rows.where('package', 'not in', packages)
  return cases.length === 0 ? others : others.where((e) => e.not(concerns(e, organisation, cases)))
}

/** True for a recording of a run on one of the cases, or with a result accepted into one. */
function concerns(
  e: ExpressionBuilder<Tables, 'run_recordings'>,
  organisation: string,
  cases: readonly string[],
) {
  const on = e.and([e('case_id', 'is not', null), e('case_id', 'in', cases)])
  const accepted = e
    .selectFrom('run_accepted')
    .select('run_accepted.run')
    .where('run_accepted.organisation', '=', organisation)
    .where('run_accepted.case_id', 'in', cases)
  return e.or([on, e('run', 'in', accepted)])
}

/** Recordings from before that moment that legal holds keep. */
export async function countHeld(
  db: Reader | Tx,
  organisation: string,
  { before, cases }: { readonly before: number; readonly cases: readonly string[] },
): Promise<number> {
  if (cases.length === 0) return 0
  const row = await db
    .selectFrom('run_recordings')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('organisation', '=', organisation)
    .where('recorded_at', '<', before)
    .where((e) => concerns(e, organisation, cases))
    .executeTakeFirst()
  return Number(row?.count ?? 0)
}

async function eraseUnused(tx: Tx, organisation: string, answers: readonly string[]) {
  const gone = { answers: 0, bytes: 0 }
  for (let start = 0; start < answers.length; start += 500) {
    const rows = await tx
      .deleteFrom('recorded_answers')
      .where('organisation', '=', organisation)
      .where('sha256', 'in', answers.slice(start, start + 500))
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom('recorded_answer_uses')
              .select('run')
              .whereRef('recorded_answer_uses.sha256', '=', 'recorded_answers.sha256')
              .where('recorded_answer_uses.organisation', '=', organisation),
          ),
        ),
      )
      .returning('bytes')
      .execute()
    gone.answers += rows.length
    gone.bytes += rows.reduce((sum, row) => sum + row.bytes, 0)
  }
  return gone
}

/** What recordings and answers take in the store, before the engine's own overhead. */
export async function recordedBytes(db: Reader | Tx, organisation: string): Promise<number> {
  let bytes = 0
  for (const table of ['run_recordings', 'recorded_answers'] as const) {
    const row = await db
      .selectFrom(table)
      .select((select) => select.fn.sum<number | null>('bytes').as('sum'))
      .where('organisation', '=', organisation)
      .executeTakeFirst()
    bytes += Number(row?.sum ?? 0)
  }
  return bytes
}

export async function countRecordings(db: Reader | Tx, organisation: string): Promise<number> {
  const row = await db
    .selectFrom('run_recordings')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('organisation', '=', organisation)
    .executeTakeFirst()
  return Number(row?.count ?? 0)
}

export async function organisationsWithRecordings(db: Reader): Promise<readonly string[]> {
  const rows = await db.selectFrom('run_recordings').select('organisation').distinct().execute()
  return rows.map(({ organisation }) => organisation)
}

/** When the oldest recording of an organisation was made, those to be left alone not counted. */
export async function oldestRecording(
  db: Reader,
  organisation: string,
  except: Except,
): Promise<number | undefined> {
  const all = db
    .selectFrom('run_recordings')
    .select('recorded_at')
    .where('organisation', '=', organisation)
    .orderBy('recorded_at')
    .limit(1)
  const row = await leaveAlone(all, organisation, except).executeTakeFirst()
  return row === undefined ? undefined : Number(row.recorded_at)
}
