import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
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
import { draftOf, organisation, temporaryFolder } from '../testing/evidence-fixture.ts'
import { diskFull, failingFiles } from '../testing/failing-files.ts'
import { dice } from '../testing/realistic-receipts.ts'
import type { Dice } from '../testing/realistic-receipts.ts'
import {
  neighbours,
  whenever,
  beganAt,
  entries,
  fill,
  endRuns,
  opened,
  rowsIn,
  shown,
  byId,
  readable,
  blockFiles,
  letLie,
  namedBy,
} from '../testing/sealed-evidence.ts'
import { passesQuery } from './match-rows.ts'
import type { ReceiptQuery } from './match-rows.ts'

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
