import { compareIp, formatIp, type IpWords, longestIpText, parseIp } from './ip-address.ts'
import type { ColumnType } from './table-manifest.ts'

export type Cell = string | number

/** Why a value cannot be looked up. It is the asker's mistake, so it is an answer and never an exception. */
export type LookupRefusal = 'wrong_kind' | 'wrong_type' | 'too_long' | 'malformed'

/** The arrays a column consists of, in a fixed order per type: this is also what the index file stores. */
export type ColumnArray = Uint8Array | Uint16Array | Uint32Array | Float64Array

/**
 * One column, compact in memory. A *needle* is a parsed value to compare with: words of an address, a number, or UTF-8.
 */
export interface Column {
  readonly type: ColumnType
  readonly arrays: readonly ColumnArray[]
  cell(row: number): Cell
  needleAt(row: number): unknown
  /** Orders the cell of `row` against a needle of this column's type. */
  compare(row: number, needle: unknown): number
  needle(value: unknown): { readonly needle: unknown } | { readonly refused: LookupRefusal }
}

export const longestStringKey = 1_024

/** Remakes a column from its arrays. */
export function columnFrom(type: ColumnType, arrays: readonly ColumnArray[]): Column {
  // The arrays were made by this module's builders, in this order; a stored index is refused unless its checksum holds.
  if (type === 'ip') return ipColumn(arrays as [Uint32Array, Uint32Array, Uint32Array])
  if (type === 'integer') return integerColumn(arrays as [ColumnArray])
  return stringColumn(arrays as [ColumnArray, Uint32Array, Uint8Array])
}

/**
 * IPv4 takes one word a row where its rows lie together (in a sorted table they do), everything else four: half a million
 * ranges then need 6.6 MB of bounds instead of 16.5 MB.
 *
 * @param arrays [first narrow row], one word for each narrow row, four words for each other row.
 */
function ipColumn(arrays: readonly [Uint32Array, Uint32Array, Uint32Array]): Column {
  const [place, narrow, wide] = arrays
  const first = place[0] ?? 0
  const end = first + narrow.length
  const words = (row: number): IpWords => {
    if (row >= first && row < end) return [0, 0, 0xffff, narrow[row - first] ?? 0]
    const at = (row < first ? row : row - narrow.length) * 4
    return [wide[at] ?? 0, wide[at + 1] ?? 0, wide[at + 2] ?? 0, wide[at + 3] ?? 0]
  }
  return {
    type: 'ip',
    arrays,
    cell: (row) => formatIp(words(row)),
    needleAt: words,
    compare: (row, needle) => compareIp(words(row), needle as IpWords),
    needle(value) {
      if (typeof value !== 'string') return { refused: 'wrong_type' }
      if (value.length > longestIpText) return { refused: 'too_long' }
      const needle = parseIp(value)
      return needle === null ? { refused: 'malformed' } : { needle }
    },
  }
}

function integerColumn(arrays: readonly [ColumnArray]): Column {
  const [values] = arrays
  const at = (row: number) => values[row] ?? 0
  return {
    type: 'integer',
    arrays,
    cell: at,
    needleAt: at,
    compare: (row, needle) => at(row) - (needle as number),
    needle(value) {
      if (typeof value === 'number')
        return Number.isSafeInteger(value) ? { needle: value } : { refused: 'malformed' }
      if (typeof value !== 'string') return { refused: 'wrong_type' }
      if (value.length > 17) return { refused: 'too_long' }
      const needle = parseInteger(value)
      return needle === null ? { refused: 'malformed' } : { needle }
    },
  }
}

/** @param arrays the id of each row's string, where each string starts (and a last end), and all strings as UTF-8. */
function stringColumn(arrays: readonly [ColumnArray, Uint32Array, Uint8Array]): Column {
  const [ids, offsets, utf8] = arrays
  const bytes = Buffer.from(utf8.buffer, utf8.byteOffset, utf8.byteLength)
  const start = (row: number) => offsets[ids[row] ?? 0] ?? 0
  const end = (row: number) => offsets[(ids[row] ?? 0) + 1] ?? 0
  return {
    type: 'string',
    arrays,
    cell: (row) => bytes.toString('utf8', start(row), end(row)),
    needleAt: (row) => bytes.subarray(start(row), end(row)),
    compare(row, needle) {
      const other = needle as Buffer
      return bytes.compare(other, 0, other.length, start(row), end(row))
    },
    needle(value) {
      if (typeof value !== 'string') return { refused: 'wrong_type' }
      if (value.length > longestStringKey) return { refused: 'too_long' }
      return value.isWellFormed() ? { needle: Buffer.from(value, 'utf8') } : { refused: 'malformed' }
    },
  }
}

/** Reads a decimal integer that a JavaScript number holds exactly, in its one canonical spelling. */
export function parseInteger(text: string): number | null {
  if (!/^(?:0|-?[1-9][0-9]{0,15})$/.test(text)) return null
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : null
}
