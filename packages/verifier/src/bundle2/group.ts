import type { Crypto } from '../crypto.ts'
import type { Findings } from '../findings.ts'
import { Line } from '../line.ts'
import { partNames, type PartName } from '../part-shapes.ts'
import { hasExactly, isCount } from '../shape.ts'
import { FixedColumns, fixedBytes } from './fixed-columns.ts'
import type { ManifestLog } from './manifest2.ts'
import { readSection } from './section-content.ts'
import type { GroupSections } from './section-order.ts'
import type { Kinds } from './kinds.ts'
import { readValues, type ValueTable } from './values.ts'
import { VarintReader } from './varints.ts'

export const maxGroupReceipts = 65_536

export type KindsOfParts = { readonly [part in PartName]: Kinds }

/** One part of all receipts of a group. */
export interface PartColumn {
  readonly part: PartName
  readonly openedCount: number
  /** For each receipt its value's place in `values`; -1 when the part is not opened. */
  readonly places: Int32Array
  readonly values: ValueTable
  /** 32 bytes for each opened part, in order. */
  readonly salts: Uint8Array
  /** 32 bytes for each part that is not opened, in order. */
  readonly commitments: Uint8Array
}

/** A run of receipts of one log, column by column; every column has the length it must have. */
export interface Group {
  readonly number: number
  /** Place in the manifest's logs. */
  readonly log: number
  readonly form: 'full' | 'folded'
  readonly count: number
  readonly indices: Float64Array
  readonly fixed: FixedColumns
  /** Of a full group: the first 4 bytes of each leaf hash. */
  readonly check: Uint8Array
  /** 32 bytes for each receipt; of a full group they are computed later. */
  readonly leaves: Uint8Array
  /** In the order of their commitments; none in a folded group. */
  readonly parts: readonly PartColumn[]
}

/** Reads a group's sections (check 3); `undefined` when a column is not what its count and bitmaps ask for. */
export async function readGroup(
  { number, form, sections }: GroupSections,
  logs: readonly ManifestLog[] | undefined,
  kinds: KindsOfParts,
  crypto: Crypto,
  findings: Findings,
): Promise<Group | undefined> {
  const contents = new Map<string, Uint8Array>()
  await Promise.all(
    [...sections].map(async ([name, section]) => {
      const content = await readSection(section, crypto, findings)
      if (content !== undefined) contents.set(name, content)
    }),
  )
  if (contents.size !== sections.size) return undefined
  const reader = new ColumnReader(number, contents, findings)
  const head = readHead(reader, form, logs)
  if (head === undefined) return undefined
  const { count, log } = head
  const indices = reader.indices(count)
  const fixed = reader.column('fixed', count * fixedBytes)
  const check = form === 'full' ? reader.column('check', count * 4) : new Uint8Array()
  const leaves = form === 'full' ? new Uint8Array(count * 32) : reader.column('leaf', count * 32)
  const parts = form === 'full' ? partNames.map((part) => readPart(reader, part, count, kinds[part])) : []
  const whole = parts.filter((part) => part !== undefined)
  if (indices === undefined || fixed === undefined || check === undefined || leaves === undefined)
    return undefined
  if (whole.length !== parts.length) return undefined
  return {
    number,
    log,
    form,
    count,
    indices,
    fixed: new FixedColumns(fixed, count),
    check,
    leaves,
    parts: whole,
  }
}

function readHead(
  reader: ColumnReader,
  form: GroupSections['form'],
  logs: readonly ManifestLog[] | undefined,
): { count: number; log: number } | undefined {
  const { findings } = reader
  const where = reader.where('head')
  const line = Line.readText(where, reader.bytes('head'), 0, findings)
  if (line === undefined) return undefined
  const { count, log } = line.value
  if (!hasExactly(line.value, ['count', 'form', 'log']) || !isCount(count) || !isCount(log)) {
    findings.red(where, 'group_head', 'A head has count, form and log, and nothing else.')
    return undefined
  }
  if (line.value.form !== form) {
    findings.red(where, 'group_head', `Its sections are those of a ${form} group.`)
    return undefined
  }
  if (count < 1 || count > maxGroupReceipts) {
    findings.red(where, 'group_head', `A group holds 1 to ${maxGroupReceipts} receipts.`)
    return undefined
  }
  if (logs !== undefined && log >= logs.length) {
    findings.red(where, 'group_head', `The manifest has ${logs.length} logs; this would be number ${log}.`)
    return undefined
  }
  return { count, log }
}

function readPart(reader: ColumnReader, part: PartName, count: number, kinds: Kinds): PartColumn | undefined {
  const opened = reader.bitmap(`${part}/opened`, count)
  if (opened === undefined) return undefined
  const section = `${part}/values`
  const where = reader.where(section)
  const values = readValues(reader.bytes(section), opened.length, part, kinds, where, reader.findings)
  if (values === undefined) return undefined
  const salts = reader.column(`${part}/salt`, opened.length * 32)
  const commitments = reader.column(`${part}/commitment`, (count - opened.length) * 32)
  const places = reader.places(`${part}/value`, opened, count, values.count)
  if (salts === undefined || commitments === undefined || places === undefined) return undefined
  return { part, openedCount: opened.length, places, values, salts, commitments }
}

/** Takes a group's columns apart and names the section in which something does not fit. */
class ColumnReader {
  readonly findings: Findings
  readonly #group: number
  readonly #contents: ReadonlyMap<string, Uint8Array>

  constructor(group: number, contents: ReadonlyMap<string, Uint8Array>, findings: Findings) {
    this.#group = group
    this.#contents = contents
    this.findings = findings
  }

  where(name: string): string {
    return `section group/${this.#group}/${name}`
  }

  bytes(name: string): Uint8Array {
    return this.#contents.get(name) ?? new Uint8Array()
  }

  column(name: string, length: number): Uint8Array | undefined {
    const bytes = this.bytes(name)
    if (bytes.length === length) return bytes
    const message = `It has ${bytes.length} bytes, the group's count and bitmaps ask for ${length}.`
    this.findings.red(this.where(name), 'group_column', message)
    return undefined
  }

  indices(count: number): Float64Array | undefined {
    const reader = new VarintReader(this.bytes('index'))
    const indices = new Float64Array(count)
    let index = 0
    for (let row = 0; row < count; row++) {
      const step = reader.next()
      index += step
      if (!reader.ok || index > Number.MAX_SAFE_INTEGER) {
        this.findings.red(this.where('index'), 'group_varint', `Index ${row + 1} of ${count} cannot be read.`)
        return undefined
      }
      if (row > 0 && step === 0) {
        const message = `Index ${index} occurs twice; indices ascend.`
        this.findings.red(this.where('index'), 'index_order', message)
        return undefined
      }
      indices[row] = index
    }
    return this.#usedUp(reader, 'index') ? indices : undefined
  }

  /** Rows whose bit is set, ascending. */
  bitmap(name: string, count: number): Uint32Array | undefined {
    const bits = this.column(name, Math.ceil(count / 8))
    if (bits === undefined) return undefined
    if (count % 8 !== 0 && (bits.at(-1) ?? 0) >> (count % 8) !== 0) {
      this.findings.red(this.where(name), 'group_column', 'Bits beyond the last receipt are set.')
      return undefined
    }
    const rows = new Uint32Array(count)
    let found = 0
    for (let row = 0; row < count; row++) {
      if ((((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 1) rows[found++] = row
    }
    return rows.subarray(0, found)
  }

  /** Places in a table of values: each at most one above all before it, and every value is used. */
  places(name: string, rows: Uint32Array, count: number, values: number): Int32Array | undefined {
    const places = new Int32Array(count).fill(-1)
    const reader = new VarintReader(this.bytes(name))
    let used = 0
    for (const row of rows) {
      const place = reader.next()
      if (!reader.ok) {
        this.findings.red(this.where(name), 'group_varint', 'A place cannot be read.')
        return undefined
      }
      if (place > used || place >= values) {
        const message = `Place ${place} is out of turn: ${used} of ${values} values were used before it.`
        this.findings.red(this.where(name), 'group_value', message)
        return undefined
      }
      if (place === used) used++
      places[row] = place
    }
    if (used < values) {
      const message = `${values - used} values are used by no receipt.`
      this.findings.red(this.where(name), 'group_value', message)
      return undefined
    }
    return this.#usedUp(reader, name) ? places : undefined
  }

  #usedUp(reader: VarintReader, name: string): boolean {
    if (reader.left === 0) return true
    this.findings.red(this.where(name), 'group_column', `${reader.left} bytes follow the last number.`)
    return false
  }
}
