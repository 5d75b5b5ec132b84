import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { onEachStore } from '../../../../../tests/support/stores.ts'
import { canonicalJson } from '../../kernel/canonical.ts'
import type { Database } from '../../kernel/db/index.ts'
import { newId } from '../../kernel/ids.ts'
import type { ReceiptId } from '../../kernel/ids.ts'
import { evidenceMigrations, statementsOf } from '../index.ts'
import type { LogAccess, ReceiptDraft } from '../index.ts'
import { findReceipts } from '../receipt/receipt-store.ts'
import type { PlacedReceipt } from '../receipt/receipt-store.ts'
import { proveConsistency, proveInclusion } from '../log/proofs.ts'
import { splitOf } from '../log/proof-ranges.ts'
import { nodeHash } from '../log/tree-hash.ts'
import { at, draftOf, openEvidence, organisation, temporaryFolder } from '../testing/evidence-fixture.ts'
import type { OpenedEvidence } from '../testing/evidence-fixture.ts'
import { performWrite } from '../testing/perform-write.ts'

type Pruned = OutputOf<OperationByName<'evidence.prune'>>
type Folded = OutputOf<OperationByName<'evidence.fold'>>

const day = 24 * 60 * 60 * 1000
const other = 'org_019900000000700080000000000000a2'

function randomness(seed: number) {
  let state = seed
  const next = (below: number): number => {
    state += 1
    return Number.parseInt(hash('sha256', `${seed} ${state}`).slice(0, 12), 16) % below
  }
  return { next, oneOf: <T>(values: readonly T[]): T => values[next(values.length)] as T }
}

/** What the test itself knows of a receipt; the store is never asked. */
interface Known {
  readonly draft: ReceiptDraft
  readonly case: string | undefined
  readonly run: string | undefined
  readonly operation: string
  readonly package: string | undefined
}

const cases = ['case_a', 'case_b', 'case_c', 'case_d'] as const

/** Receipts over forty days: single effects, runs with calls inside of them, some open, some ended long after. */
function story(seed: number, count: number): Known[] {
  const { next, oneOf } = randomness(seed)
  const told: Known[] = []
  const tell = (
    change: Partial<Omit<ReceiptDraft, 'parts'>>,
    subject: { operation: string; case?: string | undefined; run?: string; package?: string },
  ): ReceiptId => {
    const facts = Object.fromEntries(Object.entries(subject).filter(([, value]) => value !== undefined))
    const draft = draftOf(change, { subject: facts })
    told.push({
      draft,
      case: subject.case,
      run: subject.run,
      operation: subject.operation,
      package: subject.package,
    })
    return draft.id
  }
  while (told.length < count) {
    const ago = Math.floor((40 * day * (count - told.length)) / count)
    const moment = at - ago - next(day)
    const of = next(3) === 0 ? oneOf(cases) : undefined
    const organisationOf = next(20) === 0 ? other : organisation
    const facts = { at: moment, organisation: organisationOf }
    const kind = next(10)
    if (kind < 6) tell(facts, { operation: oneOf(['graph.search', 'case.read']), case: of })
    else if (kind < 7) tell(facts, { operation: 'plugin.install', package: oneOf(['p', 'q']) })
    else {
      const run = newId('run')
      const subject = { case: of, run, package: oneOf(['p', 'q']) }
      const intent = tell({ ...facts, phase: 'intent' }, { operation: 'plugin.run', ...subject })
      for (let calls = next(5); calls > 0; calls -= 1)
        tell({ ...facts, parent: intent }, { operation: 'graph.search', ...subject })
      // Some are open for ever, some end when their intent is long of age.
      if (next(8) > 0)
        tell(
          { ...facts, phase: 'outcome', parent: intent, at: next(6) === 0 ? at : moment },
          { operation: 'plugin.run', ...subject },
        )
    }
    // A result travels into another case.
    if (next(40) === 0) {
      const run = told.findLast(
        (each) => each.run !== undefined && each.draft.organisation === organisationOf,
      )
      if (run !== undefined)
        tell(facts, { operation: 'run.accept', case: oneOf(cases), run: run.run as string })
    }
  }
  return told
}

/** Written from docs/guides/keep-prune-and-hold.md alone: what holds and things under way keep. */
function keptBy(told: readonly Known[], held: ReadonlySet<string>, before: number) {
  const mine = told.filter(({ draft }) => draft.organisation === organisation)
  const ofCase = mine.filter((each) => each.case !== undefined && held.has(each.case))
  const runs = new Set(ofCase.flatMap((each) => each.run ?? []))
  const packages = new Set(ofCase.flatMap((each) => each.package ?? []))
  const isHeld = (each: Known): boolean =>
    (each.case !== undefined && held.has(each.case)) ||
    (each.run !== undefined && runs.has(each.run)) ||
    (each.operation === 'plugin.install' && packages.has(each.package ?? ''))
  const headOf = ({ draft }: Known): string => draft.parent ?? draft.id
  const heldHeads = new Set(mine.filter(isHeld).map(headOf))
  const ended = new Map(
    mine.filter(({ draft }) => draft.phase === 'outcome').map(({ draft }) => [draft.parent, draft.at]),
  )
  const openHeads = new Set(
    mine.filter(({ draft }) => draft.phase === 'intent' && !ended.has(draft.id)).map(headOf),
  )
  return (each: Known): boolean =>
    heldHeads.has(headOf(each)) ||
    openHeads.has(headOf(each)) ||
    (each.draft.phase === 'intent' && (ended.get(each.draft.id) ?? 0) >= before)
}

async function opened(database: Database, folder: string): Promise<OpenedEvidence> {
  const caseTlps = (_db: unknown, _organisation: string, asked: readonly string[]) =>
    Promise.resolve(
      new Map(asked.filter((id) => cases.some((each) => each === id)).map((id) => [id, 'GREEN'])),
    )
  return await openEvidence(database, folder, {
    stepReceipts: 300,
    blocks: { entries: 256, share: 1 },
    sources: {
      caseTlps,
      openReviewsSince: () => Promise.resolve(undefined),
      packages: () => Promise.resolve([]),
      documents: () => Promise.resolve([]),
    },
  })
}

const write = async (database: Database, evidence: OpenedEvidence, operation: string, input: object) =>
  await performWrite(database, evidence, operation, input, { at })

/** Performs until nothing is due; answers the last denial's code. */
async function retireAll(
  database: Database,
  evidence: OpenedEvidence,
  operation: string,
  input: object,
): Promise<string> {
  for (;;) {
    const { outcome } = await write(database, evidence, operation, input)
    if (!outcome.ok) return outcome.denial.code
  }
}

/** What is left of receipts, wherever it lies, by id. */
async function leftOf(
  database: Database,
  told: readonly Known[],
): Promise<ReadonlyMap<string, PlacedReceipt>> {
  const left = new Map<string, PlacedReceipt>()
  for (const name of [organisation, other]) {
    const ids = told.filter(({ draft }) => draft.organisation === name).map(({ draft }) => draft.id)
    for (let start = 0; start < ids.length; start += 500) {
      const some = await findReceipts(database.read, name, ids.slice(start, start + 500))
      for (const row of some) left.set(row.id, row)
    }
  }
  return left
}

/** The root of a log by what is left of it and the statements of the store, by the format document's recursion. */
async function rootByStatements(
  database: Database,
  log: LogAccess,
  size: number,
  left: ReadonlyMap<string, PlacedReceipt>,
): Promise<Buffer> {
  const rows = await database.read
    .selectFrom('log_entries')
    .select(['idx', 'leaf_hash'])
    .where('log', '=', log.number)
    .execute()
  const leaves = new Map(rows.map((row) => [row.idx, row.leaf_hash]))
  for (const { log: of, idx, leaf_hash } of left.values())
    if (of === log.number && idx !== null && leaf_hash !== null) leaves.set(idx, leaf_hash)
  const roots = new Map<string, Buffer>()
  for (const { action, statement } of await statementsOf(database.read, organisation, log.number)) {
    if (action !== 'prune') continue
    assert.equal(canonicalJson(JSON.parse(statement)), statement)
    for (const { from, to, subtrees } of (JSON.parse(statement) as Pruned).ranges) {
      let next = from
      for (const subtree of subtrees) {
        assert.equal(subtree.from, next)
        next = subtree.to
        roots.set(`${subtree.from}-${subtree.to}`, Buffer.from(subtree.root, 'base64'))
      }
      assert.equal(next, to)
    }
  }
  const hashOf = (from: number, to: number): Uint8Array => {
    const root = roots.get(`${from}-${to}`)
    if (root !== undefined) return root
    if (to - from === 1) {
      const leaf = leaves.get(from)
      assert.ok(leaf !== undefined, `entry ${from} is gone and no statement speaks of it`)
      return leaf
    }
    const middle = from + splitOf(to - from)
    return nodeHash(hashOf(from, middle), hashOf(middle, to))
  }
  return Buffer.from(hashOf(0, size))
}

for (const [seed, where] of [
  [1, 'in rows'],
  [2, 'in rows and blocks'],
] as const) {
  onEachStore(
    `what random rules and holds leave ${where} is what an independent oracle says, and proofs of it lead to the same roots`,
    evidenceMigrations,
    async (database, t) => {
      const { next, oneOf } = randomness(seed * 7_919)
      const folder = await temporaryFolder(t)
      let evidence = await opened(database, folder)
      const keepDays = 5 + next(25)
      const rules = {
        classes: {
          short: { keepDays, foldAfterDays: 1 + next(keepDays - 1) },
          standard: { foldAfterDays: 3 },
        },
        operations: { 'graph.search': 'short', 'plugin.run': oneOf(['short', 'standard']) },
      }
      assert.ok((await write(database, evidence, 'retention.set', rules)).outcome.ok)
      const told = story(seed, 1_200)
      for (let start = 0; start < told.length; start += 300) {
        await evidence.recordAndIntegrate(...told.slice(start, start + 300).map(({ draft }) => draft))
        // Somebody outside keeps a checkpoint, wherever the log stands then.
        if (next(2) === 0)
          for (const log of await evidence.logsOf(organisation))
            await log.publish((await log.newest())?.checkpoint.size ?? 0)
      }
      const held = new Set<string>()
      for (const each of cases) {
        if (next(2) === 0) continue
        held.add(each)
        await write(database, evidence, 'hold.place', { case: each, reason: 'claim' })
      }
      const placeOf = new Map<string, { log: string; idx: number }>()
      const logs = await evidence.logsOf(organisation)
      const sizes = new Map<string, number>()
      for (const log of logs) {
        const size = (await log.newest())?.checkpoint.size ?? 0
        sizes.set(log.class, size)
        for (const row of await database.read
          .selectFrom('log_entries')
          .selectAll()
          .where('log', '=', log.number)
          .execute())
          placeOf.set(row.receipt_id, { log: log.class, idx: row.idx })
      }
      const views = await Promise.all(logs.map(async (log) => [log, await log.newest()] as const))

      // Once all from rows, once with blocks among them, and more of them in between.
      const compact = async () => {
        if (where !== 'in rows') assert.equal((await evidence.compact(at + 1)).stopped, undefined)
      }
      await compact()
      const foldLast = await retireAll(database, evidence, 'evidence.fold', { class: 'short' })
      assert.match(foldLast, /^(nothing_due|under_hold)$/)
      await retireAll(database, evidence, 'evidence.fold', { class: 'standard' })
      const folds = (await statementsOf(database.read, organisation)).map(
        (row) => JSON.parse(row.statement) as Folded | Pruned,
      )
      await compact()
      await retireAll(database, evidence, 'evidence.prune', { class: 'short' })
      if (where !== 'in rows') {
        const blocks = await database.read.selectFrom('evidence_blocks').select('receipts').execute()
        assert.ok(
          blocks.some((block) => block.receipts < 256),
          'no block lost receipts',
        )
      }

      // The oracle: by what the test told, and by where the log put it.
      const foldCut = { short: at - rules.classes.short.foldAfterDays * day, standard: at - 3 * day }
      const pruneCut = at - keepDays * day
      const mine = told.filter(({ draft }) => draft.organisation === organisation)
      const folded = new Set<string>()
      for (const name of ['short', 'standard'] as const) {
        const isKept = keptBy(told, held, foldCut[name])
        for (const each of mine)
          if (placeOf.get(each.draft.id)?.log === name && each.draft.at < foldCut[name] && !isKept(each))
            folded.add(each.draft.id)
      }
      const isKept = keptBy(told, held, pruneCut)
      const lastFull = (sizes.get('short') ?? 0) - ((sizes.get('short') ?? 0) % 256)
      const going = new Map<number, string>()
      for (const each of mine) {
        const place = placeOf.get(each.draft.id)
        if (place?.log === 'short' && place.idx < lastFull && each.draft.at < pruneCut && !isKept(each))
          going.set(place.idx, each.draft.id)
      }
      // A folded range goes whole or not at all.
      for (const statement of folds) {
        if (statement.kind !== 'fold' || statement.class !== 'short') continue
        for (const { from, to } of statement.ranges) {
          const indices = Array.from({ length: to - from }, (_, i) => from + i)
          if (!indices.every((index) => going.has(index))) for (const index of indices) going.delete(index)
        }
      }
      const gone = new Set(going.values())
      assert.ok(
        gone.size > 100 && folded.size > 100,
        `seed ${seed}: ${gone.size} gone, ${folded.size} folded`,
      )
      const left = await leftOf(database, told)
      for (const { draft } of told) {
        const entry = left.get(draft.id)?.entry
        const expected = gone.has(draft.id) ? 'gone' : folded.has(draft.id) ? 'folded' : 'whole'
        const is = entry === undefined ? 'gone' : entry.length === 112 ? 'folded' : 'whole'
        assert.equal(
          is,
          expected,
          `seed ${seed}: ${JSON.stringify({ ...placeOf.get(draft.id), at: at - draft.at, phase: draft.phase })}`,
        )
      }

      for (const restart of [false, true]) {
        if (restart) {
          await evidence.close()
          evidence = await opened(database, folder)
        }
        for (const [log, view] of views) {
          const size = view?.checkpoint.size ?? 0
          const access = (await evidence.logsOf(organisation)).find(
            (each) => each.number === log.number,
          ) as LogAccess
          assert.deepEqual(
            await rootByStatements(database, log, size, left),
            Buffer.from(view?.checkpoint.root ?? []),
          )
          await access.prove(async (now) => {
            for (const { log: of, idx, leaf_hash } of left.values()) {
              if (of !== log.number || idx === null || next(25) > 0) continue
              const proof = await proveInclusion(now, idx)
              assert.deepEqual(Buffer.from(proof.leaf), Buffer.from(leaf_hash ?? []))
            }
            for (const { size: earlier } of await database.read
              .selectFrom('published_sizes')
              .selectAll()
              .where('log', '=', log.number)
              .execute())
              if (earlier < now.checkpoint.size) await proveConsistency(now, earlier)
          })
        }
      }
      // The log goes on from there.
      await evidence.recordAndIntegrate(...story(seed + 100, 300).map(({ draft }) => draft))
      await evidence.close()
    },
  )
}

for (const where of ['rows', 'blocks'] as const) {
  onEachStore(
    `the log is proved from a checkpoint that somebody holds also when all around it was pruned from ${where}`,
    evidenceMigrations,
    async (database, t) => {
      const folder = await temporaryFolder(t)
      let evidence = await opened(database, folder)
      const rules = { classes: { short: { keepDays: 5 } }, operations: { 'graph.search': 'short' } }
      await write(database, evidence, 'retention.set', rules)
      const told = Array.from({ length: 600 }, () => draftOf({ at: at - 10 * day }))
      const log = async (): Promise<LogAccess> => {
        const logs = await evidence.logsOf(organisation)
        return logs.find((each) => each.class === 'short') as LogAccess
      }
      await evidence.recordAndIntegrate(...told.slice(0, 100))
      const early = (await (await log()).newest())?.checkpoint
      await (await log()).publish(100)
      await evidence.recordAndIntegrate(...told.slice(100))
      if (where === 'blocks') assert.equal((await evidence.compact(at + 1)).blocks, 2)
      assert.equal(await retireAll(database, evidence, 'evidence.prune', { class: 'short' }), 'nothing_due')
      for (const restart of [false, true]) {
        if (restart) {
          await evidence.close()
          evidence = await opened(database, folder)
          await evidence.recordAndIntegrate(draftOf())
        }
        await (await log()).forgetLeaves({ from: 0, to: 512 })
        await (
          await log()
        ).prove(async (view) => {
          const { root } = await proveConsistency(view, 100)
          assert.deepEqual(Buffer.from(root), Buffer.from(early?.root ?? []))
          await proveInclusion(view, 520)
          await assert.rejects(proveInclusion(view, 99), { code: 'log_pruned' })
        })
      }
      await evidence.close()
    },
  )
}

onEachStore(
  'a hold that comes after what is due was found, and before it goes, keeps it; asked again, it is found so',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await opened(database, await temporaryFolder(t))
    const rules = { classes: { short: { keepDays: 5 } }, operations: { 'graph.search': 'short' } }
    await write(database, evidence, 'retention.set', rules)
    const subject = { operation: 'graph.search', case: 'case_a' }
    const told = Array.from({ length: 256 }, () => draftOf({ at: at - 10 * day }, { subject }))
    await evidence.recordAndIntegrate(...told)
    const between = () => write(database, evidence, 'hold.place', { case: 'case_a', reason: 'claim' })
    const prune = (options: object) =>
      performWrite(database, evidence, 'evidence.prune', { class: 'short' }, { at, ...options })
    await assert.rejects(prune({ between }), { code: 'retention_changed', retryable: true })
    assert.deepEqual(await statementsOf(database.read, organisation), [])
    const { count } = await database.read
      .selectFrom('receipts')
      .select((e) => e.fn.countAll<number>().as('count'))
      .where('case_id', '=', 'case_a')
      .where('operation', '=', 'graph.search')
      .executeTakeFirstOrThrow()
    assert.equal(Number(count), 256)
    const { outcome } = await prune({})
    assert.ok(!outcome.ok && outcome.denial.code === 'under_hold')
    await evidence.close()
  },
)
