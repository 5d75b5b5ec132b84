import assert from 'node:assert/strict'
import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Database } from '../../kernel/db/index.ts'
import type { PlacedReceipt } from '../receipt/receipt-row.ts'
import { findReceipts } from '../receipt/receipt-store.ts'
import { openEvidence, organisation, temporaryFolder } from './evidence-fixture.ts'
import type { OpenedEvidence } from './evidence-fixture.ts'
import { realisticDrafts } from './realistic-receipts.ts'

export const neighbours = 'org_019900000000700080000000000000a2'

export const whenever = Number.MAX_SAFE_INTEGER

export const beganAt = Date.UTC(2027, 2, 4)

export const entries = 256

export async function fill(
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

export async function endRuns(evidence: OpenedEvidence): Promise<void> {
  const database = databases.get(evidence) as Database
  await database.writer.transact({ by: 'migration' }, (tx) => tx.deleteFrom('open_intents').execute())
}

export async function opened(
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
export async function rowsIn(database: Database): Promise<readonly PlacedReceipt[]> {
  return await database.read
    .selectFrom('receipts')
    .leftJoin('log_entries', 'log_entries.receipt_id', 'receipts.id')
    .selectAll('receipts')
    .select(['log_entries.log', 'log_entries.idx', 'log_entries.leaf_hash'])
    .execute()
}

export const shown = (receipt: PlacedReceipt | undefined): object | undefined =>
  receipt && {
    ...receipt,
    entry: Buffer.from(receipt.entry).toString('hex'),
    leaf_hash: receipt.leaf_hash && Buffer.from(receipt.leaf_hash).toString('hex'),
  }

export const byId = (receipts: readonly PlacedReceipt[]): readonly (object | undefined)[] =>
  receipts.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(shown)

/** Receipts as any reader finds them. */
export async function readable(database: Database, ids: readonly string[]) {
  const found: PlacedReceipt[] = []
  for (let start = 0; start < ids.length; start += 200)
    found.push(...(await findReceipts(database.read, organisation, ids.slice(start, start + 200))))
  return byId(found)
}

export const blockFiles = async (folder: string) =>
  (await readdir(join(folder, 'blocks')).catch(() => [])).toSorted((a, b) => (a < b ? -1 : 1))

/** Another server may be about to name a file that is young: only those that have lain for a while are swept. */
export async function letLie(folder: string): Promise<void> {
  for (const name of await blockFiles(folder)) await utimes(join(folder, 'blocks', name), 1, 1)
}

export async function namedBy(database: Database): Promise<readonly string[]> {
  return (await database.read.selectFrom('evidence_blocks').select('file').execute())
    .map((row) => row.file)
    .toSorted()
}

export async function oneBlock(database: Database, t: TestContext, seed: number) {
  const folder = await temporaryFolder(t)
  const evidence = await opened(database, folder)
  await fill(evidence, seed, entries)
  const rows = (await rowsIn(database)).filter((row) => (row.idx ?? entries) < entries)
  assert.equal((await evidence.compact(whenever)).blocks, 1)
  const [name] = await blockFiles(folder)
  return { folder, evidence, rows, file: join(folder, 'blocks', name as string) }
}
