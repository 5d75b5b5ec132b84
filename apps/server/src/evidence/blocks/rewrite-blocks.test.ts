import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { onEachStore } from '../../../../../tests/support/stores.ts'
import { evidenceMigrations } from '../index.ts'
import { proveInclusion } from '../log/proofs.ts'
import { createReceiptOpener } from '../receipt/open-receipt.ts'
import type { PlacedReceipt } from '../receipt/receipt-row.ts'
import { findReceipts } from '../receipt/receipt-store.ts'
import { organisation } from '../testing/evidence-fixture.ts'
import {
  opened,
  shown,
  byId,
  readable,
  blockFiles,
  letLie,
  namedBy,
  oneBlock,
} from '../testing/sealed-evidence.ts'
import { fixedBytes } from './block-encoder.ts'

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
