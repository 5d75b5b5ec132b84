import assert from 'node:assert/strict'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onEachStore } from '../../../../../tests/support/stores.ts'
import type { ReceiptId } from '../../kernel/ids.ts'
import { evidenceMigrations } from '../index.ts'
import type { PlacedReceipt } from '../receipt/receipt-row.ts'
import { findReceipt, listReceipts } from '../receipt/receipt-store.ts'
import { organisation, temporaryFolder } from '../testing/evidence-fixture.ts'
import { dice } from '../testing/realistic-receipts.ts'
import { whenever, beganAt, fill, opened, byId, readable, oneBlock } from '../testing/sealed-evidence.ts'

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
