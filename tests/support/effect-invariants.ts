import type { Reader } from '../../apps/server/src/kernel/db/index.ts'
import type { Broken, Receipts } from './read-receipts.ts'

/** What a run's state must be for each decision of its outcome. */
const statesOf: Readonly<Record<string, readonly string[]>> = {
  allowed: ['succeeded'],
  denied: ['denied', 'failed', 'cancelled'],
  failed: ['unknown'],
  unknown: ['unknown'],
}

/**
 * Every row that people asked for has exactly one receipt, and every receipt of a success its row. Looks at what can be
 * held against a receipt by itself: cases, notes, packages, installations, runs, accepted rows, idempotency keys.
 */
export async function checkEffects(db: Reader, receipts: Receipts): Promise<Broken> {
  // What the demonstration had is gone by one operation; its receipts stay and have no rows any more.
  const present = new Set(
    (await db.selectFrom('identity_organisations').select('id').execute()).map(({ id }) => id as string),
  )
  const ours = receipts.filter(({ organisation }) => present.has(organisation))
  return [
    ...(await checkCases(db, ours)),
    ...(await checkPackages(db, ours)),
    ...(await checkRuns(db, ours)),
    ...(await checkRecordings(db, ours)),
    ...(await checkKeys(db, ours)),
  ]
}

const successes = (receipts: Receipts, operation: string) =>
  receipts.filter(
    (receipt) =>
      receipt.operation === operation && receipt.decision === 'allowed' && receipt.phase !== 'intent',
  )

async function checkCases(db: Reader, receipts: Receipts): Promise<Broken> {
  const cases = await db.selectFrom('cases').select('id').execute()
  const created = successes(receipts, 'case.create').map((receipt) => receipt.case_id)
  const broken = unequal(
    'case',
    cases.map(({ id }) => id),
    created,
  )

  // A note written at the opening shares the receipt of its case, and its instant.
  const notes = await db
    .selectFrom('case_notes')
    .innerJoin('cases', 'cases.id', 'case_notes.case_id')
    .select(['case_id', 'at', 'opened_at'])
    .orderBy('case_notes.id')
    .execute()
  const first = new Set<string>()
  const added = notes.filter((note) => {
    const opening = note.at === note.opened_at && !first.has(note.case_id)
    if (opening) first.add(note.case_id)
    return !opening
  })
  broken.push(
    ...unequal(
      'note of case',
      added.map((note) => note.case_id),
      successes(receipts, 'case.add_note').map((receipt) => receipt.case_id),
    ),
  )
  return broken
}

async function checkPackages(db: Reader, receipts: Receipts): Promise<Broken> {
  const key = (row: { organisation: string; package: string | null }): string =>
    `${row.organisation} ${row.package}`
  const packages = await db.selectFrom('packages').select(['organisation', 'name as package']).execute()
  const broken = unequal('package', packages.map(key), successes(receipts, 'package.add').map(key))

  // The rows of an installation go with the intent of its uninstall.
  const expected = new Map<string, boolean>()
  for (const receipt of receipts) {
    if (receipt.decision !== 'allowed') continue
    if (receipt.operation === 'plugin.install') expected.set(key(receipt), true)
    if (receipt.operation === 'plugin.uninstall' && receipt.phase === 'intent')
      expected.set(key(receipt), false)
  }
  const installed = await db.selectFrom('installations').select(['organisation', 'name as package']).execute()
  const wanted = [...expected].filter(([, is]) => is).map(([name]) => name)
  broken.push(...unequal('installation', installed.map(key), wanted))
  const grants = await db.selectFrom('grants').select(['organisation', 'name as package']).execute()
  for (const grant of grants)
    if (!wanted.includes(key(grant))) broken.push(`a grant of ${key(grant)} outlived its installation`)
  return broken
}

/** A recording is there with the outcome that names it or not at all, and so are the answers that it names. */
async function checkRecordings(db: Reader, receipts: Receipts): Promise<Broken> {
  const broken: Broken = []
  const rows = await db.selectFrom('run_recordings').select(['run', 'sha256', 'body']).execute()
  const named = new Map(
    receipts
      .filter(({ operation, phase }) => operation === 'plugin.run' && phase === 'outcome')
      .map(({ run, parts }) => [run, parts['subject']?.['recording']]),
  )
  for (const { run, sha256, body } of rows) {
    if (!named.has(run)) broken.push(`run ${run} has a recording and no outcome`)
    else if (body !== null && named.get(run) !== sha256)
      broken.push(`the recording of run ${run} is not the one that its outcome names`)
  }
  const recorded = new Set(rows.map(({ run }) => run))
  const runs = await db.selectFrom('runs').select('id').execute()
  for (const { id } of runs)
    if (named.get(id) !== undefined && !recorded.has(id)) broken.push(`the recording of run ${id} is gone`)
  const answers = new Set(
    (await db.selectFrom('recorded_answers').select('sha256').execute()).map((row) => row.sha256),
  )
  const uses = await db.selectFrom('recorded_answer_uses').select(['run', 'sha256']).execute()
  for (const { run, sha256 } of uses)
    if (!answers.has(sha256) || !recorded.has(run)) broken.push(`run ${run} uses answer ${sha256} in vain`)
  const used = new Set(uses.map(({ sha256 }) => sha256))
  for (const sha256 of answers) if (!used.has(sha256)) broken.push(`no run uses answer ${sha256}`)
  return broken
}

async function checkRuns(db: Reader, receipts: Receipts): Promise<Broken> {
  const broken: Broken = []
  const runs = await db
    .selectFrom('runs')
    .select(['id', 'organisation', 'package', 'state', 'intent'])
    .execute()
  const byIntent = new Map(runs.map((run) => [run.intent, run]))
  const of = receipts.filter(({ operation }) => operation === 'plugin.run')
  const intents = new Map(
    of.filter(({ phase }) => phase === 'intent').map((receipt) => [receipt.id, receipt]),
  )
  const uninstalledAt = (receipt: Receipts[number]): boolean =>
    receipts.some(
      (other) =>
        other.operation === 'plugin.uninstall' &&
        other.phase === 'intent' &&
        other.organisation === receipt.organisation &&
        other.package === receipt.package &&
        other.id > receipt.id,
    )
  for (const run of runs) {
    if (run.state === 'queued') continue
    const intent = intents.get(run.intent ?? '')
    // A run cancelled while it waited never had an intent.
    if (intent === undefined && run.state !== 'cancelled')
      broken.push(`run ${run.id} (${run.state}) has no intent`)
    if (intent !== undefined && intent.run !== run.id)
      broken.push(`the intent of run ${run.id} names ${intent.run}`)
  }
  for (const receipt of of) {
    if (receipt.phase !== 'outcome') continue
    const run = byIntent.get(receipt.parent)
    if (run === undefined) {
      const intent = intents.get(receipt.parent ?? '')
      if (intent === undefined || !uninstalledAt(intent))
        broken.push(`outcome ${receipt.id} (${receipt.decision}) has no run`)
    } else if (statesOf[receipt.decision]?.includes(run.state) !== true) {
      broken.push(`run ${run.id} is ${run.state}, its outcome says ${receipt.decision}`)
    }
  }
  const known = new Set(runs.map(({ id }) => id))
  const accepted = await db.selectFrom('run_accepted').select('run').distinct().execute()
  const receipted = new Set(successes(receipts, 'run.accept').map(({ run }) => run))
  for (const { run } of accepted)
    if (!receipted.has(run)) broken.push(`rows of run ${run} were accepted without a receipt`)
  const logged = await db.selectFrom('run_logs').select('run').distinct().execute()
  for (const { run } of logged) if (!known.has(run)) broken.push(`log lines of run ${run} outlived it`)
  return broken
}

async function checkKeys(db: Reader, receipts: Receipts): Promise<Broken> {
  const byId = new Map(receipts.map((receipt) => [receipt.id, receipt]))
  const keys = await db.selectFrom('idempotency_keys').select(['key', 'operation', 'answer']).execute()
  return keys.flatMap(({ key, operation, answer }) => {
    if (answer === null) return [`idempotency key ${key} of ${operation} is stuck: nothing is under way`]
    const { receiptId, ok } = JSON.parse(answer) as { receiptId: string; ok: boolean }
    const receipt = byId.get(receiptId)
    // What waits for an approval answers with the review that it opened.
    if (receipt?.operation === operation && receipt.decision === (ok ? 'allowed' : 'parked')) return []
    return [`idempotency key ${key} answers with ${receiptId}, which is not what ${operation} answered`]
  })
}

/** Both lists hold the same things equally often. */
function unequal(
  what: string,
  rows: readonly (string | null)[],
  receipted: readonly (string | null)[],
): Broken {
  const counts = new Map<string | null, number>()
  for (const name of rows) counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const name of receipted) counts.set(name, (counts.get(name) ?? 0) - 1)
  return [...counts].flatMap(([name, surplus]) => {
    if (surplus === 0) return []
    return [
      surplus > 0
        ? `${what} ${name}: ${surplus} without a receipt`
        : `${what} ${name}: ${-surplus} receipts without a row`,
    ]
  })
}
