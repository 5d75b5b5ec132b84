import { type Column, type ColumnArray, columnFrom, parseInteger } from './column.ts'
import { formatIp, isIpv4, parseIp } from './ip-address.ts'
import type { ColumnType } from './table-manifest.ts'

/** Collects the cells of one column while its table is read. */
export interface ColumnBuilder {
  /** @returns why the cell cannot be stored, or null. */
  push(text: string): string | null
  finish(): Column
}

export function columnBuilder(type: ColumnType): ColumnBuilder {
  if (type === 'ip') return ipBuilder()
  if (type === 'integer') return integerBuilder()
  return stringBuilder()
}

function ipBuilder(): ColumnBuilder {
  const words = growing(Uint32Array)
  const isNarrow: boolean[] = []
  return {
    push(text) {
      const address = parseIp(text)
      if (address === null) return 'is not an address'
      // Rows are given back from numbers, so only the spelling that numbers are given back in may come in.
      const canonical = formatIp(address)
      if (canonical !== text) return `must be written ${canonical}`
      for (const word of address) words.push(word)
      isNarrow.push(isIpv4(address))
      return null
    },
    finish() {
      const first = Math.max(0, isNarrow.indexOf(true))
      const end = isNarrow.lastIndexOf(true) + 1
      const together = !isNarrow.slice(first, end).includes(false)
      const all = words.done()
      if (!together) return columnFrom('ip', [Uint32Array.of(0), new Uint32Array(0), all])
      const wide = new Uint32Array(all.length - (end - first) * 4)
      wide.set(all.subarray(0, first * 4))
      wide.set(all.subarray(end * 4), first * 4)
      const narrow = Uint32Array.from({ length: end - first }, (_, row) => all[(first + row) * 4 + 3] ?? 0)
      return columnFrom('ip', [Uint32Array.of(first), narrow, wide])
    },
  }
}

function integerBuilder(): ColumnBuilder {
  const values = growing(Float64Array)
  return {
    push(text) {
      const value = parseInteger(text)
      if (value === null) return 'is not a whole number in plain decimal digits'
      values.push(value)
      return null
    },
    finish: () => columnFrom('integer', [narrowest(values.done())]),
  }
}

function stringBuilder(): ColumnBuilder {
  const idOf = new Map<string, number>()
  const ids = growing(Uint32Array)
  return {
    push(text) {
      let id = idOf.get(text)
      if (id === undefined) {
        id = idOf.size
        idOf.set(text, id)
      }
      ids.push(id)
      return null
    },
    finish() {
      const strings = [...idOf.keys()].map((text) => Buffer.from(text, 'utf8'))
      const offsets = new Uint32Array(strings.length + 1)
      for (const [id, bytes] of strings.entries()) offsets[id + 1] = (offsets[id] ?? 0) + bytes.length
      return columnFrom('string', [narrowest(ids.done()), offsets, new Uint8Array(Buffer.concat(strings))])
    },
  }
}

function narrowest(values: ColumnArray): ColumnArray {
  let low = 0
  let high = 0
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  if (low < 0 || high > 0xffff_ffff) return Float64Array.from(values)
  if (high > 0xffff) return Uint32Array.from(values)
  return high > 0xff ? Uint16Array.from(values) : Uint8Array.from(values)
}

function growing<A extends Uint32Array | Float64Array>(kind: { new (length: number): A }) {
  let array = new kind(1_024)
  let length = 0
  return {
    push(value: number): void {
      if (length === array.length) {
        const larger = new kind(length * 2)
        larger.set(array)
        array = larger
      }
      array[length++] = value
    },
    // Copied, so that the doubled array behind it can be freed.
    done: (): A => array.slice(0, length) as A,
  }
}
