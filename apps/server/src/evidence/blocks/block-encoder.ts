import assert from 'node:assert/strict'
import { Fault } from '../../kernel/fault.ts'
import { writeCommitment } from '../receipt/commitment.ts'
import { commitmentsAt, entryBytes } from '../receipt/entry.ts'
import { partNames } from '../receipt/receipt-draft.ts'
import type { ReceiptRow } from '../receipt/receipt-row.ts'
import { writeSalt } from '../receipt/salt.ts'
import type { SaltKey } from '../receipt/salt.ts'
import { contextOf, numberColumns, saidByEntry, saidByRow, textColumns } from './block-columns.ts'
import type { NumberColumn, TextColumn } from './block-columns.ts'
import { packBlock } from './block-file.ts'
import type { PackedBlock, Run } from './block-file.ts'
import { expectationOf } from './expectation.ts'
import { rowOfEntry } from './row-of-entry.ts'
import { encodeNumbers, zigzag } from './number-column.ts'
import { createTemplates } from './part-template.ts'
import type { HoleColumn, Template } from './part-template.ts'
import { parsePartTexts, splitPartTexts } from './part-texts.ts'
import type { PartTexts } from './part-texts.ts'
import { encodeSymbols } from './symbol-column.ts'
import { encodeTexts, turn } from './value-list.ts'

/** Magic, version and the fixed fields: what is kept of a folded receipt's entry. */
export const fixedBytes = commitmentsAt
const allParts = 0b11_1111
const mostTemplatesKept = 20_000

/** Distinct values of a column, in the order of their first use, and the place of each use. */
function distinct<T>() {
  const places = new Map<T, number>()
  const values: T[] = []
  const symbols: number[] = []
  return {
    values,
    symbols,
    add(value: T): void {
      let place = places.get(value)
      if (place === undefined) {
        place = values.push(value) - 1
        places.set(value, place)
      }
      symbols.push(place)
    },
  }
}
type Distinct<T> = ReturnType<typeof distinct<T>>

/** What parts hold in one column, with the rows it stands in. */
interface Taken {
  readonly rows: number[]
  readonly values: Distinct<string>
  readonly numbers: number[]
}
/** The row or the entry says it already. */
const said = '='

export interface BlockEncoder {
  /** @param key of the receipt's salts; undefined when it is erased. */
  add(row: ReceiptRow, key: SaltKey | undefined): void
  /** @param row whose `entry` has the 112 bytes before the commitments, and whose `parts` are `{}`. */
  addFolded(row: ReceiptRow, leafHash: Uint8Array): void
  prune(run: Extract<Run, { form: 'pruned' }>): void
  finish(): Promise<PackedBlock>
}

/**
 * Turns consecutive entries of one log into a block. What a reader can compute is not in it: salts, commitments of
 * parts that are there, hashes, columns of rows that the entry says. Give entries in the log's order.
 *
 * @param pause is awaited between columns: encoding takes the processor for long enough that others would notice.
 */
export function createBlockEncoder(options: {
  readonly origin: string
  readonly from: number
  readonly level?: number
  readonly pause?: () => Promise<void>
}): BlockEncoder {
  const { origin, from, level } = options
  const pause = options.pause ?? (() => Promise.resolve())
  const runs: Run[] = []
  const entries: Buffer[] = []
  const slots = new Map<string, number>()
  const texts = Object.fromEntries(textColumns.map((name) => [name, distinct<string | null>()])) as Record<
    TextColumn,
    Distinct<string | null>
  >
  const holes: HoleColumn[] = []
  const taken: Taken[] = []
  const templateOf = createTemplates(holes)
  const templates = partNames.map(() => distinct<string>())
  const kept = partNames.map(() => new Map<string, Template>())
  /** Rows that are full, and which of their commitments are kept. */
  const full: number[] = []
  const masks: number[] = []
  const commitments: Buffer[] = []
  const leaves: Buffer[] = []
  /** Columns of rows that are not what their entry says, and parts that are no text of ours. */
  const deviations: [row: number, { columns?: Record<string, unknown>; parts?: string }][] = []

  function extend(form: 'full' | 'folded'): void {
    const last = runs.at(-1)
    const at = last?.to ?? from
    if (last?.form === form) runs[runs.length - 1] = { form, from: last.from, to: at + 1 }
    else runs.push({ form, from: at, to: at + 1 })
  }

  function addFixed(row: ReceiptRow): number {
    const slot = entries.length
    const entry = Buffer.from(row.entry.subarray(0, fixedBytes))
    if (!isEncodable(entry))
      throw new Fault('block_unencodable', `The entry of receipt ${row.id} is not of version 1.`, {
        retryable: false,
      })
    entries.push(entry)
    slots.set(entry.toString('latin1', 4, 20), slot)
    for (const name of textColumns) texts[name].add(row[name])
    const expected = rowOfEntry(entry)
    const columns: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(expected)) {
      const actual = row[name as keyof typeof expected]
      if (actual !== value) columns[name] = actual
    }
    if (Object.keys(columns).length > 0) deviate(slot, { columns })
    return slot
  }

  function deviate(slot: number, what: { columns?: Record<string, unknown>; parts?: string }): void {
    const last = deviations.at(-1)
    if (last?.[0] === slot) Object.assign(last[1], what)
    else deviations.push([slot, what])
  }

  function addPart(part: number, json: string | undefined, slot: number, row: ReceiptRow): void {
    const name = partNames[part] as string
    // An empty template: the part is not there.
    const template = json === undefined ? { text: '', holes: [] } : makeTemplate(part, json)
    assert(template !== undefined, 'texts with marks are kept whole')
    ;(templates[part] as Distinct<string>).add(template.text)
    for (const { column, value } of template.holes) {
      const { name: holeName, kind } = holes[column] as HoleColumn
      const into = (taken[column] ??= { rows: [], values: distinct(), numbers: [] })
      into.rows.push(slot)
      if (kind === 'number') {
        const field = saidByEntry[holeName]
        const expected = field === undefined ? undefined : readNumber(entries[slot] as Buffer, field)
        into.numbers.push(Number(value) === expected ? 0 : Number(value) + 1)
      } else {
        const source = saidByRow[holeName]
        const text = source === undefined ? undefined : row[source]
        into.values.add(kind === 'id' && text?.endsWith(value) === true ? said : value)
      }
    }

    function makeTemplate(at: number, text: string): Template | undefined {
      // Inputs and outputs are nearly never the same twice.
      const known = at < 4 ? kept[at] : undefined
      const found = known?.get(text)
      if (found !== undefined) return found
      const made = templateOf(name, text)
      if (made !== undefined && known !== undefined && known.size < mostTemplatesKept) known.set(text, made)
      return made
    }
  }

  return {
    add(row, key) {
      assert(row.entry.length === entryBytes, 'an entry has 304 bytes')
      const slot = addFixed(row)
      extend('full')
      const entry = Buffer.from(row.entry.buffer, row.entry.byteOffset, entryBytes)
      let parts = splitPartTexts(row.parts)
      let mask = parts === undefined ? allParts : maskOf(entry, parts, key)
      if (mask !== 0) {
        parts = parsePartTexts(row.parts)
        if (parts !== undefined) mask = maskOf(entry, parts, key)
      }
      if (parts === undefined || row.parts.includes('\u0001')) {
        parts = partNames.map(() => undefined)
        deviate(slot, { parts: row.parts })
        mask = allParts
      }
      for (const [part, json] of parts.entries()) addPart(part, json, slot, row)
      full.push(slot)
      masks.push(mask)
      for (let part = 0; part < partNames.length; part += 1) {
        if ((mask >> part) & 1) commitments.push(Buffer.from(commitmentOf(entry, part)))
      }
    },

    addFolded(row, leafHash) {
      assert(
        row.entry.length === fixedBytes && row.parts === '{}',
        'a folded receipt has its fixed fields alone',
      )
      addFixed(row)
      extend('folded')
      leaves.push(Buffer.from(leafHash))
    },

    prune(run) {
      assert.equal(run.from, runs.at(-1)?.to ?? from, 'runs follow each other')
      runs.push(run)
    },

    async finish() {
      const rows = entries.length
      const columns = new Map<string, Buffer>()
      const symbolsOf = new Map<string, ArrayLike<number>>()
      const parentSlots = new Int32Array(rows).fill(-1)
      // What others are expected from comes first: a reader needs these for nearly everything.
      const parents = distinct<string>()
      const references: number[] = []
      const foreign: Buffer[] = []
      for (const [slot, entry] of entries.entries()) {
        const id = entry.toString('latin1', 36, 52)
        const before = parents.values.length
        parents.add(id)
        const local = slots.get(id)
        if (local !== undefined) parentSlots[slot] = local
        if (parents.values.length === before) continue
        if (id === noParent) references.push(0)
        else if (local === undefined) {
          references.push(1)
          foreign.push(entry.subarray(36, 52))
        } else references.push(2 + zigzag(slot - local))
      }
      columns.set('parent.references', encodeNumbers(references))
      columns.set('parent.foreign', turn(Buffer.concat(foreign), 16))
      const kinds = distinct<number>()
      for (const entry of entries) kinds.add(entry.readUInt32BE(60))
      const traces = distinct<string>()
      for (const entry of entries) traces.add(entry.toString('latin1', 20, 36))
      for (const name of textColumns) symbolsOf.set(name, texts[name].symbols)
      symbolsOf.set('parent', parents.symbols)
      symbolsOf.set('kind', kinds.symbols)
      symbolsOf.set('trace', traces.symbols)
      const none = parents.values.indexOf(noParent)
      const expectationFor = (name: string, slotsOf?: ArrayLike<number>) =>
        expectationOf(contextOf(name), {
          symbols: (column) => symbolsOf.get(column) as ArrayLike<number>,
          hasParent: (slot) => parents.symbols[slot] !== none,
          parentSlots,
          slotsOf,
          rows,
        })
      for (const [name, symbols] of symbolsOf) {
        columns.set(name, encodeSymbols(symbols, expectationFor(name)))
        await pause()
      }
      columns.set('kind.values', encodeNumbers(kinds.values))
      columns.set('trace.values', turn(Buffer.from(traces.values.join(''), 'latin1'), 16))
      for (const name of textColumns) columns.set(`${name}.values`, encodeTexts(texts[name].values))
      encodeIds(entries, columns)
      for (const name of Object.keys(numberColumns) as NumberColumn[]) {
        columns.set(name, encodeNumbers(entries.map((entry) => readNumber(entry, name))))
        await pause()
      }
      for (const [part, name] of partNames.entries()) {
        const { symbols, values } = templates[part] as Distinct<string>
        columns.set(`${name}.text`, encodeSymbols(symbols, expectationFor(`${name}.text`, full)))
        columns.set(`${name}.text.values`, encodeTexts(values))
        await pause()
      }
      for (const [at, { name, kind }] of holes.entries()) {
        const { rows: of, values, numbers } = taken[at] as Taken
        if (kind === 'number') columns.set(`hole.${at}`, encodeNumbers(numbers))
        else {
          const width = kind === 'id' ? 16 : 32
          const same = values.values.indexOf(said)
          columns.set(`hole.${at}`, encodeSymbols(values.symbols, expectationFor(name, of)))
          const hex = values.values.filter((value) => value !== said).join('')
          const place = Buffer.alloc(4)
          place.writeInt32BE(same)
          columns.set(`hole.${at}.values`, Buffer.concat([place, turn(Buffer.from(hex, 'hex'), width)]))
        }
        await pause()
      }
      columns.set('explicit', Buffer.from(masks))
      columns.set('commitments', Buffer.concat(commitments))
      columns.set('leaves', Buffer.concat(leaves))
      columns.set('deviations', Buffer.from(JSON.stringify(deviations)))
      const head = { origin, from, to: runs.at(-1)?.to ?? from, runs, rows, zone: zoneOf(entries), holes }
      return await packBlock(head, columns, level)
    },
  }
}

const noParent = '\0'.repeat(16)

function isEncodable(entry: Buffer): boolean {
  const isUuid = (at: number) => (entry[at + 6] as number) >> 4 === 7 && (entry[at + 8] as number) >> 6 === 2
  return entry.toString('latin1', 0, 4) === 'SBR\x01' && isUuid(4)
}

export function readNumber(entry: Buffer, name: NumberColumn): number {
  const [offset, bytes] = numberColumns[name]
  if (bytes === 4) return entry.readUInt32BE(offset)
  return entry.readUInt32BE(offset) * 0x1_0000_0000 + entry.readUInt32BE(offset + 4)
}

const commitmentOf = (entry: Buffer, part: number): Buffer =>
  entry.subarray(commitmentsAt + 32 * part, commitmentsAt + 32 * (part + 1))

const scratchCommitment = Buffer.alloc(32)

/** Which commitments cannot be computed from what is stored, a bit for each part. */
function maskOf(entry: Buffer, parts: PartTexts, key: SaltKey | undefined): number {
  if (key === undefined) return allParts
  const id = entry.toString('hex', 4, 20)
  let mask = 0
  for (const [part, json] of parts.entries()) {
    if (json !== undefined) {
      writeCommitment(scratchCommitment, 0, part + 1, json, (scratch, at) =>
        writeSalt(scratch, at, key, id, part + 1),
      )
      if (scratchCommitment.equals(commitmentOf(entry, part))) continue
    }
    mask |= 1 << part
  }
  return mask
}

/** Times as differences; of an id what lies between its time and `at`, its counter as a difference, the rest as it is. */
function encodeIds(entries: readonly Buffer[], columns: Map<string, Buffer>): void {
  const instants: number[] = []
  const times: number[] = []
  const counters: number[] = []
  const random = Buffer.alloc(entries.length * 6)
  let lastAt = 0
  let lastCounter = 0
  for (const [slot, entry] of entries.entries()) {
    const at = entry.readUInt32BE(52) * 0x1_0000_0000 + entry.readUInt32BE(56)
    instants.push(zigzag(at - lastAt))
    times.push(zigzag(entry.readUIntBE(4, 6) - at))
    const counter = counterOf(entry)
    counters.push((counter - lastCounter) >>> 0)
    entry.copy(random, slot * 6, 14, 20)
    random[slot * 6] = (random[slot * 6] as number) & 3
    lastAt = at
    lastCounter = counter
  }
  columns.set('at', encodeNumbers(instants))
  columns.set('id.time', encodeNumbers(times))
  columns.set('id.counter', encodeNumbers(counters))
  columns.set('id.random', turn(random, 6))
}

/** The 32 bits around the variant, in which our ids of one millisecond count. */
function counterOf(entry: Buffer): number {
  const high = entry.readUInt16BE(10) & 0x0fff
  const middle = (entry[12] as number) & 0x3f
  return ((high << 20) | (middle << 14) | ((entry[13] as number) << 6) | ((entry[14] as number) >> 2)) >>> 0
}

function zoneOf(entries: readonly Buffer[]) {
  const bounds = (values: readonly string[]) => {
    if (values.length === 0) return null
    let [low, high] = [values[0] as string, values[0] as string]
    for (const value of values) {
      if (value < low) low = value
      if (value > high) high = value
    }
    return [low, high] as const
  }
  const instants = bounds(entries.map((entry) => entry.toString('hex', 52, 60)))
  return {
    at:
      instants === null
        ? null
        : ([Number.parseInt(instants[0], 16), Number.parseInt(instants[1], 16)] as const),
    id: bounds(entries.map((entry) => entry.toString('hex', 4, 20))),
    parent: bounds(
      entries.map((entry) => entry.toString('hex', 36, 52)).filter((id) => id !== '0'.repeat(32)),
    ),
  }
}
