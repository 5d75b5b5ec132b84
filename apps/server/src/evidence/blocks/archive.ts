import type { Reader } from '../../kernel/db/index.ts'
import { storeOf } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import type { PlacedReceipt, ReceiptRow } from '../receipt/receipt-row.ts'
import { saltEpoch } from '../receipt/salt.ts'
import type { SaltKey } from '../receipt/salt.ts'
import { findSaltKey } from '../receipt/salt-key-store.ts'
import type { TextColumn } from './block-columns.ts'
import type { BlockFiles } from './block-files.ts'
import { blocksOf, blocksOfLog } from './block-store.ts'
import type { BlockRow } from './block-store.ts'
import { openBlock } from './block.ts'
import type { Block, BlockReceipt, KeyOf } from './block.ts'
import { createColumnCache } from './column-cache.ts'
import { matchRows, passesQuery } from './match-rows.ts'
import type { ReceiptQuery } from './match-rows.ts'

const usualCacheBytes = 96 * 1024 * 1024
const mostTries = 8

/** Rows of a block that a query asks for. */
interface Found {
  readonly of: BlockRow
  readonly block: Block
  readonly rows: readonly number[]
}

/** Reads receipts out of blocks. Memory is bounded by the cache of decoded columns and by what is asked for. */
export function createArchive(files: BlockFiles, cacheBytes = usualCacheBytes) {
  const cache = createColumnCache(cacheBytes)

  function open(row: BlockRow): Promise<Block> {
    return cache.get(`${row.file} block`, async () => {
      const value = await openBlock({
        name: row.file,
        headerSha256: row.header_sha256,
        read: (offset, length) => files.read(row.file, offset, length),
        cache,
      })
      return { value, bytes: 32 * value.header.columns.length + 24 * value.header.rows }
    })
  }

  /**
   * Does work on blocks, and again where one was written anew meanwhile and its file is gone.
   * A file that is missing while the store still names it is a fault.
   */
  async function withBlocks<T>(
    list: () => Promise<readonly BlockRow[]>,
    work: (blocks: readonly BlockRow[]) => Promise<T>,
  ): Promise<T> {
    let blocks = await list()
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work(blocks)
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'block_missing' || attempt === mostTries) throw error
        const now = await list()
        const names = new Set(now.map((row) => row.file))
        if (blocks.every((row) => names.has(row.file))) throw error
        blocks = now
      }
    }
  }

  async function find(of: BlockRow, query: ReceiptQuery, keyOf: KeyOf): Promise<Found> {
    const block = await open(of)
    let rows = await matchRows(block, query, of.drained_to)
    const odd = rows.length === 0 ? new Set<number>() : await block.deviatingRows()
    const unsure = rows.filter((row) => odd.has(row))
    if (unsure.length > 0) {
      const read = await block.receipts(unsure, keyOf)
      const passing = new Set(unsure.filter((_, at) => passesQuery(query, (read[at] as BlockReceipt).row)))
      rows = rows.filter((row) => !odd.has(row) || passing.has(row))
    }
    return { of, block, rows }
  }

  /** Blocks that a query could find something in, those with the newest receipts first. */
  async function candidates(db: Reader, query: ReceiptQuery): Promise<readonly BlockRow[]> {
    const { filter = {}, ids, before, newerThan, parents } = query
    const first = lowest(ids)
    const last = highest(ids)
    const rows = (await blocksOf(db, query.organisation)).filter(
      (row) =>
        row.first_id !== null &&
        row.drained_to > row.from_idx &&
        (ids === undefined || (row.first_id <= (last ?? '') && (row.last_id ?? '') >= (first ?? ''))) &&
        (before === undefined || row.first_id < before) &&
        (newerThan === undefined || (row.last_id ?? '') > newerThan) &&
        (parents === undefined ||
          row.first_parent === null ||
          (row.first_parent <= (highest(parents) ?? '') &&
            (row.last_parent ?? '') >= (lowest(parents) ?? ''))) &&
        (filter.from === undefined || (row.last_at ?? 0) >= filter.from) &&
        (filter.to === undefined || (row.first_at ?? 0) < filter.to),
    )
    return rows.toSorted((a, b) => ((a.last_id ?? '') < (b.last_id ?? '') ? 1 : -1))
  }

  async function ofOrganisation(
    block: Block,
    organisation: string | undefined,
  ): Promise<(row: number) => boolean> {
    if (organisation === undefined) return () => true
    const { values, symbols } = await block.textSymbols('organisation')
    const wanted = values.indexOf(organisation)
    return (row) => symbols[row] === wanted
  }

  /** Shows an organisation's entries in the blocks of a log, in order or backwards, until `look` is content. */
  async function visit(
    db: Reader,
    organisation: string,
    log: number,
    step: 1 | -1,
    look: (index: number, at: number) => boolean,
  ): Promise<number | undefined> {
    return await withBlocks(
      () => blocksOfLog(db, log),
      async (blocks) => {
        for (const of of step === 1 ? blocks : blocks.toReversed()) {
          const block = await open(of)
          const { at } = await block.ids()
          const isMine = await ofOrganisation(block, organisation)
          const { rows } = block.header
          for (let row = step === 1 ? 0 : rows - 1; row >= 0 && row < rows; row += step) {
            const index = block.indices[row] as number
            if (index < of.drained_to && isMine(row) && look(index, at[row] as number)) return index
          }
        }
        return undefined
      },
    )
  }
  const nearest = (
    db: Reader,
    organisation: string,
    log: number,
    passes: (index: number, at: number) => boolean,
    step: 1 | -1,
  ) => visit(db, organisation, log, step, passes)

  const idAt = async (block: Block, row: number): Promise<string> =>
    `rct_${(await block.ids()).bytes.toString('hex', 16 * row, 16 * row + 16)}`

  return {
    /** Receipts that a query finds in blocks, newest first, at most `limit`. */
    async search(db: Reader, query: ReceiptQuery, limit = Infinity): Promise<readonly PlacedReceipt[]> {
      const keyOf = createKeyReader(db)
      return await withBlocks(
        () => candidates(db, query),
        async (blocks) => {
          const found: { id: string; of: BlockRow; block: Block; row: number }[] = []
          for (const of of blocks) {
            // Blocks come newest first: what is old enough by now cannot be outdone.
            const oldest = found[limit - 1]
            if (oldest !== undefined && (of.last_id ?? '') < oldest.id) break
            const { block, rows } = await find(of, query, keyOf)
            for (const row of rows) found.push({ id: await idAt(block, row), of, block, row })
            if (found.length === query.ids?.length) break
            found.sort((a, b) => (a.id < b.id ? 1 : -1))
            if (found.length > limit) found.length = limit
          }
          const receipts = new Map<string, PlacedReceipt>()
          for (const of of new Set(found.map((each) => each.of))) {
            const mine = found.filter((each) => each.of === of)
            const rows = mine.map((each) => each.row).toSorted((a, b) => a - b)
            const block = (mine[0] as (typeof mine)[number]).block
            for (const receipt of await block.receipts(rows, keyOf))
              receipts.set(receipt.row.id, placedFrom(of, receipt))
          }
          return found.map((each) => receipts.get(each.id) as PlacedReceipt)
        },
      )
    },

    /** Distinct values of a column among the receipts that a query finds in blocks; no receipt is put together for it. */
    async distinct(db: Reader, query: ReceiptQuery, column: TextColumn): Promise<ReadonlySet<string>> {
      const keyOf = createKeyReader(db)
      return await withBlocks(
        () => candidates(db, query),
        async (blocks) => {
          const distinct = new Set<string>()
          for (const of of blocks) {
            const { block, rows } = await find(of, query, keyOf)
            if (rows.length === 0) continue
            const { values, symbols } = await block.textSymbols(column)
            for (const row of rows) {
              const value = values[symbols[row] as number]
              if (typeof value === 'string') distinct.add(value)
            }
          }
          return distinct
        },
      )
    },

    /** Receipts of entries [from, to) of a log, by index, of those that are in blocks alone. */
    async range(
      db: Reader,
      log: number,
      from: number,
      to: number,
      only: { readonly organisation?: string; readonly limit?: number } = {},
    ): Promise<readonly (BlockReceipt & { readonly receipt: PlacedReceipt })[]> {
      const keyOf = createKeyReader(db)
      return await withBlocks(
        () => blocksOfLog(db, log, from, to),
        async (blocks) => {
          const receipts: (BlockReceipt & { receipt: PlacedReceipt })[] = []
          for (const of of blocks) {
            const block = await open(of)
            const wanted: number[] = []
            const end = Math.min(to, of.drained_to)
            const isMine = await ofOrganisation(block, only.organisation)
            for (const [row, index] of block.indices.entries())
              if (index >= from && index < end && isMine(row)) wanted.push(row)
            if (only.limit !== undefined)
              wanted.length = Math.min(wanted.length, only.limit - receipts.length)
            for (const each of await block.receipts(wanted, keyOf))
              receipts.push({ ...each, receipt: placedFrom(of, each) })
          }
          return receipts
        },
      )
    },
    /** The first and the last entry in blocks that a query finds, in each log. */
    async extents(
      db: Reader,
      query: ReceiptQuery,
    ): Promise<ReadonlyMap<number, { readonly first: number; readonly last: number }>> {
      const keyOf = createKeyReader(db)
      return await withBlocks(
        () => candidates(db, query),
        async (blocks) => {
          const extents = new Map<number, { first: number; last: number }>()
          for (const of of blocks) {
            const { block, rows } = await find(of, query, keyOf)
            if (rows.length === 0) continue
            const first = block.indices[rows[0] as number] as number
            const last = block.indices[rows.at(-1) as number] as number
            const known = extents.get(of.log) ?? { first, last }
            extents.set(of.log, { first: Math.min(first, known.first), last: Math.max(last, known.last) })
          }
          return extents
        },
      )
    },
    /** The lowest index in blocks of an organisation's entry that passes. */
    firstEntry: (
      db: Reader,
      organisation: string,
      log: number,
      passes: (index: number, at: number) => boolean,
    ) => nearest(db, organisation, log, passes, 1),
    /** The highest index in blocks of an organisation's entry that passes. */
    lastEntry: (
      db: Reader,
      organisation: string,
      log: number,
      passes: (index: number, at: number) => boolean,
    ) => nearest(db, organisation, log, passes, -1),
    /** When the first and the newest of an organisation's entries were that are in blocks, from an index on. */
    async boundsOf(
      db: Reader,
      organisation: string,
      log: number,
      from: number,
    ): Promise<{ readonly first: number; readonly newest: number } | undefined> {
      let [first, newest] = [Infinity, -Infinity]
      await visit(db, organisation, log, 1, (index, at) => {
        if (index >= from) [first, newest] = [Math.min(first, at), Math.max(newest, at)]
        return false
      })
      return newest < first ? undefined : { first, newest }
    },
    /** Index → receipt id, of entries [from, to) of a log that are in blocks. */
    async ids(db: Reader, log: number, from: number, to: number): Promise<ReadonlyMap<number, string>> {
      return await withBlocks(
        () => blocksOfLog(db, log, from, to),
        async (blocks) => {
          const found = new Map<number, string>()
          for (const of of blocks) {
            const block = await open(of)
            const end = Math.min(to, of.drained_to)
            for (const [row, index] of block.indices.entries())
              if (index >= from && index < end) found.set(index, await idAt(block, row))
          }
          return found
        },
      )
    },
    open,
    /** What the cache of decoded columns takes. */
    cachedBytes: cache.bytes,
  }
}
export type Archive = ReturnType<typeof createArchive>

function placedFrom(of: BlockRow, { index, row, leafHash }: BlockReceipt): PlacedReceipt {
  return { ...row, log: of.log, idx: index, leaf_hash: leafHash }
}

const lowest = (ids: readonly string[] | undefined) =>
  ids?.reduce((low, id) => (id < low ? id : low), ids[0] ?? '')
const highest = (ids: readonly string[] | undefined) => ids?.reduce((top, id) => (id > top ? id : top), '')

/** Keys of salts, each read once. */
export function createKeyReader(db: Reader): KeyOf {
  const keys = new Map<string, Promise<SaltKey | undefined>>()
  return (row: ReceiptRow) => {
    const scope = { organisation: row.organisation, subject: row.actor, epoch: saltEpoch(row.at) }
    const name = `${scope.organisation}\n${scope.subject}\n${scope.epoch}`
    let key = keys.get(name)
    if (key === undefined) {
      key = findSaltKey(db, scope)
      keys.set(name, key)
    }
    return key
  }
}

// By store: whoever reads receipts must find all of them, and an archive that has to be handed on can be forgotten.
const archives = new WeakMap<object, Archive>()

/** Says which archive the blocks of this store lie in. */
export function keepArchive(db: Reader, archive: Archive): void {
  archives.set(storeOf(db), archive)
}

/** The archive of a store; undefined while the store has no block. */
export async function archiveOf(db: Reader): Promise<Archive | undefined> {
  const archive = archives.get(storeOf(db))
  if (archive !== undefined) return archive
  const block = await db.selectFrom('evidence_blocks').select('file').limit(1).executeTakeFirst()
  if (block === undefined) return undefined
  throw new Fault(
    'archive_closed',
    `Receipts of this store lie in blocks, such as ${block.file}, but no folder of blocks was opened with it.`,
    { retryable: false },
  )
}
