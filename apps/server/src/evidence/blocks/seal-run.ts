import { createHash, randomBytes } from 'node:crypto'
import { inTurn } from '../../kernel/db/index.ts'
import type { Database, Reader } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import { tileWidth } from '../log/growing-tree.ts'
import type { LogArchive } from '../log/log-archive.ts'
import type { LogFacts } from '../log/log-store.ts'
import type { LogView } from '../log/log-view.ts'
import { foldComplete, leafHash } from '../log/tree-hash.ts'
import type { ReceiptRow } from '../receipt/receipt-row.ts'
import { createKeyReader } from './archive.ts'
import { createBlockEncoder, fixedBytes } from './block-encoder.ts'
import type { BlockEncoder } from './block-encoder.ts'
import { checkWhole } from './block-file.ts'
import type { PackedBlock, Run } from './block-file.ts'
import type { BlockFiles } from './block-files.ts'
import { countChanges, findBlock, insertBlock, zoneColumns } from './block-store.ts'
import type { BlockRow } from './block-store.ts'
import { openBlock } from './block.ts'
import { createColumnCache } from './column-cache.ts'

const pageEntries = 256

export interface BlockWork {
  readonly database: Database
  readonly files: BlockFiles
  /** Gives way to others; called every few milliseconds of work. */
  pause(): Promise<void>
}

/** What a block must hold: of each entry the receipt or the leaf hash, of each pruned range its subtrees. */
interface Expected {
  /** Over rows of all receipts that are there, in order. */
  readonly rows: string
  readonly leaves: ReadonlyMap<number, Buffer>
}

/** Entries [from, to) of a log out of the rows; what is neither there nor pruned is a fault. */
async function readRows(db: Reader, log: number, from: number, to: number) {
  return await db
    .selectFrom('log_entries')
    .innerJoin('receipts', 'receipts.id', 'log_entries.receipt_id')
    .selectAll('receipts')
    .select(['log_entries.idx', 'log_entries.leaf_hash'])
    .where('log_entries.log', '=', log)
    .where('log_entries.idx', '>=', from)
    .where('log_entries.idx', '<', to)
    .orderBy('log_entries.idx')
    .execute()
}

/**
 * Seals entries [from, to) of a log into a block: writes the file, reads it back, holds every receipt against what was
 * read and every leaf against the signed tree, and only then tells the store. Rows stay until they are drained.
 *
 * @returns undefined when something changed meanwhile: nothing has happened then, and it may be tried again.
 * @throws {Fault} `block_unproved` when rows and tree do not fit; what the disk says.
 */
export async function sealRun(
  work: BlockWork,
  options: {
    readonly log: LogFacts
    readonly from: number
    readonly to: number
    readonly view: LogView
    /** What of the log was pruned out of rows. */
    readonly pruned: LogArchive
    readonly at: number
  },
): Promise<BlockRow | undefined> {
  const { database, files } = work
  const { log, from, to } = options
  const changes = await countChanges(database.read)
  const encoder = createBlockEncoder({ origin: log.origin, from, pause: () => work.pause() })
  const expected = await encodeRows(work, encoder, options)
  const packed = await encoder.finish()
  const file = blockName(log.number, from, to)
  await files.write(file, packed.bytes)
  const verified = await verifyBlock(work, file, packed, expected, options).catch(async (error: unknown) => {
    await files.delete(file).catch(() => undefined)
    throw error
  })
  const row: BlockRow = {
    log: log.number,
    from_idx: from,
    to_idx: to,
    drained_to: from,
    organisation: log.organisation,
    is_shared: from < log.sharedBelow ? 1 : 0,
    file,
    bytes: packed.bytes.length,
    sha256: packed.sha256,
    header_sha256: packed.headerSha256,
    root: verified.root,
    ...zoneColumns(verified.header),
    sealed_at: options.at,
  }
  // When this throws it may have been committed all the same: the file stays, and the sweep at start finds out.
  const isSealed = await database.writer.transact({ by: 'jobs' }, async (tx) => {
    await inTurn(tx, 'evidence.blocks')
    if ((await countChanges(tx)) !== changes) return false
    if ((await findBlock(tx, log.number, from)) !== undefined) return false
    await insertBlock(tx, row)
    return true
  })
  if (isSealed) return row
  await files.delete(file)
  return undefined
}

async function encodeRows(
  work: BlockWork,
  encoder: BlockEncoder,
  { log, from, to, pruned }: { log: LogFacts; from: number; to: number; pruned: LogArchive },
): Promise<Expected> {
  const { read } = work.database
  const keyOf = createKeyReader(read)
  const digest = createHash('sha256')
  const leaves = new Map<number, Buffer>()
  let at = from
  while (at < to) {
    const page = await readRows(read, log.number, at, Math.min(at + pageEntries, to))
    for (const { idx, leaf_hash, ...row } of page) {
      if (idx > at) await prune(at, idx)
      if (row.entry.length === fixedBytes) encoder.addFolded(row, leaf_hash)
      else encoder.add(row, await keyOf(row))
      digest.update(wordsOf(row))
      leaves.set(idx, Buffer.from(leaf_hash))
      at = idx + 1
    }
    const end = Math.min(at - (at % pageEntries) + pageEntries, to)
    if (page.length === 0) {
      await prune(at, end)
      at = end
    }
    await work.pause()
  }
  return { rows: digest.digest('hex'), leaves }

  async function prune(first: number, end: number): Promise<void> {
    const subtrees = await pruned.subtrees(read, log.number, { from: first, to: end })
    let reached = first
    for (const subtree of subtrees) if (subtree.from === reached) reached = subtree.to
    if (reached !== end) throw unproved(log, `entry ${reached} is neither stored nor pruned`)
    encoder.prune({ form: 'pruned', from: first, to: end, subtrees: subtrees.map(inBase64) })
  }
}

/** The whole row as bytes, for a digest over what went in and what comes out. */
export function wordsOf(row: ReceiptRow): string {
  const { entry, ...columns } = row
  const names = Object.keys(columns).toSorted() as (keyof typeof columns)[]
  return `${JSON.stringify(names.map((name) => columns[name]))}${Buffer.from(entry).toString('hex')}\n`
}

const inBase64 = ({ from, to, root }: { from: number; to: number; root: Uint8Array }) => ({
  from,
  to,
  root: Buffer.from(root).toString('base64'),
})

/**
 * Reads a block that was just written as any reader would, and recomputes from it each leaf and the roots that the tree
 * has over them.
 */
export async function verifyBlock(
  work: BlockWork,
  file: string,
  packed: PackedBlock,
  expected: Expected,
  { log, from, to, view }: { log: LogFacts; from: number; to: number; view: LogView },
) {
  const whole = await work.files.read(file, 0, packed.bytes.length + 1)
  checkWhole(whole, file, packed.sha256)
  const block = await openBlock({
    name: file,
    headerSha256: packed.headerSha256,
    read: (offset, length) => Promise.resolve(whole.subarray(offset, offset + length)),
    cache: createColumnCache(Infinity),
  })
  const { header } = block
  if (header.from !== from || header.to !== to) throw unproved(log, 'the block is of another range')
  const keyOf = createKeyReader(work.database.read)
  const digest = createHash('sha256')
  const leaves = new Map<number, Buffer>()
  for (let row = 0; row < header.rows; row += pageEntries) {
    const some = Array.from({ length: Math.min(pageEntries, header.rows - row) }, (_, at) => row + at)
    for (const receipt of await block.receipts(some, keyOf)) {
      digest.update(wordsOf(receipt.row))
      const leaf = receipt.form === 'full' ? leafHash(receipt.row.entry) : Buffer.from(receipt.leafHash)
      if (expected.leaves.get(receipt.index)?.equals(leaf) !== true)
        throw unproved(log, `receipt ${receipt.row.id} of entry ${receipt.index} is not what was logged`)
      leaves.set(receipt.index, leaf)
    }
    await work.pause()
  }
  if (digest.digest('hex') !== expected.rows || leaves.size !== expected.leaves.size)
    throw unproved(log, 'what is read from the block is not what was written')
  const root = await proveLeaves(work, header.runs, leaves, { log, from, to, view })
  return { header, root }
}

/** Folds leaves and pruned subtrees up to the roots over each 256 entries, and over all, and holds them against the tree. */
async function proveLeaves(
  work: BlockWork,
  runs: readonly Run[],
  leaves: ReadonlyMap<number, Buffer>,
  { log, from, to, view }: { log: LogFacts; from: number; to: number; view: LogView },
): Promise<string | null> {
  const subtrees = new Map<number, { readonly to: number; readonly root: string }>()
  for (const run of runs)
    if (run.form === 'pruned') for (const each of run.subtrees) subtrees.set(each.from, each)
  const roots: Buffer[] = []
  for (let at = from; at < to; at += tileWidth) {
    const root = rootOf(at, at + tileWidth)
    const signed = await view.hashOf({ from: at, to: at + tileWidth })
    if (root?.equals(signed) !== true)
      throw unproved(log, `entries from ${at} do not lead to the root that the tree has over them`)
    roots.push(root)
    if (at % (16 * tileWidth) === 0) await work.pause()
  }
  const size = to - from
  if (!Number.isInteger(Math.log2(size)) || from % size !== 0) return null
  return Buffer.from(foldComplete(roots)).toString('base64')

  function rootOf(first: number, end: number): Buffer | undefined {
    const pruned = subtrees.get(first)
    if (pruned?.to === end) return Buffer.from(pruned.root, 'base64')
    if (end - first === 1) return leaves.get(first)
    const middle = (first + end) / 2
    const left = rootOf(first, middle)
    const right = left === undefined ? undefined : rootOf(middle, end)
    return left === undefined || right === undefined ? undefined : Buffer.from(foldComplete([left, right]))
  }
}

export const blockName = (log: number, from: number, to: number): string =>
  `${log}-${from}-${to}-${randomBytes(8).toString('hex')}.block`

function unproved(log: LogFacts, what: string): Fault {
  return new Fault(
    'block_unproved',
    `Entries of ${log.origin} were not compacted: ${what}. Nothing was changed; look at the store and its backups.`,
    { retryable: false },
  )
}
