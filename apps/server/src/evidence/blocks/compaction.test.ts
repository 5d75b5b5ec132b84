import assert from 'node:assert/strict'
import { cp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { sql } from 'kysely'
import { onEachStore } from '../../../../../tests/support/stores.ts'
import type { Database, Tx, WritePurpose } from '../../kernel/db/index.ts'
import { newId } from '../../kernel/ids.ts'
import type { ReceiptId } from '../../kernel/ids.ts'
import { evidenceMigrations } from '../index.ts'
import { proveInclusion } from '../log/proofs.ts'
import { createReceiptOpener } from '../receipt/open-receipt.ts'
import type { PlacedReceipt } from '../receipt/receipt-row.ts'
import {
  boundsOfEntries,
  extentsOfPeriod,
  firstFrom,
  lastBefore,
  receiptsOfRange,
} from '../receipt/receipt-ranges.ts'
import {
  casesOfPeriod,
  casesOfRelease,
  casesOfRuns,
  findReceipt,
  findReceipts,
  listReceipts,
  outcomeOf,
  receiptsOfCase,
  receiptsOfPackages,
  receiptsOfParents,
  receiptsOfRelease,
} from '../receipt/receipt-store.ts'
import { draftOf, openEvidence, organisation, temporaryFolder } from '../testing/evidence-fixture.ts'
import type { OpenedEvidence } from '../testing/evidence-fixture.ts'
import { diskFull, failingFiles } from '../testing/failing-files.ts'
import { dice, realisticDrafts } from '../testing/realistic-receipts.ts'
import type { Dice } from '../testing/realistic-receipts.ts'
import { fixedBytes } from './block-encoder.ts'
import { passesQuery } from './match-rows.ts'
import type { ReceiptQuery } from './match-rows.ts'

const neighbours = 'org_019900000000700080000000000000a2'
const whenever = Number.MAX_SAFE_INTEGER
const beganAt = Date.UTC(2027, 2, 4)
const entries = 256

async function fill(
  evidence: OpenedEvidence,
  seed: number,
  count: number,
  of = organisation,
  from = beganAt,
): Promise<void> {
  const drafts = realisticDrafts(seed, of, from)
  for (let made = 0; made < count; made += 100) {
    const some = Array.from({ length: Math.min(100, count - made) }, () => drafts.next().value)
    await evidence.recordAndIntegrate(...some)
  }
  // What is under way would keep its run in the rows.
  await endRuns(evidence)
}

const databases = new WeakMap<OpenedEvidence, Database>()
async function endRuns(evidence: OpenedEvidence): Promise<void> {
  const database = databases.get(evidence) as Database
  await database.writer.transact({ by: 'migration' }, (tx) => tx.deleteFrom('open_intents').execute())
}

async function opened(
  database: Database,
  folder: string,
  deps: Parameters<typeof openEvidence>[2] = {},
): Promise<OpenedEvidence> {
  const evidence = await openEvidence(database, folder, {
    ...deps,
    blocks: { entries, share: 1, ...deps.blocks },
  })
  databases.set(evidence, database)
  return evidence
}

/** Every receipt as it lies in rows, in no particular order. */
async function rowsIn(database: Database): Promise<readonly PlacedReceipt[]> {
  return await database.read
    .selectFrom('receipts')
    .leftJoin('log_entries', 'log_entries.receipt_id', 'receipts.id')
    .selectAll('receipts')
    .select(['log_entries.log', 'log_entries.idx', 'log_entries.leaf_hash'])
    .execute()
}

const shown = (receipt: PlacedReceipt | undefined): object | undefined =>
  receipt && {
    ...receipt,
    entry: Buffer.from(receipt.entry).toString('hex'),
    leaf_hash: receipt.leaf_hash && Buffer.from(receipt.leaf_hash).toString('hex'),
  }
const byId = (receipts: readonly PlacedReceipt[]): readonly (object | undefined)[] =>
  receipts.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(shown)

/** Asks every question that there is, with values that occur and some that do not, and holds the answers against all receipts. */
async function askAll(database: Database, all: readonly PlacedReceipt[], d: Dice): Promise<void> {
  const db = database.read
  const some = d.pick(all)
  const of = some.organisation
  const model = (query: Omit<ReceiptQuery, 'organisation'>) =>
    all
      .filter((row) => passesQuery({ organisation: of, ...query }, row))
      .toSorted((a, b) => (a.id < b.id ? 1 : -1))
  const same = (actual: readonly PlacedReceipt[], expected: readonly PlacedReceipt[]) =>
    assert.deepEqual(byId(actual), byId(expected))

  assert.deepEqual(shown(await findReceipt(db, of, some.id as ReceiptId)), shown(some))
  const other = of === organisation ? neighbours : organisation
  assert.equal(await findReceipt(db, other, some.id as ReceiptId), undefined)
  assert.equal(await findReceipt(db, of, newId('rct')), undefined)
  const ids = [d.pick(all).id, d.pick(all).id, some.id, newId('rct')]
  same(await findReceipts(db, of, ids), model({ ids }))
  same(await receiptsOfParents(db, of, ids), model({ parents: ids }))
  const outcome = await outcomeOf(db, of, some.parent ?? some.id)
  assert.deepEqual(
    shown(outcome),
    shown(model({ parents: [some.parent ?? some.id], filter: { phase: 'outcome' } })[0]),
  )
  const packages = [some.package ?? 'whois', 'triage']
  same(
    await receiptsOfPackages(db, of, packages, ['plugin.run', 'kv.set']),
    model({ packages, operations: ['plugin.run', 'kv.set'] }),
  )
  if (some.case_id !== null)
    same(await receiptsOfCase(db, of, some.case_id, 1_000), model({ filter: { case: some.case_id } }))
  const [from, to] = [d.pick(all).at, d.pick(all).at].toSorted((a, b) => a - b) as [number, number]
  const inPeriod = model({ filter: { from, to } })
  const release = { name: some.package ?? 'triage', version: some.version ?? '1.3.0' }
  const released = model({ filter: { package: release.name, version: release.version } })
  same(await receiptsOfRelease(db, of, release, 10_000), released)
  const ran = new Set(released.flatMap((row) => row.run ?? []))
  const using = model({}).filter(
    (row) => row.decision === 'allowed' && (released.includes(row) || (row.run !== null && ran.has(row.run))),
  )
  assert.deepEqual(
    new Set(await casesOfRelease(db, of, release)),
    new Set(using.flatMap((row) => row.case_id ?? [])),
  )
  const log = some.log as number
  const idx = some.idx as number
  const inLog = model({}).filter((row) => row.log === log)
  const indexOf = (row: PlacedReceipt): number => row.idx as number
  const about = { organisation: of, log }
  const ranged = inLog.filter((row) => indexOf(row) >= idx - 40 && indexOf(row) < idx + 40)
  same(await receiptsOfRange(db, { ...about, from: idx - 40, to: idx + 40, limit: 1_000 }), ranged)
  assert.equal((await receiptsOfRange(db, { ...about, from: 0, to: whenever, limit: 5 }))[4]?.idx, 4)
  const earlier = inLog.filter((row) => indexOf(row) < idx && row.at < from).map(indexOf)
  const last = earlier.length === 0 ? undefined : Math.max(...earlier)
  assert.equal(await lastBefore(db, { ...about, below: idx, at: from }), last)
  const later = inLog.filter((row) => indexOf(row) > idx && row.at >= to).map(indexOf)
  const next = later.length === 0 ? undefined : Math.min(...later)
  assert.equal(await firstFrom(db, { ...about, above: idx, at: to }), next)
  const onwards = inLog.filter((row) => indexOf(row) >= idx).map((row) => row.at)
  assert.deepEqual(await boundsOfEntries(db, { ...about, from: idx }), {
    first: Math.min(...onwards),
    newest: Math.max(...onwards),
  })
  const extent = (await extentsOfPeriod(db, { organisation: of, fromAt: from, toAt: to })).get(log)
  const indices = inPeriod.map(indexOf)
  assert.deepEqual(
    extent,
    indices.length === 0 ? undefined : { first: Math.min(...indices), last: Math.max(...indices) },
  )
  const cases = new Set(
    inPeriod.filter((row) => row.decision === 'allowed').flatMap((row) => row.case_id ?? []),
  )
  assert.deepEqual(new Set(await casesOfPeriod(db, of, from, to)), cases)
  for (const scope of [
    { fromAt: from, toAt: to },
    { case: some.case_id ?? 'none', fromAt: 0, toAt: 0 },
  ]) {
    const named = 'case' in scope ? model({ filter: { case: scope.case } }) : inPeriod
    const runs = named.flatMap((row) => row.run ?? [])
    const performed = model({ runs, operations: ['plugin.run'], filter: { decision: 'allowed' } })
    assert.deepEqual(
      new Set(await casesOfRuns(db, of, scope)),
      new Set(performed.flatMap((row) => row.case_id ?? [])),
    )
  }
  const filter = {
    ...(d.below(3) === 0 ? { operation: some.operation } : {}),
    ...(d.below(3) === 0 && some.package !== null
      ? { package: some.package, version: some.version ?? '' }
      : {}),
    ...(d.below(4) === 0 ? { actor: some.actor } : {}),
    ...(d.below(4) === 0 && some.run !== null ? { run: some.run } : {}),
    ...(d.below(5) === 0 ? { trace: some.trace } : {}),
    ...(d.below(4) === 0 ? { decision: d.pick(['allowed', 'denied', 'failed'] as const) } : {}),
    ...(d.below(4) === 0 ? { phase: some.phase } : {}),
    ...(d.below(4) === 0 && some.case_id !== null ? { case: some.case_id } : {}),
    ...(d.below(4) === 0 ? { from, to } : {}),
  }
  const limit = 1 + d.below(40)
  let before = d.below(2) === 0 ? d.pick(all).id : undefined
  const expected = model({ filter, before })
  for (let page = 0; page < 4; page += 1) {
    const rows = await listReceipts(db, of, { ...filter, before, limit })
    assert.deepEqual(rows.map(shown), expected.slice(page * limit, (page + 1) * limit).map(shown))
    if (rows.length < limit) break
    before = rows.at(-1)?.id
  }
}

onEachStore(
  'every question has the same answer before, while and after receipts are compacted',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const evidence = await opened(database, folder)
    const d = dice(database.dialect === 'sqlite' ? 21 : 22)
    const all = new Map<string, PlacedReceipt>()
    const remember = async () => {
      for (const row of await rowsIn(database)) all.set(row.id, row)
    }
    // A question is forty statements, and PostgreSQL takes its time for each.
    const rounds = database.dialect === 'sqlite' ? 2 : 1
    for (let round = 0; round < rounds; round += 1) {
      await fill(evidence, 100 + round, 260 + d.below(100))
      await fill(evidence, 200 + round, 130, neighbours)
      await remember()
      await askAll(database, [...all.values()], d)
      let isDone = false
      const compacting = evidence.compact(whenever).then((compaction) => {
        isDone = true
        return compaction
      })
      // Each question gives compaction its turn, and is asked of whatever it has come to.
      for (let turn = 0; turn < 4 && !isDone; turn += 1) await askAll(database, [...all.values()], d)
      assert.equal((await compacting).stopped, undefined)
      for (let turn = 0; turn < 2; turn += 1) await askAll(database, [...all.values()], d)
    }
    const left = (await rowsIn(database)).length
    assert(all.size - left >= rounds * entries, `of ${all.size} receipts ${left} are left in rows`)
    await evidence.close()

    const again = await opened(database, folder)
    for (let turn = 0; turn < 2; turn += 1) await askAll(database, [...all.values()], d)
    await again.close()
  },
)

onEachStore(
  'proofs, tiles and parts are the same out of a block, and the log opens again',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const evidence = await opened(database, folder)
    await fill(evidence, 1, 700)
    const log = await evidence.standardLog()
    const prove = (index: number) => log.prove((view) => proveInclusion(view, index))
    const before = await prove(77)
    const tileBefore = await evidence.tile('tile/0/000')
    const [row] = (await rowsIn(database)).filter((each) => each.idx === 77)
    const opener = createReceiptOpener(database.read)
    const partsBefore = await opener(row as PlacedReceipt)
    const done = await evidence.compact(whenever)
    assert.deepEqual([done.blocks, done.receipts, done.stopped], [2, 512, undefined])
    // Nothing that was kept from before may help: tiles are made again out of the block.
    await rm(join(await evidence.logFolder(), 'tile'), { recursive: true })
    await evidence.close()

    const again = await opened(database, folder)
    const found = await findReceipt(database.read, organisation, (row as PlacedReceipt).id as ReceiptId)
    assert.deepEqual(shown(found), shown(row))
    assert.deepEqual(await opener(found as PlacedReceipt), partsBefore)
    assert.deepEqual(await (await again.standardLog()).prove((view) => proveInclusion(view, 77)), before)
    assert.deepEqual(await again.tile('tile/0/000'), tileBefore)
    await fill(again, 2, 100)
    assert.equal(again.logSize(), 800)
    await again.close()
  },
)

/** Receipts as any reader finds them. */
async function readable(database: Database, ids: readonly string[]) {
  const found: PlacedReceipt[] = []
  for (let start = 0; start < ids.length; start += 200)
    found.push(...(await findReceipts(database.read, organisation, ids.slice(start, start + 200))))
  return byId(found)
}
const blockFiles = async (folder: string) =>
  (await readdir(join(folder, 'blocks')).catch(() => [])).toSorted((a, b) => (a < b ? -1 : 1))
/** Another server may be about to name a file that is young: only those that have lain for a while are swept. */
async function letLie(folder: string): Promise<void> {
  for (const name of await blockFiles(folder)) await utimes(join(folder, 'blocks', name), 1, 1)
}
async function namedBy(database: Database): Promise<readonly string[]> {
  return (await database.read.selectFrom('evidence_blocks').select('file').execute())
    .map((row) => row.file)
    .toSorted()
}

onEachStore(
  'a disk that fails at any call loses no receipt, is said, and compaction goes on when it works again',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const first = await opened(database, folder)
    await fill(first, 3, 300)
    await first.close()
    const rows = await rowsIn(database)
    const ids = rows.map((row) => row.id)
    const faults: unknown[] = []
    let failAt = 0
    for (let isDone = false; !isDone && failAt < 40;) {
      failAt += 1
      const failing = failingFiles((_, count) => (count >= failAt ? diskFull() : undefined))
      const evidence = await opened(database, folder, {
        blocks: { files: failing.files },
        onFault: (cause) => faults.push(cause),
      })
      const done = await evidence.compact(whenever)
      isDone = done.stopped === undefined
      if (!isDone) {
        assert.match(done.stopped ?? '', /ENOSPC/)
        assert.equal((await rowsIn(database)).length, 300)
      }
      await evidence.close()
      if (isDone) break
      assert.deepEqual(await readable(database, ids), byId(rows))
    }
    assert(failAt > 6 && faults.length > 6, `it was stopped ${failAt} times`)
    await letLie(folder)
    const evidence = await opened(database, folder)
    assert.deepEqual(await blockFiles(folder), await namedBy(database))
    assert.deepEqual(await readable(database, ids), byId(rows))
    assert.equal((await rowsIn(database)).length, 300 - entries)
    await evidence.close()
  },
)

/** A store that ends in the middle of compaction: its n-th transaction is not performed, or is and nobody hears of it. */
function endingStore(database: Database, fate: (count: number) => 'before' | 'after' | undefined): Database {
  let count = 0
  let isDead = false
  return {
    ...database,
    writer: {
      async transact<T>(purpose: WritePurpose, work: (tx: Tx) => Promise<T>): Promise<T> {
        if (purpose.by !== 'jobs') return await database.writer.transact(purpose, work)
        count += 1
        const dies = isDead ? 'before' : fate(count)
        if (dies === 'before') {
          isDead = true
          throw new Error('the server was killed')
        }
        const value = await database.writer.transact(purpose, work)
        if (dies === 'after') {
          isDead = true
          throw new Error('the server was killed')
        }
        return value
      },
    },
  }
}

onEachStore(
  'a server killed between any two steps finds each receipt once, and ends what was begun',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const filled = await opened(database, folder)
    await fill(filled, 4, 300)
    await filled.close()
    const rows = await rowsIn(database)
    const ids = rows.map((row) => row.id)
    let kills = 0
    for (let step = 1; step < 20; step += 1) {
      const fate = step % 2 === 0 ? 'after' : 'before'
      const ending = endingStore(database, (count) => (count === Math.ceil(step / 2) ? fate : undefined))
      const evidence = await opened(ending, folder)
      const done = await evidence.compact(whenever)
      await evidence.close()
      assert.deepEqual(await readable(database, ids), byId(rows))
      const d = dice(step)
      await askAll(database, rows, d)
      if (done.stopped === undefined) break
      kills += 1
    }
    assert(kills >= 3, `it was killed ${kills} times`)
    await letLie(folder)
    const evidence = await opened(database, folder)
    assert.equal((await evidence.compact(whenever)).stopped, undefined)
    assert.deepEqual(await blockFiles(folder), await namedBy(database))
    assert.equal((await rowsIn(database)).length, 300 - entries)
    assert.deepEqual(await readable(database, ids), byId(rows))
    await evidence.close()
  },
)

onEachStore('receipts are recorded while others are compacted', evidenceMigrations, async (database, t) => {
  const evidence = await opened(database, await temporaryFolder(t))
  await fill(evidence, 5, 520)
  const compacting = evidence.compact(whenever)
  const added = Array.from({ length: 60 }, () => draftOf())
  for (const draft of added) {
    await evidence.record(draft)
    evidence.committed()
  }
  await evidence.integrated(added.map((draft) => draft.id))
  assert.equal((await compacting).blocks, 2)
  assert.equal(evidence.logSize(), 580)
  const page = await listReceipts(database.read, organisation, { limit: 1_000 })
  assert.equal(new Set(page.map((row) => row.id)).size, 580)
  await evidence.close()
})

onEachStore(
  'what is too young, or has a run under way, stays in the rows',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await opened(database, await temporaryFolder(t))
    await fill(evidence, 6, 260)
    assert.equal((await evidence.compact(beganAt)).blocks, 0)
    const [row] = await rowsIn(database)
    const intent = { receipt_id: (row as PlacedReceipt).id }
    await database.writer.transact({ by: 'migration' }, (tx) =>
      tx.insertInto('open_intents').values(intent).execute(),
    )
    assert.equal((await evidence.compact(whenever, organisation)).blocks, 0)
    await endRuns(evidence)
    assert.equal((await evidence.compact(whenever, neighbours)).blocks, 0)
    assert.equal((await evidence.compact(whenever, organisation)).blocks, 1)
    await evidence.close()
  },
)

onEachStore(
  'a row that is not what was logged is not sealed, and nothing is deleted',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await opened(database, await temporaryFolder(t))
    await fill(evidence, 7, 260)
    await database.writer.transact({ by: 'migration' }, (tx) =>
      sql`update log_entries set leaf_hash = (select leaf_hash from log_entries where idx = 1) where idx = 2`.execute(
        tx,
      ),
    )
    const done = await evidence.compact(whenever)
    assert.match(done.stopped ?? '', /not compacted: receipt rct_[0-9a-f]+ of entry 2 is not what was logged/)
    assert.equal((await rowsIn(database)).length, 260)
    await evidence.close()
  },
)

async function oneBlock(database: Database, t: TestContext, seed: number) {
  const folder = await temporaryFolder(t)
  const evidence = await opened(database, folder)
  await fill(evidence, seed, entries)
  const rows = (await rowsIn(database)).filter((row) => (row.idx ?? entries) < entries)
  assert.equal((await evidence.compact(whenever)).blocks, 1)
  const [name] = await blockFiles(folder)
  return { folder, evidence, rows, file: join(folder, 'blocks', name as string) }
}

onEachStore(
  'a flipped bit in a block is refused by name, and says what to do',
  evidenceMigrations,
  async (database, t) => {
    const { folder, evidence, rows, file } = await oneBlock(database, t, 8)
    await evidence.close()
    const bytes = await readFile(file)
    const d = dice(31)
    for (let turn = 0; turn < 20; turn += 1) {
      const altered = Buffer.from(bytes)
      const place = d.below(bytes.length - 32)
      altered[place] = (altered[place] as number) ^ (1 << d.below(8))
      await writeFile(file, altered)
      const faults: unknown[] = []
      const again = await opened(database, folder, { onFault: (cause) => faults.push(cause) }).catch(
        (error: unknown) => {
          faults.push(error)
          return undefined
        },
      )
      const reading = readable(
        database,
        rows.map((row) => row.id),
      )
      await assert.rejects(reading, { code: 'block_altered', message: /Put the file back from a backup/ })
      await again?.close()
    }
    await writeFile(file, bytes)
    const again = await opened(database, folder)
    assert.deepEqual(
      await readable(
        database,
        rows.map((row) => row.id),
      ),
      byId(rows),
    )
    await again.close()
  },
)

onEachStore(
  'a missing block is said at start and to whoever asks for its receipts; the rest goes on',
  evidenceMigrations,
  async (database, t) => {
    const { folder, evidence, rows, file } = await oneBlock(database, t, 9)
    const log = await evidence.standardLog()
    await evidence.close()
    await rm(file)
    const faults: unknown[] = []
    const again = await opened(database, folder, { onFault: (cause) => faults.push(cause), verifiedUpTo: 0 })
    assert.match(String(faults[0]), /evidence block 1-0-256-[0-9a-f]{16}\.block .* cannot be read.*backup/)
    const id = (rows[0] as PlacedReceipt).id as ReceiptId
    await assert.rejects(findReceipt(database.read, organisation, id), { code: 'block_missing' })
    await fill(again, 32, 1, organisation, beganAt + 86_400_000)
    assert.equal(again.logSize(), 257)
    assert.equal((await listReceipts(database.read, organisation, { limit: 1 })).length, 1)
    assert.equal(log.class, 'standard')
    await again.close()
  },
)

onEachStore(
  "yesterday's folder of blocks is noticed: what the store names since then is missing",
  evidenceMigrations,
  async (database, t) => {
    const { folder, evidence, rows } = await oneBlock(database, t, 10)
    const yesterday = join(await temporaryFolder(t), 'blocks')
    await cp(join(folder, 'blocks'), yesterday, { recursive: true })
    await fill(evidence, 11, 256, organisation, beganAt + 86_400_000)
    assert.equal((await evidence.compact(whenever)).blocks, 1)
    await evidence.close()
    await rm(join(folder, 'blocks'), { recursive: true })
    await cp(yesterday, join(folder, 'blocks'), { recursive: true })
    const faults: unknown[] = []
    const again = await opened(database, folder, { onFault: (cause) => faults.push(cause), verifiedUpTo: 0 })
    assert.match(String(faults[0]), /block 1-256-512-/)
    assert.deepEqual(
      await readable(
        database,
        rows.map((row) => row.id),
      ),
      byId(rows),
    )
    await again.close()
  },
)

onEachStore(
  'a block is written anew without what is pruned, folded or erased, and all proofs hold',
  evidenceMigrations,
  async (database, t) => {
    const { folder, evidence, rows, file } = await oneBlock(database, t, 12)
    const log = await evidence.standardLog()
    const proofs = new Map<number, unknown>()
    for (const index of [0, 130, 200, 255])
      proofs.set(index, await log.prove((view) => proveInclusion(view, index)))
    const subject = (rows.find((row) => row.idx === 200) as PlacedReceipt).actor
    const fates = (index: number, actor: string) =>
      index >= 64 && index < 131 ? 'prune' : actor === subject ? 'erase' : index >= 220 ? 'fold' : 'keep'
    const rewriting = await evidence.rewriteBlocks(log.number, { from: 0, to: 256 }, ({ index, row }) => {
      const fate = fates(index, row.actor)
      return fate === 'erase' ? { erase: { parts: '{}' } } : fate === 'fold' ? { fold: {} } : fate
    })
    await database.writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
      await rewriting.swap(tx)
      await tx.deleteFrom('salt_keys').where('subject', '=', subject).execute()
    })
    await rewriting.finish()
    assert.deepEqual(await blockFiles(folder), await namedBy(database))
    assert.notEqual(join(folder, 'blocks', (await blockFiles(folder))[0] as string), file)

    const found = await findReceipts(
      database.read,
      organisation,
      rows.map((row) => row.id),
    )
    const byIndex = new Map(found.map((receipt) => [receipt.idx, receipt]))
    for (const row of rows) {
      const index = row.idx as number
      const fate = fates(index, row.actor)
      const receipt = byIndex.get(index)
      if (fate === 'prune') assert.equal(receipt, undefined)
      else if (fate === 'keep') assert.deepEqual(shown(receipt), shown(row))
      else if (fate === 'erase') assert.deepEqual(shown(receipt), { ...shown(row), parts: '{}' })
      else {
        const entry = Buffer.from(row.entry).toString('hex', 0, fixedBytes)
        assert.deepEqual(shown(receipt), { ...shown(row), entry, parts: '{}' })
      }
    }
    await rm(join(await evidence.logFolder(), 'tile'), { recursive: true })
    await evidence.close()
    const again = await opened(database, folder)
    const access = await again.standardLog()
    assert.deepEqual(await access.prove((view) => proveInclusion(view, 255)), proofs.get(255))
    assert.deepEqual(await access.prove((view) => proveInclusion(view, 0)), proofs.get(0))
    await assert.rejects(
      access.prove((view) => proveInclusion(view, 100)),
      { code: 'log_pruned' },
    )
    await again.close()
  },
)

onEachStore(
  'a rewriting that is not carried through changes nothing, and one that comes second is refused',
  evidenceMigrations,
  async (database, t) => {
    const { folder, evidence, rows } = await oneBlock(database, t, 13)
    const log = await evidence.standardLog()
    const pruneAll = () => evidence.rewriteBlocks(log.number, { from: 0, to: 256 }, () => 'prune' as const)
    const first = await pruneAll()
    const second = await pruneAll()
    assert.equal(first.receipts, 256)
    assert.equal((await blockFiles(folder)).length, 3)
    await first.discard()
    const ids = rows.map((row) => row.id)
    assert.deepEqual(await readable(database, ids), byId(rows))
    const third = await pruneAll()
    const swap = (which: typeof second) =>
      database.writer.transact({ by: 'gate', operation: 'test' }, (tx) => which.swap(tx))
    await swap(second)
    await assert.rejects(swap(third), { code: 'block_changed' })
    assert.deepEqual(await readable(database, ids), [])
    // Killed before the old files went: the next start takes them.
    await evidence.close()
    await letLie(folder)
    const again = await opened(database, folder)
    assert.deepEqual(await blockFiles(folder), await namedBy(database))
    await again.close()
  },
)

onEachStore(
  'a person is taken out of blocks as out of rows: nothing opens their receipts, and every proof holds',
  evidenceMigrations,
  async (database, t) => {
    const { evidence, rows } = await oneBlock(database, t, 17)
    const [place] = evidence.subjectPlaces
    assert.equal(place?.place, 'receipts')
    const user = (rows.find((row) => row.idx === 77) as PlacedReceipt).actor
    const theirs = rows.filter((row) => row.actor === user).map((row) => row.id)
    const subject = { kind: 'user', user, name: 'whoever' } as const
    assert.equal((await place.find(database.read, organisation, subject)).count, theirs.length)
    // Of another organisation nothing is found, and nothing taken.
    assert.equal((await place.find(database.read, 'org_of_others', subject)).count, 0)

    const prepared = await place.prepare?.(database.read, organisation, subject)
    await database.writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
      assert.equal(await prepared?.apply(tx), theirs.length)
      await place.erase(tx, organisation, subject)
    })
    prepared?.finish()
    assert.equal((await place.find(database.read, organisation, subject)).count, 0)

    const open = createReceiptOpener(database.read)
    const log = await evidence.standardLog()
    for (const receipt of await findReceipts(
      database.read,
      organisation,
      rows.map((row) => row.id),
    )) {
      const opened = Object.keys(await open(receipt)).length
      assert.equal(opened, theirs.includes(receipt.id) ? 0 : 6, receipt.id)
      await log.prove((view) => proveInclusion(view, receipt.idx ?? -1))
    }
    await evidence.close()
  },
)
