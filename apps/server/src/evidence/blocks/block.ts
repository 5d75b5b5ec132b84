import { Fault } from '../../kernel/fault.ts'
import { leafHash } from '../log/tree-hash.ts'
import { writeCommitment } from '../receipt/commitment.ts'
import { commitmentsAt, entryBytes } from '../receipt/entry.ts'
import { partNames } from '../receipt/receipt-draft.ts'
import type { ReceiptRow } from '../receipt/receipt-row.ts'
import { writeSalt } from '../receipt/salt.ts'
import type { SaltKey } from '../receipt/salt.ts'
import { contextOf, numberColumns, saidByEntry, saidByRow, textColumns } from './block-columns.ts'
import type { NumberColumn, TextColumn } from './block-columns.ts'
import { fixedBytes, readNumber } from './block-encoder.ts'
import { blockAltered, readColumn, readHeader } from './block-file.ts'
import type { BlockHeader, ReadPiece } from './block-file.ts'
import { expectationOf } from './expectation.ts'
import { decodeNumbers, unzigzag } from './number-column.ts'
import { skeletonOf } from './part-template.ts'
import type { Skeleton } from './part-template.ts'
import { joinPartTexts } from './part-texts.ts'
import { rowOfEntry } from './row-of-entry.ts'
import { decodeSymbols } from './symbol-column.ts'
import { decodeTexts, turnBack } from './value-list.ts'

/** Columns that were decoded once; `bytes` is about what they take. */
export interface ColumnCache {
  get<T>(key: string, make: () => Promise<{ readonly value: T; readonly bytes: number }>): Promise<T>
}

/** Keys of salts by whose receipts they salt; undefined for one that is erased. */
export type KeyOf = (row: ReceiptRow) => Promise<SaltKey | undefined>

export interface TextSymbols {
  readonly values: readonly (string | null)[]
  readonly symbols: Uint32Array
}

/** A receipt out of a block. Of a folded one `entry` has 112 bytes, and `parts` is `{}`. */
export interface BlockReceipt {
  readonly form: 'full' | 'folded'
  readonly index: number
  readonly row: ReceiptRow
  readonly leafHash: Buffer
}

const receiptForm = /^rct_[0-9a-f]{32}$/
/** Rows between which a reader remembers how far each column of values is: what it walks at most to reach one. */
const stride = 128

/**
 * Opens a block: reads its header. Columns are read and held against their digests when somebody asks for them.
 *
 * @throws {Fault} `block_altered`
 */
export async function openBlock(options: {
  readonly name: string
  readonly headerSha256: string
  readonly read: ReadPiece
  readonly cache: ColumnCache
}) {
  const { name, read, cache } = options
  const { header, columnsAt } = await readHeader(read, name, options.headerSha256)
  const { rows } = header
  const places = new Map(header.columns.map((place) => [place.name, place]))

  async function raw(column: string): Promise<Buffer> {
    const place = places.get(column)
    if (place === undefined) throw blockAltered(name, `column ${column}`)
    return await readColumn(read, name, columnsAt, place)
  }
  /** A decoded column, kept for a while. What does not decode although its digest is right was never a block of ours. */
  function decoded<T>(column: string, decode: () => Promise<{ value: T; bytes: number }>): Promise<T> {
    return cache.get(`${name} ${column}`, async () => {
      try {
        return await decode()
      } catch (cause) {
        throw cause instanceof Fault ? cause : blockAltered(name, `column ${column}`)
      }
    })
  }

  const numbers = (column: string, count = rows): Promise<Float64Array> =>
    decoded(column, async () => ({ value: decodeNumbers(await raw(column), count), bytes: 8 * count }))

  const texts = (column: string): Promise<readonly (string | null)[]> =>
    decoded(`${column}.values`, async () => {
      const bytes = await raw(`${column}.values`)
      return { value: decodeTexts(bytes), bytes: bytes.length * 4 }
    })

  /** Rows that are full, and the row of each entry that is there. */
  const forms = () => {
    const full: number[] = []
    const indices: number[] = []
    for (const run of header.runs) {
      if (run.form === 'pruned') continue
      for (let index = run.from; index < run.to; index += 1) {
        if (run.form === 'full') full.push(indices.length)
        indices.push(index)
      }
    }
    return { full: Uint32Array.from(full), indices: Float64Array.from(indices) }
  }
  const rowForms = forms()

  /** The row that each parent is in, and which symbol says that there is none. */
  const parents = () =>
    decoded('parents', async () => {
      const symbols = await symbolsOf('parent')
      const known = symbols.reduce((most, symbol) => Math.max(most, symbol + 1), 0)
      const references = decodeNumbers(await raw('parent.references'), known)
      const foreign = turnBack(await raw('parent.foreign'), 16)
      const first = new Int32Array(known).fill(-1)
      for (let row = rows - 1; row >= 0; row -= 1) first[symbols[row] as number] = row
      /** Of each symbol the parent's row, −1 for none, or −2 less its place among those outside of the block. */
      let outside = 0
      const of = Int32Array.from(references, (reference, symbol) => {
        if (reference === 0) return -1
        if (reference === 1) return -2 - outside++
        return (first[symbol] as number) - unzigzag(reference - 2)
      })
      const slots = Int32Array.from(symbols, (symbol) => Math.max(-1, of[symbol] as number))
      const value = { symbols, of, foreign, slots, none: references.indexOf(0) }
      return { value, bytes: 12 * rows + foreign.length }
    })

  /** Symbols of a column with a value for each row, or with one for each of `slotsOf`. */
  async function symbolsOf(column: string, like = column, slotsOf?: Uint32Array): Promise<Uint32Array> {
    return await decoded(column, async () => {
      const context = contextOf(like)
      const needed = [...new Set([...context.alone, ...context.nested])]
      const parent = needed.length === 0 ? undefined : await parents()
      const others = new Map<string, Uint32Array>()
      for (const other of needed) {
        others.set(other, other === 'parent' ? (parent?.symbols as Uint32Array) : await symbolsOf(other))
      }
      const count = slotsOf?.length ?? rows
      const expected = expectationOf(context, {
        symbols: (other) => others.get(other) as Uint32Array,
        hasParent: (row) => parent !== undefined && parent.symbols[row] !== parent.none,
        parentSlots: parent?.slots ?? new Int32Array(rows).fill(-1),
        slotsOf,
        rows,
      })
      return { value: decodeSymbols(await raw(column), count, expected), bytes: 4 * count }
    })
  }

  /** The 16 bytes of each receipt's id, and when it was. */
  const ids = () =>
    decoded('ids', async () => {
      const instants = decodeNumbers(await raw('at'), rows)
      const times = decodeNumbers(await raw('id.time'), rows)
      const counters = decodeNumbers(await raw('id.counter'), rows)
      const random = turnBack(await raw('id.random'), 6)
      const bytes = Buffer.alloc(16 * rows)
      const at = new Float64Array(rows)
      let [lastAt, counter] = [0, 0]
      for (let row = 0; row < rows; row += 1) {
        lastAt += unzigzag(instants[row] as number)
        at[row] = lastAt
        counter = (counter + (counters[row] as number)) >>> 0
        const to = 16 * row
        bytes.writeUIntBE(lastAt + unzigzag(times[row] as number), to, 6)
        bytes[to + 6] = 0x70 | (counter >>> 28)
        bytes[to + 7] = counter >>> 20
        bytes[to + 8] = 0x80 | ((counter >>> 14) & 0x3f)
        bytes[to + 9] = counter >>> 6
        random.copy(bytes, to + 10, 6 * row, 6 * row + 6)
        bytes[to + 10] = ((counter << 2) & 0xff) | (bytes[to + 10] as number)
      }
      return { value: { bytes, at }, bytes: 24 * rows }
    })

  const kinds = () =>
    decoded('kinds', async () => {
      const values = await raw('kind.values')
      const of = await symbolsOf('kind')
      const known = of.reduce((most, symbol) => Math.max(most, symbol + 1), 0)
      const packed = decodeNumbers(values, known)
      return { value: Uint32Array.from(of, (symbol) => packed[symbol] as number), bytes: 4 * rows }
    })

  const traces = () =>
    decoded('traces', async () => {
      const of = await symbolsOf('trace')
      const values = turnBack(await raw('trace.values'), 16)
      return { value: { of, values }, bytes: 4 * rows + values.length }
    })

  const deviations = () =>
    decoded('deviations.map', async () => {
      const bytes = await raw('deviations')
      // Written by the encoder in exactly this shape.
      const list = JSON.parse(bytes.toString()) as [number, { columns?: object; parts?: string }][]
      return { value: new Map(list), bytes: 4 * bytes.length }
    })

  /** Rows by the last four bytes of their ids, which are random: an open table, a row and one in each place taken. */
  const rowsById = () =>
    decoded('ids.table', async () => {
      const { bytes } = await ids()
      const mask = 2 ** Math.ceil(Math.log2(2 * rows + 2)) - 1
      const table = new Uint32Array(mask + 1)
      for (let row = 0; row < rows; row += 1) {
        let place = bytes.readUInt32BE(16 * row + 12) & mask
        while ((table[place] as number) > 0) place = (place + 1) & mask
        table[place] = row + 1
      }
      return { value: { table, mask }, bytes: 4 * table.length }
    })

  /** The fixed fields of every row, as in the entries. */
  async function fixedOf() {
    const [id, kind, trace, parent] = [await ids(), await kinds(), await traces(), await parents()]
    const fields = new Map<NumberColumn, Float64Array>()
    for (const column of Object.keys(numberColumns) as NumberColumn[])
      fields.set(column, await numbers(column))
    return (row: number): Buffer => {
      const entry = Buffer.alloc(fixedBytes)
      entry.write('SBR\x01', 0, 'latin1')
      id.bytes.copy(entry, 4, 16 * row, 16 * row + 16)
      const traceAt = 16 * (trace.of[row] as number)
      trace.values.copy(entry, 20, traceAt, traceAt + 16)
      const of = parent.of[parent.symbols[row] as number] as number
      if (of >= 0) id.bytes.copy(entry, 36, 16 * of, 16 * of + 16)
      else if (of < -1) parent.foreign.copy(entry, 36, 16 * (-2 - of), 16 * (-2 - of) + 16)
      writeUint64(entry, 52, id.at[row] as number)
      entry.writeUInt32BE(kind[row] as number, 60)
      for (const [column, values] of fields) {
        const [offset, bytes] = numberColumns[column]
        if (bytes === 4) entry.writeUInt32BE(values[row] as number, offset)
        else writeUint64(entry, offset, values[row] as number)
      }
      return entry
    }
  }

  /** Where the values of each full row begin in the columns that parts were taken apart into. */
  const layout = () =>
    decoded('layout', async () => {
      const { full } = rowForms
      const parts: { symbols: Uint32Array; skeletons: readonly Skeleton[] }[] = []
      for (const part of partNames) {
        const values = await texts(`${part}.text`)
        const skeletons = values.map((text) => skeletonOf(text ?? ''))
        parts.push({ symbols: await symbolsOf(`${part}.text`, `${part}.text`, full), skeletons })
      }
      const columns = header.holes.length
      const reached = new Uint32Array(Math.ceil(full.length / stride) * columns)
      const slotsOf: number[][] = header.holes.map(() => [])
      const cursors = new Uint32Array(columns)
      for (let at = 0; at < full.length; at += 1) {
        if (at % stride === 0) reached.set(cursors, (at / stride) * columns)
        for (const part of parts) {
          for (const column of (part.skeletons[part.symbols[at] as number] as Skeleton).columns) {
            cursors[column] = (cursors[column] as number) + 1
            ;(slotsOf[column] as number[]).push(full[at] as number)
          }
        }
      }
      const slots = slotsOf.map((each) => Uint32Array.from(each))
      const taken = slots.reduce((sum, each) => sum + each.length, 0)
      return { value: { parts, reached, slots }, bytes: 24 * full.length + 4 * (taken + reached.length) }
    })

  type Values = {
    readonly said: number
    readonly symbols: Uint32Array
    readonly bytes: Buffer
    readonly width: number
  }

  async function holeValues(column: number, slots: Uint32Array): Promise<Values | Float64Array> {
    const { name: like, kind } = header.holes[column] as BlockHeader['holes'][number]
    if (kind === 'number') return await numbers(`hole.${column}`, slots.length)
    const of = await symbolsOf(`hole.${column}`, like, slots)
    const width = kind === 'id' ? 16 : 32
    return await decoded(`hole.${column}.values`, async () => {
      const values = await raw(`hole.${column}.values`)
      const bytes = turnBack(values.subarray(4), width)
      return { value: { said: values.readInt32BE(0), symbols: of, bytes, width }, bytes: bytes.length }
    })
  }

  /** Reads the parts of full rows; give their places among the full ones, ascending. */
  async function partsOf() {
    const { parts, reached, slots } = await layout()
    const values: (Values | Float64Array)[] = []
    for (const [column, of] of slots.entries()) values.push(await holeValues(column, of))
    const columns = header.holes.length
    const cursors = new Uint32Array(columns)
    let next = -1

    function skipTo(at: number): void {
      const first = Math.floor(at / stride) * stride
      if (next > at || next < first) {
        cursors.set(reached.subarray((first / stride) * columns, (first / stride + 1) * columns))
        next = first
      }
      for (; next < at; next += 1) {
        for (const part of parts) {
          for (const column of (part.skeletons[part.symbols[next] as number] as Skeleton).columns)
            cursors[column] = (cursors[column] as number) + 1
        }
      }
      next = at + 1
    }

    function valueOf(column: number, row: ReceiptRow): string {
      const at = cursors[column] as number
      cursors[column] = at + 1
      const of = values[column] as Values | Float64Array
      const { name: hole } = header.holes[column] as BlockHeader['holes'][number]
      if (of instanceof Float64Array) {
        const number = of[at] as number
        const field = saidByEntry[hole]
        // Zero says that the entry has it.
        return String(
          number > 0 ? number - 1 : field === undefined ? 0 : readNumber(Buffer.from(row.entry), field),
        )
      }
      const symbol = of.symbols[at] as number
      if (symbol === of.said) return (row[saidByRow[hole] as TextColumn] ?? '').slice(-32)
      const place = of.said >= 0 && symbol > of.said ? symbol - 1 : symbol
      return of.bytes.toString('hex', place * of.width, (place + 1) * of.width)
    }

    return (at: number, row: ReceiptRow): readonly (string | undefined)[] => {
      skipTo(at)
      return parts.map(({ symbols: of, skeletons }) => {
        const { texts: between, columns: taken } = skeletons[of[at] as number] as Skeleton
        let text = between[0] as string
        for (const [hole, column] of taken.entries())
          text += valueOf(column, row) + (between[hole + 1] as string)
        return text === '' ? undefined : text
      })
    }
  }

  /** The commitments that are kept, by row of the full ones: where they begin, and which they are. */
  const explicit = () =>
    decoded('explicit.map', async () => {
      const masks = await raw('explicit')
      const bytes = await raw('commitments')
      const starts = new Uint32Array(masks.length)
      let at = 0
      for (const [row, mask] of masks.entries()) {
        starts[row] = at
        for (let rest = mask; rest > 0; rest >>= 1) at += rest & 1
      }
      return { value: { masks, bytes, starts }, bytes: 5 * masks.length + bytes.length }
    })

  const textSymbols = async (column: TextColumn): Promise<TextSymbols> => ({
    values: await texts(column),
    symbols: await symbolsOf(column),
  })

  return {
    name,
    header,
    ids,
    kinds,
    parents,
    textSymbols,
    /** Rows of receipts with these ids, of those that are here. */
    async rowsOfIds(wanted: readonly string[]): Promise<readonly number[]> {
      const { bytes } = await ids()
      const { table, mask } = await rowsById()
      const found: number[] = []
      for (const text of wanted) {
        if (!receiptForm.test(text)) continue
        const id = Buffer.from(text.slice(4), 'hex')
        let place = id.readUInt32BE(12) & mask
        for (let taken = table[place] as number; taken > 0; taken = table[place] as number) {
          const row = taken - 1
          if (id.equals(bytes.subarray(16 * row, 16 * row + 16))) found.push(row)
          place = (place + 1) & mask
        }
      }
      return found
    },
    /** Whether a row's parent, as its entry says it, is one of these. */
    async hasParentAmong(wanted: readonly string[]): Promise<(row: number) => boolean> {
      const { bytes } = await ids()
      const { symbols, of, foreign } = await parents()
      const names = new Set(wanted)
      const isWanted = Array.from(of, (parent) => {
        if (parent === -1) return false
        const [from, at] = parent >= 0 ? [bytes, 16 * parent] : [foreign, 16 * (-2 - parent)]
        return names.has(`rct_${from.toString('hex', at, at + 16)}`)
      })
      return (row) => isWanted[symbols[row] as number] as boolean
    },
    /** Whether a row's trace, as its entry says it, is this one. */
    async hasTrace(trace: string): Promise<(row: number) => boolean> {
      const { of, values } = await traces()
      const bytes = Buffer.from(trace, 'hex')
      let wanted = -1
      for (let symbol = 0; 16 * symbol < values.length && wanted < 0; symbol += 1) {
        if (bytes.equals(values.subarray(16 * symbol, 16 * symbol + 16))) wanted = symbol
      }
      return (row) => of[row] === wanted
    },
    /** Rows with a column that their entry does not say, or says otherwise. */
    async deviatingRows(): Promise<ReadonlySet<number>> {
      const rowsWith = [...(await deviations())].filter(([, { columns }]) => columns !== undefined)
      return new Set(rowsWith.map(([row]) => row))
    },
    /** The index in the log of each row. */
    indices: rowForms.indices,
    values: texts,
    /**
     * Receipts of these rows, ascending, as they were.
     *
     * @throws {Fault} `block_key_missing` when commitments are neither kept nor computable.
     */
    async receipts(wanted: Iterable<number>, keyOf: KeyOf): Promise<readonly BlockReceipt[]> {
      const fixed = await fixedOf()
      const columns = new Map<TextColumn, TextSymbols>()
      for (const column of textColumns) columns.set(column, await textSymbols(column))
      const { full, indices } = rowForms
      const parts = full.length === 0 ? undefined : await partsOf()
      const kept = await explicit()
      const leaves = await decoded('leaves', async () => {
        const value = await raw('leaves')
        return { value, bytes: value.length }
      })
      const deviating = await deviations()
      const found: BlockReceipt[] = []
      for (const slot of wanted) {
        const deviation = deviating.get(slot)
        const entry = fixed(slot)
        const text = (column: TextColumn): string | null => {
          const { values, symbols: of } = columns.get(column) as TextSymbols
          return values[of[slot] as number] as string | null
        }
        // Written from a row: what is not null there is not null here.
        const row: ReceiptRow = {
          ...(rowOfEntry(entry) as Omit<ReceiptRow, TextColumn | 'entry' | 'parts'>),
          organisation: text('organisation') as string,
          operation: text('operation') as string,
          actor: text('actor') as string,
          package: text('package'),
          version: text('version'),
          case_id: text('case_id'),
          run: text('run'),
          rule: text('rule') as string,
          entry,
          parts: '{}',
          ...deviation?.columns,
        }
        const index = indices[slot] as number
        const at = placeIn(full, slot)
        if (at === undefined) {
          const leafAt = 32 * (slot - countBelow(full, slot))
          found.push({ form: 'folded', index, row, leafHash: leaves.subarray(leafAt, leafAt + 32) })
          continue
        }
        const json = (parts as NonNullable<typeof parts>)(at, row)
        const whole = Buffer.alloc(entryBytes)
        entry.copy(whole)
        await commit(whole, row, at, json)
        row.entry = whole
        row.parts = deviation?.parts ?? joinPartTexts(json)
        found.push({ form: 'full', index, row, leafHash: leafHash(whole) })
      }
      return found

      async function commit(
        whole: Buffer,
        row: ReceiptRow,
        at: number,
        json: readonly (string | undefined)[],
      ): Promise<void> {
        const mask = kept.masks[at] as number
        let from = 32 * (kept.starts[at] as number)
        const key = mask === 0b11_1111 ? undefined : await keyOf(row)
        const id = whole.toString('hex', 4, 20)
        for (const [part, text] of json.entries()) {
          const to = commitmentsAt + 32 * part
          if ((mask >> part) & 1) {
            kept.bytes.copy(whole, to, from, from + 32)
            from += 32
            continue
          }
          if (key === undefined || text === undefined) throw keyMissing(name, row)
          writeCommitment(whole, to, part + 1, text, (scratch, offset) =>
            writeSalt(scratch, offset, key, id, part + 1),
          )
        }
      }
    },
  }
}
export type Block = Awaited<ReturnType<typeof openBlock>>

function keyMissing(name: string, row: ReceiptRow): Fault {
  return new Fault(
    'block_key_missing',
    `The salt key of receipt ${row.id} is gone, but block ${name} was not written anew before: its entry cannot be ` +
      'computed. Put the row of salt_keys back from a backup, and erase it by the operation that rewrites blocks.',
    { retryable: false },
  )
}

function writeUint64(entry: Buffer, offset: number, value: number): void {
  entry.writeUInt32BE(Math.floor(value / 0x1_0000_0000), offset)
  entry.writeUInt32BE(value % 0x1_0000_0000, offset + 4)
}

/** How many of an ascending list are below `value`. */
function countBelow(list: Uint32Array, value: number): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}

function placeIn(list: Uint32Array, value: number): number | undefined {
  const at = countBelow(list, value)
  return list[at] === value ? at : undefined
}
