import { createHash } from 'node:crypto'
import { inTurn } from '../../kernel/db/index.ts'
import type { Tx } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import { tileWidth } from '../log/growing-tree.ts'
import type { LogFacts } from '../log/log-store.ts'
import type { LogView } from '../log/log-view.ts'
import type { Range } from '../log/proof-ranges.ts'
import { foldComplete } from '../log/tree-hash.ts'
import type { ReceiptRow } from '../receipt/receipt-row.ts'
import { createKeyReader } from './archive.ts'
import type { Archive } from './archive.ts'
import { createBlockEncoder, fixedBytes } from './block-encoder.ts'
import type { BlockEncoder } from './block-encoder.ts'
import { blocksOfLog, swapFile, zoneColumns } from './block-store.ts'
import type { BlockRow } from './block-store.ts'
import type { Block, BlockReceipt } from './block.ts'
import { blockName, verifyBlock, wordsOf } from './seal-run.ts'
import type { BlockWork } from './seal-run.ts'

/**
 * What becomes of a receipt in a block. `keep`: nothing. `prune`: of it only what the roots over it say is left.
 * `fold`: fixed fields, leaf hash, and the columns of its row. `erase`: its parts are those given, often `{}`, and its
 * commitments are kept as they are; columns of the row may change with them.
 */
export type Fate =
  | 'keep'
  | 'prune'
  | { readonly fold: Partial<Columns> }
  | { readonly erase: Partial<Columns> & { readonly parts: string } }

/** Columns of a row that say who and what, and are in no entry. */
type Columns = Pick<ReceiptRow, 'operation' | 'actor' | 'package' | 'version' | 'case_id' | 'run' | 'rule'>

/** New files, written and verified. They count once `swap` is durable; without it they are as good as not there. */
export interface Rewriting {
  /** How many receipts were given another fate than `keep`. */
  readonly receipts: number
  /**
   * Puts the new files in the place of the old ones, in the transaction that also says why.
   *
   * @throws {Fault} `block_changed` (retryable) when a block is no longer the one that was read.
   */
  swap(tx: Tx): Promise<void>
  /** After the transaction is durable: deletes what is no longer read. */
  finish(): Promise<void>
  /** When there was no transaction, or it was rolled back. */
  discard(): Promise<void>
}

/**
 * Writes the blocks anew that hold entries of a range, each receipt with the fate that it is given. Entries that are
 * still in rows are the caller's to change there; those of a block whose rows are not drained yet are drained first.
 */
export async function rewriteBlocks(
  work: BlockWork & { readonly archive: Archive; drainWhole(log: number, range: Range): Promise<void> },
  options: {
    readonly log: LogFacts
    readonly range: Range
    readonly view: LogView
    fateOf(receipt: BlockReceipt): Fate | Promise<Fate>
  },
): Promise<Rewriting> {
  const { database, files, archive } = work
  const { log, range } = options
  await work.drainWhole(log.number, range)
  const swaps: { readonly before: BlockRow; readonly after: BlockRow }[] = []
  const discard = async (): Promise<void> => {
    for (const { after } of swaps) await files.delete(after.file)
  }
  let receipts = 0
  try {
    for (const before of await blocksOfLog(database.read, log.number, range.from, range.to)) {
      const { after, changed } = await rewriteOne(before)
      if (after === undefined) continue
      swaps.push({ before, after })
      receipts += changed
    }
  } catch (error) {
    await discard().catch(() => undefined)
    throw error
  }

  return {
    receipts,
    async swap(tx) {
      await inTurn(tx, 'evidence.blocks')
      for (const { before, after } of swaps) {
        if (await swapFile(tx, before, after)) continue
        throw new Fault(
          'block_changed',
          `Block ${before.file} was written anew by somebody else meanwhile.`,
          {
            retryable: true,
          },
        )
      }
    },
    async finish() {
      for (const { before } of swaps) await files.delete(before.file)
    },
    discard,
  }

  async function rewriteOne(before: BlockRow): Promise<{ after?: BlockRow; changed: number }> {
    const block = await archive.open(before)
    const encoder = createBlockEncoder({
      origin: log.origin,
      from: before.from_idx,
      pause: () => work.pause(),
    })
    const keyOf = createKeyReader(database.read)
    const digest = createHash('sha256')
    const leaves = new Map<number, Buffer>()
    let changed = 0
    const gone = createPrunedRuns(encoder)
    for (const part of entriesOf(block)) {
      if ('subtrees' in part) {
        gone.flush()
        encoder.prune(part)
        continue
      }
      for (const receipt of await block.receipts(part.rows, keyOf)) {
        const isAsked = receipt.index >= range.from && receipt.index < range.to
        const fate = isAsked ? await options.fateOf(receipt) : 'keep'
        if (fate !== 'keep') changed += 1
        if (fate === 'prune') {
          gone.add(receipt.index, receipt.leafHash)
          continue
        }
        gone.flush()
        const row = rowAfter(receipt, fate)
        if (row.entry.length === fixedBytes) encoder.addFolded(row, receipt.leafHash)
        // Commitments are kept where the fate is to lose what they are computed from: without a key none can be.
        else encoder.add(row, fate === 'keep' ? await keyOf(row) : undefined)
        digest.update(wordsOf(row))
        leaves.set(receipt.index, receipt.leafHash)
      }
      await work.pause()
    }
    gone.flush()
    if (changed === 0) return { changed }
    const packed = await encoder.finish()
    const file = blockName(log.number, before.from_idx, before.to_idx)
    await files.write(file, packed.bytes)
    try {
      const of = { log, from: before.from_idx, to: before.to_idx, view: options.view }
      const { header, root } = await verifyBlock(
        work,
        file,
        packed,
        { rows: digest.digest('hex'), leaves },
        of,
      )
      const { bytes, sha256, headerSha256: header_sha256 } = packed
      const after = {
        ...before,
        file,
        bytes: bytes.length,
        sha256,
        header_sha256,
        root,
        ...zoneColumns(header),
      }
      return { after, changed }
    } catch (error) {
      await files.delete(file).catch(() => undefined)
      throw error
    }
  }
}

function rowAfter({ form, row }: BlockReceipt, fate: Exclude<Fate, 'prune'>): ReceiptRow {
  if (fate === 'keep') return row
  if ('fold' in fate) return { ...row, ...fate.fold, entry: row.entry.subarray(0, fixedBytes), parts: '{}' }
  // A folded one has no parts to lose, but its columns may say who.
  return form === 'full' ? { ...row, ...fate.erase } : { ...row, ...fate.erase, parts: '{}' }
}

type PrunedRun = Parameters<BlockEncoder['prune']>[0]

const pageRows = 256

/** A block's content in the log's order: pages of rows that are there, and what was pruned between. */
function* entriesOf(block: Block): Generator<PrunedRun | { readonly rows: readonly number[] }> {
  let row = 0
  for (const run of block.header.runs) {
    if (run.form === 'pruned') {
      yield run
      continue
    }
    for (let left = run.to - run.from; left > 0; left -= pageRows) {
      yield { rows: Array.from({ length: Math.min(left, pageRows) }, (_, at) => row + at) }
      row += Math.min(left, pageRows)
    }
  }
}

/** Gathers pruned entries that follow each other, and gives them to the encoder as the largest subtrees up to a tile's. */
function createPrunedRuns(encoder: BlockEncoder) {
  let from = 0
  let leaves: Uint8Array[] = []

  return {
    add(index: number, leaf: Uint8Array): void {
      if (leaves.length === 0) from = index
      leaves.push(leaf)
    },
    flush(): void {
      if (leaves.length === 0) return
      const subtrees: { from: number; to: number; root: string }[] = []
      for (let at = 0; at < leaves.length;) {
        let size = tileWidth
        while ((from + at) % size !== 0 || at + size > leaves.length) size /= 2
        const root = Buffer.from(foldComplete(leaves.slice(at, at + size))).toString('base64')
        subtrees.push({ from: from + at, to: from + at + size, root })
        at += size
      }
      encoder.prune({ form: 'pruned', from, to: from + leaves.length, subtrees })
      leaves = []
    },
  }
}
